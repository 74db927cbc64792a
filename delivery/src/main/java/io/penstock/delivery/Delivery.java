package io.penstock.delivery;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.DeadLetters;
import io.penstock.core.deadletter.ReplaySignature;
import io.penstock.core.intake.Contract;
import io.penstock.core.kafka.BoundedConsumer;
import io.penstock.core.observe.Version;
import io.penstock.delivery.insert.BlockWriter;
import io.penstock.delivery.metrics.DeliveryMetrics;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.jspecify.annotations.Nullable;

/** Joins what the stream threads share with what each has of its own. Thread-safe. */
public final class Delivery {
  private static final Duration READ_AGAIN_TIMEOUT = Duration.ofSeconds(20);

  private final KafkaConfig kafka;
  private final Admin admin;
  private final BlockWriter writer;
  private final DeliveryMetrics metrics;
  private final Clock clock;

  /**
   * @param admin tells which offsets there are; not closed here
   * @param writer not closed here
   */
  public Delivery(
      KafkaConfig kafka, Admin admin, BlockWriter writer, DeliveryMetrics metrics, Clock clock) {
    this.kafka = kafka;
    this.admin = admin;
    this.writer = writer;
    this.metrics = metrics;
    this.clock = clock;
  }

  /**
   * How much one stream thread gathers before it inserts.
   *
   * @param bytes of rows in memory, from which on it inserts before the time
   * @param insertsPerSecond aimed at
   * @param longestLinger after which it inserts, whatever the number of tables
   * @param discardsOversize whether it goes on without dead letters that the topic does not take
   * @param largestRecord of a record that is taken whole, in bytes
   */
  public record Limits(
      long bytes,
      double insertsPerSecond,
      Duration longestLinger,
      boolean discardsOversize,
      int largestRecord) {}

  /**
   * What Kafka Streams gets its clients from.
   *
   * @param newContracts makes the contracts of one stream thread, by their topics
   * @param replays null: no replay can be proven here
   * @param limits of each stream thread
   * @param router who writes the ledger, by name
   */
  public GuardedClientSupplier clientSupplier(
      Supplier<Map<String, Contract<?>>> newContracts,
      @Nullable ReplaySignature replays,
      Limits limits,
      String router) {
    DeadLetters deadLetters = new DeadLetters(kafka.deadLettersTopic(), Version.CURRENT);
    Arrivals arrivals = new Arrivals(replays);
    TopicLog events = new KafkaTopicLog(admin);
    OriginalRecords originals =
        new OriginalRecords(() -> newConsumer(limits.largestRecord()), READ_AGAIN_TIMEOUT, events);
    return new GuardedClientSupplier(
        limits.largestRecord(),
        (producer, onClose) -> {
          Outgoing outgoing = new Outgoing(producer);
          DeadLetterSender sender =
              new DeadLetterSender(
                  outgoing, deadLetters, metrics, clock, limits.discardsOversize());
          Ledger ledger = new Ledger(outgoing, sender, kafka.ledgerTopic(), router, clock);
          return new Hub(
              newContracts.get(),
              arrivals,
              sender,
              new Committer(writer, outgoing, sender, ledger, arrivals, originals, metrics),
              new Linger(limits.insertsPerSecond(), limits.longestLinger(), System::nanoTime),
              events,
              metrics,
              clock,
              limits.bytes(),
              onClose);
        });
  }

  private Consumer<byte[], byte[]> newConsumer(int largestRecord) {
    Map<String, Object> settings = kafka.clientProperties();
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) READ_AGAIN_TIMEOUT.toMillis());
    return new BoundedConsumer(settings, largestRecord);
  }
}
