package io.penstock.router.delivery;

import io.penstock.core.deadletter.Arrival;
import io.penstock.core.deadletter.DeadLetters;
import io.penstock.core.deadletter.Failure;
import io.penstock.router.metrics.RouterMetrics;
import java.time.Clock;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.producer.Producer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends dead letters through the stream thread's own producer and knows whether all of them have
 * arrived. Used by one stream thread; acknowledgements come on the producer's.
 */
final class DeadLetterSender {
  private static final Logger log = LoggerFactory.getLogger(DeadLetterSender.class);

  private final Producer<byte[], byte[]> producer;
  private final DeadLetters deadLetters;
  private final RouterMetrics metrics;
  private final Clock clock;
  private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
  private boolean unflushed;

  /**
   * @param producer not closed here
   */
  DeadLetterSender(
      Producer<byte[], byte[]> producer,
      DeadLetters deadLetters,
      RouterMetrics metrics,
      Clock clock) {
    this.producer = producer;
    this.deadLetters = deadLetters;
    this.metrics = metrics;
    this.clock = clock;
  }

  /**
   * Sends a dead letter, keyed by where its record stands, whatever origin its headers claim: any
   * producer can write headers, and the topic keeps one letter for each key (docs/adr/0006).
   */
  void send(Ledger ledger, IncomingRecord record, Failure why) {
    Arrival arrival =
        new Arrival(ledger.origin(record.offset()), record.timestampMillis(), 0, null);
    unflushed = true;
    // The callback and flush tell all that the future would.
    Future<?> _ =
        producer.send(
            deadLetters.record(
                arrival, record.key(), record.value(), record.headers(), why, clock.instant()),
            (metadata, failed) -> {
              if (failed != null) {
                failure.compareAndSet(null, failed);
              }
            });
    metrics.deadLettered(why.reason());
  }

  /**
   * Waits until everything sent has arrived.
   *
   * @throws CommitFailedException if a dead letter could not be sent: Streams then drops the
   *     thread's tasks, and their records are processed again
   */
  void flush() {
    if (unflushed) {
      producer.flush();
      unflushed = false;
    }
    Exception failed = failure.getAndSet(null);
    if (failed != null) {
      log.error("A dead letter could not be sent; its records are processed again", failed);
      CommitFailedException refuse = new CommitFailedException("a dead letter could not be sent");
      refuse.initCause(failed);
      throw refuse;
    }
  }
}
