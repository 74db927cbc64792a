package io.penstock.core.deadletter;

import static io.penstock.core.deadletter.DeadLetterHeaders.put;
import static io.penstock.core.deadletter.DeadLetterHeaders.text;

import io.penstock.core.event.Origin;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * How a record came to the router: for the first time, or replayed from the dead-letter topic. A
 * replay carries its dead letter's headers, so that it keeps its origin, its time and the count of
 * its failures; the replay of a letter that another tool wrote has the replay's id alone. Headers
 * are written by whoever produces: only a signature tells a replay from a claim (docs/adr/0010).
 *
 * @param origin where the event first entered Kafka
 * @param timestampMillis when the broker first accepted it
 * @param failures how many times it had failed before
 * @param firstFailedAt when it failed for the first time; null if it never has
 * @param replay the replay's id; null if it is none, or only said to be one
 * @param proven whether the above is known to be true, and not claimed by the headers alone
 */
public record Arrival(
    Origin origin,
    long timestampMillis,
    int failures,
    @Nullable Instant firstFailedAt,
    @Nullable String replay,
    boolean proven) {

  /** The arrival of a record that is no replay. */
  public static Arrival first(Origin here, long timestampMillis) {
    return new Arrival(here, timestampMillis, 0, null, null, true);
  }

  /**
   * How a record came, as its headers say.
   *
   * @param here where the record stands now
   * @param timestampMillis the record's own timestamp
   * @param signature null: no replay can be proven here
   */
  public static Arrival of(
      Origin here,
      long timestampMillis,
      Headers headers,
      byte @Nullable [] value,
      @Nullable ReplaySignature signature) {
    Arrival claimed = text(headers, DeadLetterHeaders.TOPIC) == null ? null : claimed(headers);
    String replay = text(headers, DeadLetterHeaders.REPLAY);
    boolean proven =
        (claimed != null || replay != null)
            && signature != null
            && signature.isValid(headers, value);
    if (claimed == null) {
      return new Arrival(here, timestampMillis, 0, null, proven ? replay : null, true);
    }
    return new Arrival(
        claimed.origin,
        claimed.timestampMillis,
        claimed.failures,
        claimed.firstFailedAt,
        proven ? replay : null,
        proven);
  }

  /** Whether headers claim a replay, proven or not. */
  public static boolean isClaimed(Headers headers) {
    return headers.lastHeader(DeadLetterHeaders.REPLAY) != null
        || headers.lastHeader(DeadLetterHeaders.TOPIC) != null;
  }

  /**
   * What headers claim of an event that has failed: a dead letter's, or those of its replay.
   *
   * @return null if they are not whole, or not what a router writes
   */
  static @Nullable Arrival claimed(Headers headers) {
    try {
      int partition = Integer.parseInt(required(headers, DeadLetterHeaders.PARTITION));
      long offset = Long.parseLong(required(headers, DeadLetterHeaders.OFFSET));
      int failures = Integer.parseInt(required(headers, DeadLetterHeaders.ATTEMPT));
      if (partition < 0 || offset < 0 || failures < 1 || failures == Integer.MAX_VALUE) {
        return null;
      }
      Uuid topicId = Uuid.fromString(required(headers, DeadLetterHeaders.TOPIC_ID));
      return new Arrival(
          new Origin(topicId, required(headers, DeadLetterHeaders.TOPIC), partition, offset),
          Long.parseLong(required(headers, DeadLetterHeaders.TIMESTAMP)),
          failures,
          Instant.parse(required(headers, DeadLetterHeaders.FIRST_FAILED_AT)),
          text(headers, DeadLetterHeaders.REPLAY),
          false);
    } catch (IllegalArgumentException | DateTimeParseException notOurs) {
      return null;
    }
  }

  /** Adds the headers that say where and when the event first came. */
  public void putOrigin(Headers headers) {
    put(headers, DeadLetterHeaders.TOPIC, origin.topic());
    put(headers, DeadLetterHeaders.TOPIC_ID, origin.topicId().toString());
    put(headers, DeadLetterHeaders.PARTITION, Integer.toString(origin.partition()));
    put(headers, DeadLetterHeaders.OFFSET, Long.toString(origin.offset()));
    put(headers, DeadLetterHeaders.TIMESTAMP, Long.toString(timestampMillis));
  }

  /** Whether the reprocessor brought the record, and not only a header says so. */
  public boolean isReplay() {
    return proven && replay != null;
  }

  /**
   * The arrival that the record's dead letter is built from: this one if it is proven; otherwise
   * where and when the record itself stands. The topic keeps one letter for each origin, so an
   * unproven claim could replace another client's letter.
   */
  public Arrival trusted(Origin here, long recordTimestampMillis) {
    return proven ? this : first(here, recordTimestampMillis);
  }

  private static String required(Headers headers, String name) {
    String text = text(headers, name);
    if (text == null) {
      throw new IllegalArgumentException("no header " + name);
    }
    return text;
  }
}
