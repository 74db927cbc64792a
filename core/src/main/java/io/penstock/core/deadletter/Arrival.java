package io.penstock.core.deadletter;

import io.penstock.core.event.Origin;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * How a record came to the router: for the first time, or replayed from the dead-letter topic. A
 * replay carries its dead letter's headers, so that it keeps its origin, its time and its count of
 * attempts.
 *
 * @param origin where the event first entered Kafka
 * @param timestampMillis when the broker first accepted it
 * @param attempt how many times it had failed before
 * @param firstFailedAt when it failed for the first time; null if it never has
 */
public record Arrival(
    Origin origin, long timestampMillis, int attempt, @Nullable Instant firstFailedAt) {

  /**
   * @param here where the record stands now
   * @param timestampMillis the record's own timestamp
   */
  public static Arrival of(Origin here, long timestampMillis, Headers headers) {
    String topic = text(headers, DeadLetterHeaders.TOPIC);
    if (topic == null) {
      return new Arrival(here, timestampMillis, 0, null);
    }
    try {
      int partition = Integer.parseInt(required(headers, DeadLetterHeaders.PARTITION));
      long offset = Long.parseLong(required(headers, DeadLetterHeaders.OFFSET));
      int attempt = Integer.parseInt(required(headers, DeadLetterHeaders.ATTEMPT));
      if (partition < 0 || offset < 0 || attempt < 1 || attempt == Integer.MAX_VALUE) {
        throw new IllegalArgumentException("out of range");
      }
      Uuid topicId = Uuid.fromString(required(headers, DeadLetterHeaders.TOPIC_ID));
      return new Arrival(
          new Origin(topicId, topic, partition, offset),
          Long.parseLong(required(headers, DeadLetterHeaders.TIMESTAMP)),
          attempt,
          Instant.parse(required(headers, DeadLetterHeaders.FIRST_FAILED_AT)));
    } catch (IllegalArgumentException | DateTimeParseException notOurs) {
      // Headers that no replay of ours wrote; the record is taken for what it is.
      return new Arrival(here, timestampMillis, 0, null);
    }
  }

  private static String required(Headers headers, String name) {
    String text = text(headers, name);
    if (text == null) {
      throw new IllegalArgumentException("no header " + name);
    }
    return text;
  }

  private static @Nullable String text(Headers headers, String name) {
    Header header = headers.lastHeader(name);
    return header == null || header.value() == null
        ? null
        : new String(header.value(), StandardCharsets.UTF_8);
  }
}
