package io.penstock.core.deadletter;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.core.event.Origin;
import java.util.Locale;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * What the last record of a key says of its dead letter: a letter, that it is outstanding, or a
 * tombstone, how it was settled. Tombstones of a release before, or of other tools, do not say how.
 *
 * @param origin where the event first entered Kafka; null: it cannot be told
 * @param record where the record stands that failed last; null: it cannot be told
 * @param failures how many of the event's records have failed: that at the origin, the last one,
 *     and replays between them
 * @param what has become of it
 */
public record LetterState(
    @Nullable Origin origin, @Nullable Origin record, int failures, What what) {
  /** What tells which records failed: of a letter's headers those that its tombstone keeps. */
  private static final String[] KEPT = {
    DeadLetterHeaders.TOPIC,
    DeadLetterHeaders.TOPIC_ID,
    DeadLetterHeaders.PARTITION,
    DeadLetterHeaders.OFFSET,
    DeadLetterHeaders.TIMESTAMP,
    DeadLetterHeaders.RECORD,
    DeadLetterHeaders.FIRST_FAILED_AT,
    DeadLetterHeaders.ATTEMPT
  };

  /** What may have become of a letter. */
  public enum What {
    /** It waits in the topic. */
    OUTSTANDING,
    /** Its event was sent to the events topic again. */
    REPLAYED,
    /** Somebody has said that nobody wants it. */
    DISCARDED,
    /** None of the commands of this release has settled it. */
    UNKNOWN;

    private String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Reads the last record of a key, or a letter without a key. */
  public static LetterState of(ConsumerRecord<byte[], byte[]> last) {
    Headers headers = last.headers();
    What what = last.value() != null ? What.OUTSTANDING : settled(headers);
    Arrival lineage = Arrival.claimed(headers);
    if (lineage == null) {
      byte[] key = last.key();
      Origin origin = key == null ? null : Origin.ofKey(new String(key, UTF_8));
      return new LetterState(origin, origin, 1, what);
    }
    String place = DeadLetterHeaders.text(headers, DeadLetterHeaders.RECORD);
    Origin record = place == null ? null : Origin.ofPlace(lineage.origin().topic(), place);
    return new LetterState(lineage.origin(), record, lineage.failures(), what);
  }

  private static What settled(Headers headers) {
    String how = DeadLetterHeaders.text(headers, DeadLetterHeaders.SETTLED);
    if (What.REPLAYED.text().equals(how)) {
      return What.REPLAYED;
    }
    return What.DISCARDED.text().equals(how) ? What.DISCARDED : What.UNKNOWN;
  }

  /**
   * The tombstone that settles a letter.
   *
   * @param letter with a key
   * @param how replayed or discarded
   */
  public static ProducerRecord<byte[], byte[]> tombstone(DeadLetter letter, What how) {
    Headers headers = new RecordHeaders();
    for (String name : KEPT) {
      Header header = letter.headers().lastHeader(name);
      if (header != null) {
        headers.add(header);
      }
    }
    DeadLetterHeaders.put(headers, DeadLetterHeaders.SETTLED, how.text());
    return new ProducerRecord<>(
        letter.partition().topic(),
        letter.partition().partition(),
        null,
        letter.key(),
        null,
        headers);
  }
}
