package io.penstock.core.deadletter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.deadletter.LetterState.What;
import io.penstock.core.event.Origin;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A letter, and after it its tombstone, say which of the event's records have failed. */
class LetterStateTest {
  private static final Uuid TOPIC = Uuid.fromString("AAAAAAAAAAEAAAAAAAAA-g");
  private static final Origin FIRST = new Origin(TOPIC, "events", 3, 42);
  private static final Origin LAST = new Origin(TOPIC, "events", 3, 99);

  private static ConsumerRecord<byte[], byte[]> record(
      byte @Nullable [] value, Iterable<Header> headers) {
    return new ConsumerRecord<>(
        "dead",
        3,
        7,
        0,
        TimestampType.LOG_APPEND_TIME,
        0,
        0,
        FIRST.key().getBytes(UTF_8),
        value,
        new RecordHeaders(headers),
        Optional.empty());
  }

  private static ConsumerRecord<byte[], byte[]> letter() {
    Headers headers = new RecordHeaders();
    new Arrival(FIRST, 1, 1, null, null, true).putOrigin(headers);
    DeadLetterHeaders.put(headers, DeadLetterHeaders.RECORD, LAST.place());
    DeadLetterHeaders.put(headers, DeadLetterHeaders.ATTEMPT, "5");
    DeadLetterHeaders.put(headers, DeadLetterHeaders.FIRST_FAILED_AT, Instant.EPOCH.toString());
    DeadLetterHeaders.put(headers, DeadLetterHeaders.DETAIL, "of no interest later");
    return record(new byte[] {1}, headers);
  }

  @Test
  void aLetterIsOutstanding() {
    assertThat(LetterState.of(letter()))
        .isEqualTo(new LetterState(FIRST, LAST, 5, What.OUTSTANDING));
  }

  @Test
  void itsTombstoneTellsTheSameAndHowItWasSettled() {
    DeadLetter letter = requireNonNull(DeadLetter.of(letter()));
    for (What how : List.of(What.REPLAYED, What.DISCARDED)) {
      ProducerRecord<byte[], byte[]> tombstone = LetterState.tombstone(letter, how);

      assertThat(tombstone.value()).isNull();
      assertThat(tombstone.key()).isEqualTo(FIRST.key().getBytes(UTF_8));
      assertThat(tombstone.partition()).isEqualTo(3);
      assertThat(tombstone.headers().lastHeader(DeadLetterHeaders.DETAIL)).isNull();
      assertThat(LetterState.of(record(null, tombstone.headers())))
          .isEqualTo(new LetterState(FIRST, LAST, 5, how));
    }
  }

  @Test
  void aTombstoneOfSomebodyElseTellsWhatItsKeyTells() {
    assertThat(LetterState.of(record(null, List.of())))
        .isEqualTo(new LetterState(FIRST, FIRST, 1, What.UNKNOWN));
    assertThat(Origin.ofKey("events-3-42")).isNull();
    assertThat(Origin.ofKey("events:nonsense-3-42")).isNull();
  }
}
