package io.penstock.dlq.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.deadletter.DeadLetter;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class ImportPlanTest {
  private final ImportPlan plan = new ImportPlan();

  private static DeadLetter letter(int partition, String key) {
    return LetterLineTest.letter(
        partition, key.getBytes(UTF_8), new RecordHeaders(), new byte[] {1});
  }

  @Test
  void lettersOfKeysThatAreNotOutstandingAreTaken() {
    plan.add(1, letter(0, "a"));
    plan.add(2, letter(1, "b"));

    assertThat(plan.known(letter(0, "other"))).isFalse();
    assertThat(plan.known(letter(1, "b"))).isTrue();
    plan.outstanding(letter(1, "b"));

    assertThat(plan.takes(1, letter(0, "a"))).isTrue();
    assertThat(plan.takes(2, letter(1, "b"))).isFalse();
    assertThat(plan.wanted()).isEqualTo(1);
    assertThat(plan.thereAlready()).isEqualTo(1);
  }

  @Test
  void ofLinesWithTheSameKeyTheLastIsTaken() {
    plan.add(1, letter(0, "a"));
    plan.add(2, letter(0, "a"));

    assertThat(plan.takes(1, letter(0, "a"))).isFalse();
    assertThat(plan.takes(2, letter(0, "a"))).isTrue();
    assertThat(plan.repeated()).isEqualTo(1);
    assertThat(plan.wanted()).isEqualTo(1);
  }

  @Test
  void aKeyThatIsOutstandingInAnotherPartitionIsLeftAlone() {
    plan.add(1, letter(0, "a"));

    assertThat(plan.known(letter(5, "a"))).isTrue();
    plan.outstanding(letter(5, "a"));

    assertThat(plan.takes(1, letter(0, "a"))).isFalse();
    assertThat(plan.thereAlready()).isEqualTo(1);
  }

  @Test
  void aKeyThatTheFileHasInTwoPartitionsComesBackInBoth() {
    plan.add(1, letter(0, "a"));
    plan.add(2, letter(1, "a"));
    plan.outstanding(letter(0, "a"));

    assertThat(plan.takes(1, letter(0, "a"))).isFalse();
    assertThat(plan.takes(2, letter(1, "a"))).isTrue();
  }

  @Test
  void aLetterWithoutAKeyStaysOut() {
    DeadLetter keyless = LetterLineTest.letter(0, null, new RecordHeaders(), new byte[] {1});
    plan.add(1, keyless);

    assertThat(plan.known(keyless)).isFalse();
    assertThat(plan.takes(1, keyless)).isFalse();
    assertThat(plan.keyless()).isEqualTo(1);
    assertThat(plan.letters()).isEqualTo(1);
    assertThat(plan.wanted()).isZero();
    assertThat(plan.repeated()).isZero();
  }

  /** A line of which the first reading knew nothing, in a file that was changed since. */
  @Test
  void aLineThatWasNotAddedIsNotTaken() {
    plan.add(1, letter(0, "a"));

    assertThat(plan.takes(1, letter(0, "b"))).isFalse();
    assertThat(plan.takes(2, letter(0, "a"))).isFalse();
  }
}
