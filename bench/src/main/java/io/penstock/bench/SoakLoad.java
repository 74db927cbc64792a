package io.penstock.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.core.config.KafkaConfig;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
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
  private final SoakRecords records;

  /** Held for each event that is sent, and for as long as none may be. */
  private final ReentrantLock sending = new ReentrantLock(true);

  private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
  private final Thread sender;
  private volatile boolean closing;

  /**
   * Begins at once.
   *
   * @param records where what Kafka has acknowledged is written
   */
  SoakLoad(
      KafkaConfig kafka,
      List<BenchStack.BenchClient> clients,
      int eventsPerSecond,
      long seed,
      SoakRecords records) {
    Map<String, Object> settings = kafka.clientProperties();
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 20);
    settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) DELIVERY.toMillis());
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, DELIVERY.toMillis());
    producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    topic = kafka.eventsTopic();
    this.clients = List.copyOf(clients);
    this.records = records;
    nanosPerEvent = 1_000_000_000L / eventsPerSecond;
    generator = new EventGenerator(seed);
    sender = Thread.ofPlatform().name("soak-load").start(this::run);
  }

  private void run() {
    long due = System.nanoTime();
    for (long i = 0; !closing; i++) {
      int client = (int) (i % clients.size());
      sending.lock();
      try {
        send(client, event(clients.get(client), i % BAD_ONE_IN == 0));
      } finally {
        sending.unlock();
      }
      // What was held up by a fault is not made up for: the load stays what it is.
      due = Math.max(due + nanosPerEvent, System.nanoTime() - nanosPerEvent);
      long wait = due - System.nanoTime();
      if (wait > 0) {
        LockSupport.parkNanos(wait);
      }
    }
  }

  private byte[] event(BenchStack.BenchClient client, boolean bad) {
    return bad
        ? "{\"client_id\":\"%s\",".formatted(client.id()).getBytes(UTF_8)
        : generator.next(client.id(), client.apiKeyHash());
  }

  private void send(int client, byte[] value) {
    byte[] key = clients.get(client).id().getBytes(UTF_8);
    var _ =
        producer.send(
            new ProducerRecord<>(topic, key, value),
            (sent, failed) -> {
              if (failed == null) {
                records.acknowledged(sent.partition(), sent.offset(), client);
              } else {
                failure.compareAndSet(null, failed);
              }
            });
  }

  /** Waits until all that was sent is acknowledged, and sends nothing until the work is done. */
  void whilePaused(Work work) throws Exception {
    sending.lock();
    try {
      producer.flush();
      work.run();
    } finally {
      sending.unlock();
    }
  }

  /** What is done while nothing is sent. */
  interface Work {
    void run() throws Exception;
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
