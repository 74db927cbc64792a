package io.penstock.dlq.replay;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.core.deadletter.Arrival;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.DeadLetters;
import io.penstock.core.deadletter.Failure;
import io.penstock.core.event.Origin;
import io.penstock.core.refusal.Reason;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;

/** Dead letters as a router writes them and a reader of the topic gets them, without Kafka. */
public final class Letters {
  private static final Uuid TOPIC_ID = Uuid.randomUuid();
  private final DeadLetters records = new DeadLetters("dead", "test");
  private long next;

  /** A letter whose event came at this time. */
  public DeadLetter of(String value, Instant acceptedAt) {
    long offset = next++;
    ProducerRecord<byte[], byte[]> record =
        records.record(
            Arrival.first(new Origin(TOPIC_ID, "events", 0, offset), acceptedAt.toEpochMilli()),
            null,
            value.getBytes(UTF_8),
            new RecordHeaders(),
            Failure.ofInsert(Reason.UNKNOWN_CLIENT, "acme", "", "unknown", 0),
            Instant.now());
    return letter(offset, record.key(), value, record.headers());
  }

  /** A letter of another tool. */
  public DeadLetter foreign(String value) {
    return letter(next++, "foreign".getBytes(UTF_8), value, new RecordHeaders());
  }

  private static DeadLetter letter(long offset, byte[] key, String value, Headers headers) {
    byte[] bytes = value.getBytes(UTF_8);
    return Objects.requireNonNull(
        DeadLetter.of(
            new ConsumerRecord<>(
                "dead",
                0,
                offset,
                System.currentTimeMillis(),
                TimestampType.CREATE_TIME,
                key.length,
                bytes.length,
                key,
                bytes,
                headers,
                Optional.empty())));
  }
}
