package io.penstock.provisioning.canary;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.provisioning.canary.Outstanding.Sent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class OutstandingTest {
  private static final int MINUTE = 60;

  private final List<Duration> seen = new ArrayList<>();
  private final Outstanding outstanding =
      new Outstanding(
          Duration.ofSeconds(MINUTE), () -> Duration.ofSeconds(this.second).toNanos(), seen::add);

  private long second;

  private Sent add(int partition) {
    return outstanding.add(partition, second * 1_000);
  }

  private Sent taken(int partition) {
    Sent event = add(partition);
    outstanding.taken(event);
    return event;
  }

  private boolean store(Sent... events) {
    Set<UUID> ids = new HashSet<>();
    for (Sent event : events) {
      ids.add(event.id());
    }
    return outstanding.stored(ids);
  }

  @Test
  void whatIsStoredIsCountedWithTheTimeThatItTook() {
    Sent first = taken(0);
    Sent second = taken(1);
    assertThat(outstanding.wanted(false)).containsExactlyInAnyOrder(first, second);
    this.second = 2;
    assertThat(store(first, second)).as("missing before").isFalse();

    assertThat(seen).containsExactly(Duration.ofSeconds(2), Duration.ofSeconds(2));
    assertThat(outstanding.sent()).isEqualTo(2);
    assertThat(outstanding.stored()).isEqualTo(2);
    assertThat(outstanding.oldest()).isNull();
    assertThat(outstanding.hasFresh()).isFalse();
  }

  @Test
  void whatIsSeenTwiceCountsOnce() {
    Sent event = taken(0);
    boolean _ = store(event);
    boolean _ = store(event);

    assertThat(outstanding.stored()).isOne();
  }

  @Test
  void whatIsNotStoredIsMissingAfterItsTimeUntilItComes() {
    Sent old = taken(0);
    second = MINUTE;
    assertThat(outstanding.missing()).isZero();
    assertThat(outstanding.hasFresh()).isTrue();
    second = MINUTE + 1;
    Sent young = taken(0);

    assertThat(outstanding.missing()).isOne();
    assertThat(outstanding.wanted(false)).containsExactly(young);
    assertThat(outstanding.wanted(true)).containsExactlyInAnyOrder(young, old);
    assertThat(store(young)).isFalse();
    assertThat(outstanding.missing()).as("Kafka has it, and so it must come").isOne();
    assertThat(outstanding.hasFresh()).isFalse();
    assertThat(store(old)).as("missing before").isTrue();
    assertThat(outstanding.missing()).isZero();
    assertThat(outstanding.stored()).isEqualTo(outstanding.sent()).isEqualTo(2);
  }

  @Test
  void whatKafkaDidNotTakeIsMissingUntilALaterOneComesThrough() {
    outstanding.refused(add(0));
    outstanding.refused(add(1));
    second = MINUTE + 1;
    assertThat(outstanding.missing()).isEqualTo(2);
    assertThat(outstanding.sent()).isZero();

    boolean _ = store(taken(0));

    assertThat(outstanding.missing()).as("of the other partition").isOne();
    assertThat(outstanding.sent()).isOne();
  }

  @Test
  void whatTheProducerGaveUpAndIsStoredAllTheSameWasSent() {
    Sent event = add(0);
    outstanding.refused(event);
    boolean _ = store(event);

    assertThat(outstanding.sent()).isOne();
    outstanding.taken(event);
    assertThat(outstanding.sent()).as("told late").isOne();
    assertThat(outstanding.stored()).isOne();
  }

  @Test
  void missingOnesAreAskedForInTurn() {
    List<Sent> all = new ArrayList<>();
    for (int i = 0; i < Outstanding.MOST_MISSING_ASKED + 10; i++) {
      all.add(taken(i));
    }
    second = MINUTE + 1;

    List<Sent> first = outstanding.wanted(true);
    List<Sent> second = outstanding.wanted(true);

    assertThat(first).isEqualTo(all.subList(0, Outstanding.MOST_MISSING_ASKED));
    assertThat(second).isEqualTo(all.subList(Outstanding.MOST_MISSING_ASKED, all.size()));
    assertThat(outstanding.wanted(true)).as("from the beginning").isEqualTo(first);
  }

  @Test
  void noQuestionIsForMoreThanItsBound() {
    for (int i = 0; i < Outstanding.MOST_FRESH_ASKED + 1; i++) {
      var _ = taken(i);
    }

    assertThat(outstanding.wanted(true)).hasSize(Outstanding.MOST_FRESH_ASKED);
  }

  @Test
  void nothingIsFollowedForMoreThanADayAndNoMoreThanTheBound() {
    var _ = taken(0);
    second = Duration.ofDays(1).toSeconds() + 1;
    for (int i = 0; i < Outstanding.MOST + 5; i++) {
      var _ = taken(i % 7);
    }
    assertThat(outstanding.missing()).as("a day old").isZero();
    second += MINUTE + 1;

    assertThat(outstanding.missing()).isEqualTo(Outstanding.MOST);
    assertThat(outstanding.forget()).isEqualTo(Outstanding.MOST);
    assertThat(outstanding.missing()).isZero();
  }
}
