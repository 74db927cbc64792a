package io.penstock.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.core.deadletter.Arrival;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.deadletter.DeadLetters;
import io.penstock.core.deadletter.Failure;
import io.penstock.core.event.Origin;
import io.penstock.core.intake.IncomingRecord;
import io.penstock.core.rows.Source;
import io.penstock.delivery.metrics.DeliveryMetrics;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends dead letters, smaller where the topic does not take them as they are. Used by one stream
 * thread; acknowledgements come on the producer's.
 */
final class DeadLetterSender {
  private static final Logger log = LoggerFactory.getLogger(DeadLetterSender.class);

  private final Outgoing outgoing;
  private final DeadLetters deadLetters;
  private final DeliveryMetrics metrics;
  private final Clock clock;
  private final Queue<ProducerRecord<byte[], byte[]>> tooLarge = new ConcurrentLinkedQueue<>();

  /** Those that the topic did not even take in their smallest form. */
  private final List<ProducerRecord<byte[], byte[]>> smallest = new ArrayList<>();

  /** Where the records stand whose letters were given up. */
  private final Set<String> discarded = new HashSet<>();

  private final boolean discardsOversize;

  /**
   * @param discardsOversize whether to go on without what the topic does not take for its size
   */
  DeadLetterSender(
      Outgoing outgoing,
      DeadLetters deadLetters,
      DeliveryMetrics metrics,
      Clock clock,
      boolean discardsOversize) {
    this.discardsOversize = discardsOversize;
    this.outgoing = outgoing;
    this.deadLetters = deadLetters;
    this.metrics = metrics;
    this.clock = clock;
  }

  /**
   * Sends a dead letter, keyed by its event's origin, or, where that is only claimed, by where its
   * record stands.
   *
   * @param claimed how the record came, proven or not
   */
  void send(PartitionAccount account, IncomingRecord record, Arrival claimed, Failure why) {
    send(account, record, claimed, why, false);
  }

  /**
   * Sends the dead letter of a record that Kafka has deleted meanwhile: what its row tells takes
   * the place of the record.
   */
  void sendRebuilt(PartitionAccount account, IncomingRecord rebuilt, Failure why) {
    Origin here = account.source().origin(rebuilt.offset());
    send(account, rebuilt, Arrival.first(here, rebuilt.timestampMillis()), why, true);
  }

  private void send(
      PartitionAccount account,
      IncomingRecord record,
      Arrival claimed,
      Failure why,
      boolean rebuilt) {
    Origin here = account.source().origin(record.offset());
    Arrival arrival = claimed.trusted(here, record.timestampMillis());
    ProducerRecord<byte[], byte[]> letter =
        deadLetters.record(
            arrival, record.key(), record.value(), record.headers(), why, clock.instant());
    letter.headers().add(DeadLetterHeaders.RECORD, here.place().getBytes(UTF_8));
    if (rebuilt) {
      letter.headers().add(DeadLetterHeaders.ORIGINAL, DeadLetters.GONE.getBytes(UTF_8));
    }
    send(placed(account, arrival.origin(), letter));
    // Those too large for the producer are known at once, and would be held until the flush.
    sendSmaller();
    metrics.deadLettered(why);
  }

  /** The letter under its key and in its place, if its event came from the account's partition. */
  private ProducerRecord<byte[], byte[]> placed(
      PartitionAccount account, Origin origin, ProducerRecord<byte[], byte[]> letter) {
    if (!origin.equals(account.source().origin(origin.offset()))) {
      return letter;
    }
    int partitions = outgoing.partitions(letter.topic());
    return new ProducerRecord<>(
        letter.topic(),
        partitions == 0 ? null : account.placeOfLetters(partitions),
        null,
        account.letterKey(origin).getBytes(UTF_8),
        letter.value(),
        letter.headers());
  }

  private void send(ProducerRecord<byte[], byte[]> letter) {
    outgoing.send(
        letter,
        (refused, why) -> {
          if (why instanceof RecordTooLargeException) {
            tooLarge.add(refused);
          } else {
            outgoing.failed(why);
          }
        });
  }

  /**
   * Waits until everything sent has arrived. What the topic does not take for its size is sent
   * again with Penstock's own headers only, and then without its value.
   *
   * @throws CommitFailedException if something could not be sent, see {@link Outgoing#flush}
   * @throws OversizeDeadLetterException if one is too large however it is trimmed, and it may not
   *     be discarded
   */
  void flush() {
    do {
      outgoing.flush();
    } while (sendSmaller());
    List<ProducerRecord<byte[], byte[]>> never = List.copyOf(smallest);
    smallest.clear();
    for (ProducerRecord<byte[], byte[]> letter : never) {
      OversizeDeadLetterException oversize = new OversizeDeadLetterException(letter);
      if (!discardsOversize) {
        throw oversize;
      }
      log.error("An event is lost: {}", oversize.getMessage());
      metrics.deadLetterDiscarded();
      Header place = letter.headers().lastHeader(DeadLetterHeaders.RECORD);
      discarded.add(new String(place.value(), UTF_8));
    }
  }

  /** How many letters of the records {@code [start, end)} were given up; they are forgotten. */
  long takeDiscarded(Source source, long start, long end) {
    long count = 0;
    for (Iterator<String> i = discarded.iterator(); i.hasNext(); ) {
      Origin place = Origin.ofPlace(source.partition().topic(), i.next());
      if (place != null
          && place.offset() >= start
          && place.offset() < end
          && place.equals(source.origin(place.offset()))) {
        i.remove();
        count++;
      }
    }
    return count;
  }

  /** Sends what was too large again in a smaller form; returns whether there was any. */
  private boolean sendSmaller() {
    boolean any = false;
    for (var letter = tooLarge.poll(); letter != null; letter = tooLarge.poll()) {
      ProducerRecord<byte[], byte[]> smaller = DeadLetters.smaller(letter);
      if (smaller == null) {
        smallest.add(letter);
      } else {
        send(smaller);
        any = true;
      }
    }
    return any;
  }
}
