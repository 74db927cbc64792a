package io.penstock.dlq.replay;

import static io.penstock.core.deadletter.DeadLetterHeaders.put;

import io.penstock.core.deadletter.Arrival;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.deadletter.LetterState;
import io.penstock.core.deadletter.ReplaySignature;
import java.util.Comparator;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Makes the records that bring events back: the event's own key, bytes and headers, and, signed,
 * where and when it first came and how often it has failed. Thread-safe.
 *
 * @param topic the events topic, which has so many partitions
 */
record ReplayRecords(String topic, int partitions, ReplaySignature signature, String replayId) {
  private static final Comparator<Arrival> BY_ORIGIN =
      Comparator.comparing((Arrival lineage) -> lineage.origin().topic())
          .thenComparingInt(lineage -> lineage.origin().partition())
          .thenComparingLong(lineage -> lineage.origin().offset());

  /**
   * The event of one letter, for the partition that it came from, if that exists; events of one
   * partition then keep their order. A letter that no router wrote goes as a new event, with the
   * replay's id.
   */
  ProducerRecord<byte[], byte[]> event(DeadLetter letter, Prepared.Ready ready) {
    Headers headers = new RecordHeaders();
    for (Header header : ready.headers()) {
      if (!header.key().startsWith(DeadLetterHeaders.PREFIX)
          && !header.key().equals(DeadLetterHeaders.STACK_TRACE)) {
        headers.add(header);
      }
    }
    put(headers, DeadLetterHeaders.REPLAY, replayId);
    Arrival lineage = letter.lineage();
    if (lineage != null) {
      lineage.putOrigin(headers);
      put(headers, DeadLetterHeaders.FIRST_FAILED_AT, String.valueOf(lineage.firstFailedAt()));
      put(headers, DeadLetterHeaders.ATTEMPT, Integer.toString(lineage.failures()));
    }
    signature.sign(headers, ready.value());
    return new ProducerRecord<>(
        topic, partition(lineage), null, key(ready.headers()), ready.value(), headers);
  }

  /** The tombstone that settles the letter. */
  static ProducerRecord<byte[], byte[]> tombstone(DeadLetter letter) {
    return LetterState.tombstone(letter, LetterState.What.REPLAYED);
  }

  private @Nullable Integer partition(@Nullable Arrival lineage) {
    if (lineage == null
        || !lineage.origin().topic().equals(topic)
        || lineage.origin().partition() >= partitions) {
      return null;
    }
    return lineage.origin().partition();
  }

  private static byte @Nullable [] key(Headers headers) {
    Header key = headers.lastHeader(DeadLetterHeaders.KEY);
    return key == null ? null : key.value();
  }

  /**
   * Sorts letters by the origin of their events; those of unknown origin come last, in their order.
   */
  static void sort(List<DeadLetter> letters) {
    letters.sort(Comparator.comparing(DeadLetter::lineage, Comparator.nullsLast(BY_ORIGIN)));
  }
}
