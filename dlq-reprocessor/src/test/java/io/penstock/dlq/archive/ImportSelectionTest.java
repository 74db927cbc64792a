package io.penstock.dlq.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.deadletter.DeadLetter;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class ImportSelectionTest {
  private final ImportSelection selection = new ImportSelection();

  private static DeadLetter letter(int partition, String key) {
    return LetterLineTest.letter(
        partition, key.getBytes(UTF_8), new RecordHeaders(), new byte[] {1});
  }

  @Test
  void lettersOfKeysThatAreNotOutstandingAreTaken() {
    selection.add(1, letter(0, "a"));
    selection.add(2, letter(1, "b"));

    assertThat(selection.known(letter(0, "other"))).isFalse();
    assertThat(selection.known(letter(1, "b"))).isTrue();
    selection.outstanding(letter(1, "b"));

    assertThat(selection.takes(1, letter(0, "a"))).isTrue();
    assertThat(selection.takes(2, letter(1, "b"))).isFalse();
    assertThat(selection.wanted()).isEqualTo(1);
    assertThat(selection.thereAlready()).isEqualTo(1);
  }

  @Test
  void ofLinesWithTheSameKeyTheLastIsTaken() {
    selection.add(1, letter(0, "a"));
    selection.add(2, letter(0, "a"));

    assertThat(selection.takes(1, letter(0, "a"))).isFalse();
    assertThat(selection.takes(2, letter(0, "a"))).isTrue();
    assertThat(selection.repeated()).isEqualTo(1);
    assertThat(selection.wanted()).isEqualTo(1);
  }

  @Test
  void aKeyThatIsOutstandingInAnotherPartitionIsLeftAlone() {
    selection.add(1, letter(0, "a"));

    assertThat(selection.known(letter(5, "a"))).isTrue();
    selection.outstanding(letter(5, "a"));

    assertThat(selection.takes(1, letter(0, "a"))).isFalse();
    assertThat(selection.thereAlready()).isEqualTo(1);
  }

  @Test
  void aKeyThatTheFileHasInTwoPartitionsComesBackInBoth() {
    selection.add(1, letter(0, "a"));
    selection.add(2, letter(1, "a"));
    selection.outstanding(letter(0, "a"));

    assertThat(selection.takes(1, letter(0, "a"))).isFalse();
    assertThat(selection.takes(2, letter(1, "a"))).isTrue();
  }

  @Test
  void aLetterWithoutAKeyStaysOut() {
    DeadLetter keyless = LetterLineTest.letter(0, null, new RecordHeaders(), new byte[] {1});
    selection.add(1, keyless);

    assertThat(selection.known(keyless)).isFalse();
    assertThat(selection.takes(1, keyless)).isFalse();
    assertThat(selection.keyless()).isEqualTo(1);
    assertThat(selection.letters()).isEqualTo(1);
    assertThat(selection.wanted()).isZero();
    assertThat(selection.repeated()).isZero();
  }

  /** A line of which the first reading knew nothing, in a file that was changed since. */
  @Test
  void aLineThatWasNotAddedIsNotTaken() {
    selection.add(1, letter(0, "a"));

    assertThat(selection.takes(1, letter(0, "b"))).isFalse();
    assertThat(selection.takes(2, letter(0, "a"))).isFalse();
  }
}
