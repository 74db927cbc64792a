package io.penstock.router.delivery;

import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
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
  private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
  private boolean unflushed;

  DeadLetterSender(Producer<byte[], byte[]> producer) {
    this.producer = producer;
  }

  void send(ProducerRecord<byte[], byte[]> deadLetter) {
    unflushed = true;
    // The callback and flush tell all that the future would.
    Future<?> _ =
        producer.send(
            deadLetter,
            (metadata, failed) -> {
              if (failed != null) {
                failure.compareAndSet(null, failed);
              }
            });
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
