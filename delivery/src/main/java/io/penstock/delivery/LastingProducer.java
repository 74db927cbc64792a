package io.penstock.delivery;

import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A stream thread's producer that lasts longer than Kafka Streams thinks: Streams closes it before
 * the consumer, and what the thread holds is committed when the consumer is closed, with dead
 * letters and entries of the ledger. Thread-safe.
 */
final class LastingProducer extends KafkaProducer<byte[], byte[]> {
  private static final Duration END = Duration.ofSeconds(10);

  LastingProducer(Map<String, Object> config) {
    super(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** Streams is done with it, and nobody else. */
  @Override
  public void close() {}

  @Override
  public void close(Duration timeout) {}

  /** Nobody needs it any more. */
  void end() {
    super.close(END);
  }
}
