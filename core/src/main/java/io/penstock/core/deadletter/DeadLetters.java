package io.penstock.core.deadletter;

import static io.penstock.core.deadletter.DeadLetterHeaders.put;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.core.client.Sha256;
import io.penstock.core.kafka.LeftOut;
import io.penstock.core.refusal.Reason;
import java.time.Instant;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Builds dead letters: the original bytes untouched, keyed by origin, so that the compacted topic
 * holds exactly the outstanding letters. Immutable and thread-safe.
 */
public final class DeadLetters {
  private static final int MAX_TRIMMED_HEADER = 1024;

  /** The value of {@link DeadLetterHeaders#ORIGINAL} where the letter is without its value. */
  public static final String LEFT_OUT = "left-out";

  /** The same where the value was made of the event's row. */
  public static final String GONE = "gone";

  private final String topic;
  private final String routerVersion;

  /**
   * @param topic the dead-letter topic
   * @param routerVersion what wrote the dead letter
   */
  public DeadLetters(String topic, String routerVersion) {
    this.topic = topic;
    this.routerVersion = routerVersion;
  }

  /**
   * The dead letter of one record.
   *
   * @param key the record's key
   * @param value the record's value, written as it is; null becomes empty
   * @param headers the record's headers, all kept but those of an earlier failure; where they say
   *     {@link LeftOut}, the letter goes without a value
   */
  public ProducerRecord<byte[], byte[]> record(
      Arrival arrival,
      byte @Nullable [] key,
      byte @Nullable [] value,
      Headers headers,
      Failure failure,
      Instant failedAt) {
    Headers all = new RecordHeaders();
    for (Header header : headers) {
      if (!header.key().startsWith(DeadLetterHeaders.PREFIX)
          && !header.key().equals(DeadLetterHeaders.STACK_TRACE)
          && !LeftOut.isMark(header)) {
        all.add(header);
      }
    }
    if (key != null) {
      all.add(DeadLetterHeaders.KEY, key);
    }
    Reason reason = failure.reason();
    put(all, DeadLetterHeaders.STAGE, reason.stage().label());
    put(all, DeadLetterHeaders.REASON, reason.name());
    put(all, DeadLetterHeaders.DETAIL, failure.detail());
    if (failure.client() != null) {
      put(all, DeadLetterHeaders.CLIENT, failure.client());
    }
    arrival.putOrigin(all);
    Instant first = arrival.firstFailedAt();
    put(all, DeadLetterHeaders.FAILED_AT, failedAt.toString());
    put(all, DeadLetterHeaders.FIRST_FAILED_AT, (first == null ? failedAt : first).toString());
    put(all, DeadLetterHeaders.ATTEMPT, Integer.toString(arrival.failures() + 1));
    String replay = arrival.replay();
    if (replay != null) {
      put(all, DeadLetterHeaders.REPLAY, replay);
    }
    put(all, DeadLetterHeaders.RETRY, reason.retry().label());
    if (failure.clickHouseCode() != 0) {
      put(all, DeadLetterHeaders.CLICKHOUSE_CODE, Integer.toString(failure.clickHouseCode()));
    }
    String stackTrace = failure.stackTrace();
    if (stackTrace != null) {
      put(all, DeadLetterHeaders.STACK_TRACE, stackTrace);
    }
    put(all, DeadLetterHeaders.FINGERPRINT, failure.fingerprint());
    put(all, DeadLetterHeaders.ROUTER_VERSION, routerVersion);
    byte[] originKey = arrival.origin().key().getBytes(UTF_8);
    LeftOut leftOut = LeftOut.of(headers);
    if (leftOut != null) {
      put(all, DeadLetterHeaders.TRIMMED, "true");
      leaveOut(all, leftOut.size(), leftOut.sha256());
    }
    // A null value would be a tombstone: the dead letter would not be outstanding.
    byte[] bytes = value == null || leftOut != null ? new byte[0] : value;
    return new ProducerRecord<>(topic, null, null, originKey, bytes, all);
  }

  /**
   * A smaller form of a dead letter that the topic did not take: with Penstock's own headers only,
   * and these short; if that was not taken either, also without its value, of which it then tells
   * size and digest.
   *
   * @return null if there is no smaller form
   */
  public static @Nullable ProducerRecord<byte[], byte[]> smaller(
      ProducerRecord<byte[], byte[]> letter) {
    if (letter.headers().lastHeader(DeadLetterHeaders.TRIMMED) == null) {
      return trimmed(letter);
    }
    if (letter.headers().lastHeader(DeadLetterHeaders.VALUE_SIZE) != null) {
      return null;
    }
    Headers kept = new RecordHeaders(letter.headers());
    kept.remove(DeadLetterHeaders.ORIGINAL);
    leaveOut(kept, letter.value().length, Sha256.hex(letter.value()));
    return new ProducerRecord<>(
        letter.topic(), letter.partition(), null, letter.key(), new byte[0], kept);
  }

  private static void leaveOut(Headers headers, long size, String sha256) {
    put(headers, DeadLetterHeaders.ORIGINAL, LEFT_OUT);
    put(headers, DeadLetterHeaders.VALUE_SIZE, Long.toString(size));
    put(headers, DeadLetterHeaders.VALUE_SHA256, sha256);
  }

  private static ProducerRecord<byte[], byte[]> trimmed(ProducerRecord<byte[], byte[]> letter) {
    Headers kept = new RecordHeaders();
    for (Header header : letter.headers()) {
      byte[] value = header.value();
      if (header.key().startsWith(DeadLetterHeaders.PREFIX)
          && value != null
          && value.length <= MAX_TRIMMED_HEADER) {
        kept.add(header);
      }
    }
    put(kept, DeadLetterHeaders.TRIMMED, "true");
    return new ProducerRecord<>(
        letter.topic(), letter.partition(), null, letter.key(), letter.value(), kept);
  }
}
