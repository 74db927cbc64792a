package io.penstock.delivery;

import io.penstock.core.kafka.BoundedConsumer;
import io.penstock.core.observe.Problem;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BiFunction;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.KafkaClientSupplier;

/**
 * Makes Kafka Streams' clients and joins, for each stream thread, its producer, its guarded
 * consumer and its hub. Streams asks for a thread's producer before its main consumer, and names
 * both after the thread: {@code <thread>-producer}, {@code <thread>-consumer}. Thread-safe.
 */
public final class GuardedClientSupplier implements KafkaClientSupplier {
  private static final String PRODUCER = "-producer";
  private static final String CONSUMER = "-consumer";

  private final int largestRecord;
  private final BiFunction<Producer<byte[], byte[]>, Runnable, Hub> newHub;
  private final ConcurrentMap<String, LastingProducer> producers = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Hub> hubs = new ConcurrentHashMap<>();

  /**
   * @param largestRecord of a record that is taken whole, in bytes
   * @param newHub makes a thread's hub from its producer and what to run at its end
   */
  GuardedClientSupplier(
      int largestRecord, BiFunction<Producer<byte[], byte[]>, Runnable, Hub> newHub) {
    this.largestRecord = largestRecord;
    this.newHub = newHub;
  }

  /** The hub of the calling stream thread. */
  public Hub hubOfThisThread() {
    String thread = Thread.currentThread().getName();
    Hub hub = hubs.get(thread);
    if (hub == null) {
      throw new IllegalStateException("no consumer was made for the thread " + thread);
    }
    return hub;
  }

  /** What all hubs hold, in bytes. */
  public long bytes() {
    return hubs.values().stream().mapToLong(Hub::bytes).sum();
  }

  /** What all hubs' partitions hold that is not durable yet, in records. */
  public long lag() {
    return hubs.values().stream().mapToLong(Hub::lag).sum();
  }

  /** How many records of all hubs wait for their clients to be looked up. */
  public long waitingRecords() {
    return hubs.values().stream().mapToLong(Hub::waitingRecords).sum();
  }

  /** How many partitions of all hubs have such records, and are not fetched. */
  public int waitingPartitions() {
    return hubs.values().stream().mapToInt(Hub::waitingPartitions).sum();
  }

  /** Tells all hubs what Kafka has of partitions; see {@link Hub#look}. */
  public void look(Map<TopicPartition, LogBounds> bounds) {
    hubs.values().forEach(hub -> hub.look(bounds));
  }

  /** Why partitions of all hubs are not read. */
  public List<Problem> stopped() {
    return hubs.values().stream()
        .flatMap(hub -> hub.stopped().stream())
        .sorted(Comparator.comparing(Problem::text))
        .toList();
  }

  /** How far all hubs' partitions are, less those that are stopped. */
  public Map<TopicPartition, Reached> reached() {
    Map<TopicPartition, Reached> all = new HashMap<>();
    hubs.values().forEach(hub -> all.putAll(hub.reached()));
    return all;
  }

  /** How far behind all hubs' partitions are, less those that are stopped. */
  public Map<TopicPartition, PartitionLag> behind() {
    Map<TopicPartition, PartitionLag> all = new HashMap<>();
    hubs.values().forEach(hub -> all.putAll(hub.behind()));
    return all;
  }

  /**
   * When the thread polled that has not polled for longest; now if there is none. As {@link
   * System#nanoTime} tells it.
   */
  public long polledNanos() {
    long now = System.nanoTime();
    return now - hubs.values().stream().mapToLong(hub -> now - hub.polledNanos()).max().orElse(0);
  }

  /** The partitions that all hubs read, less those that are stopped. */
  public Set<TopicPartition> partitions() {
    return reached().keySet();
  }

  @Override
  public Admin getAdmin(Map<String, Object> config) {
    return Admin.create(config);
  }

  @Override
  public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
    LastingProducer producer = new LastingProducer(config);
    producers.put(threadOf(config, PRODUCER), producer);
    return producer;
  }

  @Override
  public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
    String thread = threadOf(config, CONSUMER);
    LastingProducer producer = producers.remove(thread);
    if (producer == null) {
      throw new IllegalStateException("no producer was made for the thread " + thread);
    }
    Hub hub =
        newHub.apply(
            producer,
            () -> {
              Hub _ = hubs.remove(thread);
              producer.end();
            });
    hubs.put(thread, hub);
    return GuardedConsumer.wrap(newConsumer(config), hub);
  }

  @Override
  public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> config) {
    return newConsumer(config);
  }

  @Override
  public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> config) {
    return newConsumer(config);
  }

  private Consumer<byte[], byte[]> newConsumer(Map<String, Object> config) {
    return new BoundedConsumer(config, largestRecord);
  }

  private static String threadOf(Map<String, Object> config, String suffix) {
    String clientId = (String) config.get(ConsumerConfig.CLIENT_ID_CONFIG);
    if (clientId == null || !clientId.endsWith(suffix)) {
      throw new IllegalStateException("expected a client.id ending in " + suffix + ": " + clientId);
    }
    return clientId.substring(0, clientId.length() - suffix.length());
  }
}
