package io.penstock.dlq.heal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WardTest {
  private static final Duration PAUSE = Duration.ofSeconds(10);
  private static final Duration LONGEST = Duration.ofMinutes(10);
  private static final Ward.Result FAILED = new Ward.Result(10, 10, false, true);
  private static final Ward.Result STORED = new Ward.Result(10, 0, false, true);

  private long nanos = 1;
  private final Ward ward =
      new Ward(PAUSE, LONGEST, () -> nanos, RandomGenerator.of("L64X128MixRandom"));

  @BeforeEach
  void onePartition() {
    ward.assigned(List.of(0));
  }

  @Test
  void aClientIsTriedAtOnceWithAFewLetters() {
    ward.seen(0, "acme");
    ward.seen(3, "of another process");

    assertThat(ward.due()).containsExactly(new Ward.Due(0, Map.of("acme", Ward.TRIAL)));
    assertThat(ward.waiting()).isEqualTo(1);
  }

  @Test
  void aClientThatIsGoneIsNotWaitedFor() {
    ward.seen(0, "gone");
    ward.gone(0, "gone");
    ward.changed("gone");

    assertThat(ward.due()).isEmpty();
    assertThat(ward.waiting()).isZero();
  }

  @Test
  void pausesDoubleUpToTheLongestAndDelayNobodyElse() {
    ward.seen(0, "sick");
    Duration expected = PAUSE;
    for (int failure = 0; failure < 12; failure++) {
      ward.tried(0, "sick", FAILED, Duration.ZERO);
      pass(expected.multipliedBy(89).dividedBy(100));
      String well = "well " + failure;
      ward.seen(0, well);
      assertThat(ward.due()).containsExactly(new Ward.Due(0, Map.of(well, Ward.TRIAL)));
      ward.tried(0, well, new Ward.Result(1, 0, false, false), Duration.ZERO);
      pass(expected.multipliedBy(22).dividedBy(100));
      assertThat(ward.due()).containsExactly(new Ward.Due(0, Map.of("sick", Ward.TRIAL)));
      expected = expected.multipliedBy(2);
      expected = expected.compareTo(LONGEST) > 0 ? LONGEST : expected;
    }
  }

  @Test
  void successLetsTenTimesAsManyGoUntilNoneIsLeft() {
    ward.seen(0, "acme");
    ward.tried(0, "acme", STORED, Duration.ZERO);
    assertThat(ward.due()).containsExactly(new Ward.Due(0, Map.of("acme", 10 * Ward.TRIAL)));

    ward.tried(0, "acme", new Ward.Result(7, 0, false, false), Duration.ZERO);
    assertThat(ward.due()).isEmpty();
    assertThat(ward.waiting()).isZero();

    ward.seen(0, "acme");
    ward.tried(0, "acme", FAILED, Duration.ZERO);
    pass(LONGEST);
    assertThat(ward.due()).containsExactly(new Ward.Due(0, Map.of("acme", Ward.TRIAL)));
  }

  @Test
  void aChangeEndsThePause() {
    ward.seen(0, "acme");
    ward.tried(0, "acme", FAILED, Duration.ZERO);
    ward.postponed(0, "acme", Duration.ofHours(1));
    assertThat(ward.due()).isEmpty();

    ward.changed("globex");
    assertThat(ward.due()).isEmpty();
    ward.changed("acme");
    assertThat(ward.due()).hasSize(1);

    ward.postponed(0, "acme", Duration.ofHours(1));
    ward.changesMayBeLost();
    assertThat(ward.due()).hasSize(1);
  }

  @Test
  void anUnknownOutcomeIsNoFailureAndNoSuccess() {
    ward.seen(0, "acme");
    ward.tried(0, "acme", new Ward.Result(10, 0, true, false), Duration.ZERO);

    assertThat(ward.due()).isEmpty();
    pass(PAUSE.multipliedBy(2));
    assertThat(ward.due()).containsExactly(new Ward.Due(0, Map.of("acme", Ward.TRIAL)));
  }

  @Test
  void aLimitedClientWaitsForItsNextMinute() {
    ward.seen(0, "limited");
    ward.tried(0, "limited", STORED, Duration.ofMinutes(1));

    pass(Duration.ofSeconds(59));
    assertThat(ward.due()).isEmpty();
    pass(Duration.ofSeconds(1));
    assertThat(ward.due()).hasSize(1);
  }

  @Test
  void whatIsRevokedIsNotTried() {
    ward.seen(0, "acme");
    ward.revoked(List.of(0));
    ward.tried(0, "acme", STORED, Duration.ZERO);

    assertThat(ward.due()).isEmpty();
    assertThat(ward.waiting()).isZero();
  }

  private void pass(Duration time) {
    nanos += time.toNanos();
  }
}
