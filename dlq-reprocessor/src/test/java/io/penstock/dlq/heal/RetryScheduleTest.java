package io.penstock.dlq.heal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RetryScheduleTest {
  private static final Duration PAUSE = Duration.ofSeconds(10);
  private static final Duration LONGEST = Duration.ofMinutes(10);
  private static final RetrySchedule.Result FAILED = new RetrySchedule.Result(10, 10, false, true);
  private static final RetrySchedule.Result STORED = new RetrySchedule.Result(10, 0, false, true);

  private long nanos = 1;
  private final RetrySchedule schedule =
      new RetrySchedule(PAUSE, LONGEST, () -> nanos, RandomGenerator.of("L64X128MixRandom"));

  @BeforeEach
  void onePartition() {
    schedule.assigned(List.of(0));
  }

  @Test
  void aClientIsTriedAtOnceWithAFewLetters() {
    schedule.seen(0, "acme");
    schedule.seen(3, "of another process");

    assertThat(schedule.due())
        .containsExactly(new RetrySchedule.Due(0, Map.of("acme", RetrySchedule.TRIAL)));
    assertThat(schedule.waiting()).isEqualTo(1);
  }

  @Test
  void aClientThatIsGoneIsNotWaitedFor() {
    schedule.seen(0, "gone");
    schedule.gone(0, "gone");
    schedule.changed("gone");

    assertThat(schedule.due()).isEmpty();
    assertThat(schedule.waiting()).isZero();
  }

  @Test
  void pausesDoubleUpToTheLongestAndDelayNobodyElse() {
    schedule.seen(0, "sick");
    Duration expected = PAUSE;
    for (int failure = 0; failure < 12; failure++) {
      schedule.tried(0, "sick", FAILED, Duration.ZERO);
      pass(expected.multipliedBy(89).dividedBy(100));
      String well = "well " + failure;
      schedule.seen(0, well);
      assertThat(schedule.due())
          .containsExactly(new RetrySchedule.Due(0, Map.of(well, RetrySchedule.TRIAL)));
      schedule.tried(0, well, new RetrySchedule.Result(1, 0, false, false), Duration.ZERO);
      pass(expected.multipliedBy(22).dividedBy(100));
      assertThat(schedule.due())
          .containsExactly(new RetrySchedule.Due(0, Map.of("sick", RetrySchedule.TRIAL)));
      expected = expected.multipliedBy(2);
      expected = expected.compareTo(LONGEST) > 0 ? LONGEST : expected;
    }
  }

  @Test
  void successLetsTenTimesAsManyGoUntilNoneIsLeft() {
    schedule.seen(0, "acme");
    schedule.tried(0, "acme", STORED, Duration.ZERO);
    assertThat(schedule.due())
        .containsExactly(new RetrySchedule.Due(0, Map.of("acme", 10 * RetrySchedule.TRIAL)));

    schedule.tried(0, "acme", new RetrySchedule.Result(7, 0, false, false), Duration.ZERO);
    assertThat(schedule.due()).isEmpty();
    assertThat(schedule.waiting()).isZero();

    schedule.seen(0, "acme");
    schedule.tried(0, "acme", FAILED, Duration.ZERO);
    pass(LONGEST);
    assertThat(schedule.due())
        .containsExactly(new RetrySchedule.Due(0, Map.of("acme", RetrySchedule.TRIAL)));
  }

  @Test
  void aChangeEndsThePause() {
    schedule.seen(0, "acme");
    schedule.tried(0, "acme", FAILED, Duration.ZERO);
    schedule.postponed(0, "acme", Duration.ofHours(1));
    assertThat(schedule.due()).isEmpty();

    schedule.changed("globex");
    assertThat(schedule.due()).isEmpty();
    schedule.changed("acme");
    assertThat(schedule.due()).hasSize(1);

    schedule.postponed(0, "acme", Duration.ofHours(1));
    schedule.changesMayBeLost();
    assertThat(schedule.due()).hasSize(1);
  }

  @Test
  void anUnknownOutcomeIsNoFailureAndNoSuccess() {
    schedule.seen(0, "acme");
    schedule.tried(0, "acme", new RetrySchedule.Result(10, 0, true, false), Duration.ZERO);

    assertThat(schedule.due()).isEmpty();
    pass(PAUSE.multipliedBy(2));
    assertThat(schedule.due())
        .containsExactly(new RetrySchedule.Due(0, Map.of("acme", RetrySchedule.TRIAL)));
  }

  @Test
  void aLimitedClientWaitsForItsNextMinute() {
    schedule.seen(0, "limited");
    schedule.tried(0, "limited", STORED, Duration.ofMinutes(1));

    pass(Duration.ofSeconds(59));
    assertThat(schedule.due()).isEmpty();
    pass(Duration.ofSeconds(1));
    assertThat(schedule.due()).hasSize(1);
  }

  @Test
  void whatIsRevokedIsNotTried() {
    schedule.seen(0, "acme");
    schedule.revoked(List.of(0));
    schedule.tried(0, "acme", STORED, Duration.ZERO);

    assertThat(schedule.due()).isEmpty();
    assertThat(schedule.waiting()).isZero();
  }

  private void pass(Duration time) {
    nanos += time.toNanos();
  }
}
