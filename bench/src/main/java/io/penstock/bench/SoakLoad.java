package io.penstock.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.core.config.KafkaConfig;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Sends events of all clients at a steady rate, one in fifty of them bad, until it is closed. */
final class SoakLoad implements AutoCloseable {
  private static final int BAD_ONE_IN = 50;

  /** Longer than any fault lasts: what was sent arrives. */
  private static final Duration DELIVERY = Duration.ofMinutes(10);

  private final KafkaProducer<byte[], byte[]> producer;
  private final String topic;
  private final List<BenchStack.BenchClient> clients;
  private final long nanosPerEvent;
  private final EventGenerator generator;
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
  private final Thread sender;
  private volatile boolean closing;

  SoakLoad(
      KafkaConfig kafka, List<BenchStack.BenchClient> clients, int eventsPerSecond, long seed) {
    Map<String, Object> settings = kafka.clientProperties();
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 20);
    settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) DELIVERY.toMillis());
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, DELIVERY.toMillis());
    producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    topic = kafka.eventsTopic();
    this.clients = List.copyOf(clients);
    nanosPerEvent = 1_000_000_000L / eventsPerSecond;
    generator = new EventGenerator(seed);
    sender = Thread.ofPlatform().name("soak-load").start(this::run);
  }

  private void run() {
    long due = System.nanoTime();
    for (long i = 0; !closing; i++) {
      BenchStack.BenchClient client = clients.get((int) (i % clients.size()));
      byte[] value =
          i % BAD_ONE_IN == 0
              ? "{\"client_id\":\"%s\",".formatted(client.id()).getBytes(UTF_8)
              : generator.next(client.id(), client.apiKeyHash());
      var _ =
          producer.send(
              new ProducerRecord<>(topic, client.id().getBytes(UTF_8), value),
              (sent, failed) -> {
                if (failed == null) {
                  acknowledged.incrementAndGet();
                } else {
                  failure.compareAndSet(null, failed);
                }
              });
      // What was held up by a fault is not made up for: the load stays what it is.
      due = Math.max(due + nanosPerEvent, System.nanoTime() - nanosPerEvent);
      long wait = due - System.nanoTime();
      if (wait > 0) {
        LockSupport.parkNanos(wait);
      }
    }
  }

  /** Events that Kafka has acknowledged. */
  long acknowledged() {
    return acknowledged.get();
  }

  /**
   * Ends once everything sent is acknowledged.
   *
   * @throws IllegalStateException if Kafka did not take an event
   */
  @Override
  public void close() throws InterruptedException {
    closing = true;
    sender.join();
    producer.close();
    Exception failed = failure.get();
    if (failed != null) {
      throw new IllegalStateException("Kafka did not take an event", failed);
    }
  }
}
