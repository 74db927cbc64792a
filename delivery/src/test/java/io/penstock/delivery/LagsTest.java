package io.penstock.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class LagsTest {
  private static final TopicPartition PARTITION = new TopicPartition("events", 0);
  private static final Uuid TOPIC = Uuid.randomUuid();

  private long nowMillis = 100_000;
  private final Lags lags =
      new Lags(
          new Clock() {
            @Override
            public ZoneId getZone() {
              return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
              return this;
            }

            @Override
            public Instant instant() {
              return Instant.ofEpochMilli(nowMillis);
            }
          });

  private void polled(long firstOffset, long appendedMillis) {
    lags.polled(
        PARTITION,
        List.of(
            new ConsumerRecord<>(
                "events",
                0,
                firstOffset,
                appendedMillis,
                TimestampType.LOG_APPEND_TIME,
                0,
                0,
                new byte[0],
                new byte[0],
                new RecordHeaders(),
                Optional.empty())));
  }

  private PartitionLag measure(long durable, long read, long unread) {
    return measure(durable, read, unread, LogBounds.UNKNOWN);
  }

  private PartitionLag measure(long durable, long read, long unread, LogBounds log) {
    return lags.measure(PARTITION, durable, new Reached(TOPIC, durable, read), unread, log);
  }

  @Test
  void whatIsDurableIsNoLag() {
    polled(0, 90_000);
    assertThat(measure(10, 10, 0)).isEqualTo(new PartitionLag(10, 0, PartitionLag.NONE));
    assertThat(measure(10, 10, 0).seconds(nowMillis)).isZero();
  }

  @Test
  void theOldestPollThatIsNotWhollyDurableTellsTheAge() {
    polled(0, 90_000);
    polled(10, 95_000);
    polled(20, 99_000);

    assertThat(measure(0, 30, 5)).isEqualTo(new PartitionLag(0, 35, 90_000));
    assertThat(measure(9, 30, 5).oldestMillis()).isEqualTo(90_000);
    assertThat(measure(10, 30, 5).oldestMillis()).isEqualTo(95_000);
    assertThat(measure(25, 30, 5).oldestMillis()).isEqualTo(99_000);
    assertThat(measure(25, 30, 5).seconds(nowMillis)).isEqualTo(1);
  }

  @Test
  void whatCannotBeReadAgesFromWhenItWasFirstSeen() {
    assertThat(measure(10, 10, 7)).isEqualTo(new PartitionLag(10, 7, 100_000));
    nowMillis += 60_000;
    assertThat(measure(10, 10, 9).seconds(nowMillis)).isEqualTo(60);
    assertThat(measure(19, 19, 0).seconds(nowMillis)).isZero();
    nowMillis += 60_000;
    assertThat(measure(19, 19, 1).seconds(nowMillis)).isZero();
  }

  @Test
  void offsetsBeforeTheLogsBeginningAreNoLag() {
    lags.beginsAt(PARTITION, 500);
    assertThat(measure(100, 500, 3).records()).isEqualTo(3);
    assertThat(measure(100, 502, 1).records()).isEqualTo(3);
  }

  @Test
  void aPartitionThatIsNotFetchedFallsBehindAsItsLogGoesOn() {
    polled(0, 90_000);
    assertThat(measure(10, 10, 0, new LogBounds(0, 10)).records()).isZero();
    assertThat(measure(10, 10, 0, new LogBounds(0, 60)))
        .isEqualTo(new PartitionLag(10, 50, nowMillis));
    assertThat(measure(10, 10, 70, new LogBounds(0, 60)).records())
        .as("the fetch is newer than the look")
        .isEqualTo(70);
  }

  @Test
  void whatExpiresBeforeItIsReadIsNoLag() {
    assertThat(measure(10, 10, 40, new LogBounds(30, 50)).records()).isEqualTo(20);
    assertThat(measure(10, 35, 15, new LogBounds(30, 50)).records()).isEqualTo(20);
    assertThat(measure(10, 10, 40, new LogBounds(50, 50)))
        .isEqualTo(new PartitionLag(10, 0, PartitionLag.NONE));
  }

  @Test
  void morePollsThanAreRememberedAreAsOldAsTheLastOne() {
    for (int poll = 0; poll < 1_000; poll++) {
      polled(poll, poll);
    }
    assertThat(measure(100, 1_000, 0).oldestMillis()).isEqualTo(100);
    assertThat(measure(999, 1_000, 0).oldestMillis()).isEqualTo(255);
    lags.retain(Set.of());
    assertThat(measure(999, 1_000, 0).oldestMillis()).isEqualTo(nowMillis);
  }
}
