package io.penstock.delivery;

import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a stream thread sends through its own producer, dead letters and entries of the ledger, and
 * whether all of it has arrived. Used by one stream thread; acknowledgements come on the
 * producer's.
 */
final class Outgoing {
  private static final Logger log = LoggerFactory.getLogger(Outgoing.class);

  private final Producer<byte[], byte[]> producer;
  private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
  private boolean unflushed;

  /**
   * @param producer not closed here
   */
  Outgoing(Producer<byte[], byte[]> producer) {
    this.producer = producer;
  }

  /**
   * Sends a record; {@link #flush} tells whether it has arrived.
   *
   * @param refused is told of a failure, on another thread; {@link #failed} if it says nothing else
   */
  void send(
      ProducerRecord<byte[], byte[]> record,
      BiConsumer<ProducerRecord<byte[], byte[]>, Exception> refused) {
    unflushed = true;
    // The callback and flush tell all that the future would.
    Future<?> _ =
        producer.send(
            record,
            (metadata, failed) -> {
              if (failed != null) {
                refused.accept(record, failed);
              }
            });
  }

  /** Something could not be sent: the next flush says so. */
  void failed(Exception cause) {
    failure.compareAndSet(null, cause);
  }

  /** How many partitions a topic has; 0 if nobody says so now, of which sending will tell more. */
  int partitions(String topic) {
    try {
      List<PartitionInfo> partitions = producer.partitionsFor(topic);
      return partitions.size();
    } catch (TimeoutException unknown) {
      return 0;
    }
  }

  /**
   * Waits until everything sent has arrived.
   *
   * @throws CommitFailedException if something could not be sent: Streams then drops the thread's
   *     tasks, and their records are processed again
   */
  void flush() {
    if (unflushed) {
      producer.flush();
      unflushed = false;
    }
    Exception failed = failure.getAndSet(null);
    if (failed != null) {
      log.error(
          "A dead letter or an entry of the ledger could not be sent; its records are processed again",
          failed);
      CommitFailedException refuse =
          new CommitFailedException("a dead letter or an entry of the ledger could not be sent");
      refuse.initCause(failed);
      throw refuse;
    }
  }
}
