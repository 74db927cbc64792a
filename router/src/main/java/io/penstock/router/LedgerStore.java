package io.penstock.router;

import com.clickhouse.client.api.Client;
import com.clickhouse.client.api.insert.InsertSettings;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.clickhouse.ClickHouseFailure;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.ledger.LedgerEntry;
import io.penstock.core.metrics.Meters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts the ledger's entries into the table {@code ledger}, some seconds' worth in one insert. All
 * routers share the topic's partitions. It has a thread, a consumer and a connection of its own, so
 * that nothing that goes wrong here holds delivery up; entries wait in their topic until it is
 * mended. An entry that is inserted twice is one row (docs/adr/0024). Thread-safe.
 */
final class LedgerStore implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LedgerStore.class);
  private static final Duration EVERY = Duration.ofSeconds(5);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration INSERT_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration STOP = Duration.ofSeconds(10);
  private static final int LARGEST_INSERT = 4 << 20;

  private final String topic;
  private final String table;
  private final Map<String, Object> settings;
  private final Client.Builder connection;
  private final Meters meters;
  private final List<byte[]> gathered = new ArrayList<>();
  private final Map<TopicPartition, OffsetAndMetadata> ends = new HashMap<>();
  private long gatheredBytes;
  private long gatheredSince;
  private volatile boolean closing;

  /** Since when nothing could be stored, by {@link System#nanoTime}; 0: it can be. */
  private volatile long failingSince;

  private volatile @Nullable Consumer<byte[], byte[]> consumer;
  private @Nullable Thread thread;

  /**
   * @param topic of the ledger
   * @param database where the table stands
   * @param group of the routers; the stores' own is named after it
   */
  LedgerStore(
      KafkaConfig kafka,
      String topic,
      Client.Builder connection,
      String database,
      String group,
      Meters meters) {
    this.topic = topic;
    this.table = ClickHouseClients.quoted(database) + ".ledger";
    this.connection = connection;
    this.meters = meters;
    this.settings = kafka.clientProperties();
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, group + "-ledger");
    settings.put(ConsumerConfig.CLIENT_ID_CONFIG, group + "-ledger");
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
  }

  void start() {
    thread = Thread.ofPlatform().name("ledger-store").daemon().start(this::run);
  }

  /** For how long entries could not be stored; 0 while they can. */
  double failingSeconds() {
    long since = failingSince;
    return since == 0 ? 0 : (System.nanoTime() - since) / 1e9;
  }

  /** Begins anew after whatever went wrong: what was not committed is read again. */
  private void run() {
    while (!closing) {
      try (Client client = ClickHouseClients.open(connection, INSERT_TIMEOUT, 1);
          Consumer<byte[], byte[]> opened =
              new KafkaConsumer<>(
                  settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
          KafkaClientMetrics measured = new KafkaClientMetrics(opened)) {
        measured.bindTo(meters.registry());
        consumer = opened;
        forget();
        follow(client, opened);
      } catch (InterruptException stopping) {
        // The next look at closing tells.
      } catch (StoreException | KafkaException failed) {
        log.warn(
            "The ledger's entries are not stored now, they wait in their topic: {}",
            failed.getMessage());
        failed();
      } catch (RuntimeException bug) {
        log.error("The ledger's entries are not stored now, they wait in their topic", bug);
        failed();
      } finally {
        consumer = null;
      }
    }
  }

  private static final class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StoreException(String message) {
      super(message);
    }
  }

  private void follow(Client client, Consumer<byte[], byte[]> opened) {
    opened.subscribe(
        List.of(topic),
        new ConsumerRebalanceListener() {
          @Override
          public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            forget(); // The next owner reads what is not committed.
          }

          @Override
          public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}
        });
    while (!closing) {
      try {
        opened.poll(POLL).forEach(this::gather);
      } catch (WakeupException stopping) {
        break;
      }
      boolean isTime =
          gatheredBytes >= LARGEST_INSERT || System.nanoTime() - gatheredSince >= EVERY.toNanos();
      if (!ends.isEmpty() && isTime) {
        store(client, opened);
      }
    }
    if (!ends.isEmpty()) {
      store(client, opened);
    }
  }

  private void gather(ConsumerRecord<byte[], byte[]> record) {
    if (ends.isEmpty()) {
      gatheredSince = System.nanoTime();
    }
    ends.put(
        new TopicPartition(record.topic(), record.partition()),
        new OffsetAndMetadata(record.offset() + 1));
    byte[] value = record.value();
    try {
      LedgerEntry _ = LedgerEntry.parse(value == null ? new byte[0] : value);
    } catch (IllegalArgumentException notOurs) {
      log.atError()
          .addKeyValue("partition", new TopicPartition(record.topic(), record.partition()))
          .addKeyValue("offset", record.offset())
          .log("A record of the ledger's topic is passed over: {}", notOurs.getMessage());
      return;
    }
    gathered.add(value);
    gatheredBytes += value.length;
  }

  private void store(Client client, Consumer<byte[], byte[]> opened) {
    if (!gathered.isEmpty()) {
      InsertSettings settings =
          new InsertSettings()
              .serverSetting("date_time_input_format", "best_effort")
              .serverSetting("input_format_skip_unknown_fields", "1");
      ClickHouseFailure failure =
          ClickHouseClients.insertJson(
              client,
              table,
              out -> {
                for (byte[] entry : gathered) {
                  out.write(entry);
                  out.write('\n');
                }
              },
              settings);
      if (failure != null) {
        throw new StoreException(
            "%s (./penstock setup makes the table %s)".formatted(failure.detail(), table));
      }
    }
    opened.commitSync(ends);
    failingSince = 0;
    forget();
  }

  private void forget() {
    gathered.clear();
    gatheredBytes = 0;
    ends.clear();
  }

  private void failed() {
    failingSince = failingSince == 0 ? System.nanoTime() : failingSince;
    long until = System.nanoTime() + EVERY.toNanos();
    while (!closing && System.nanoTime() < until) {
      try {
        Thread.sleep(POLL);
      } catch (InterruptedException stopping) {
        return;
      }
    }
  }

  /** Stores what is gathered, as far as that is done at once. */
  @Override
  public void close() {
    closing = true;
    Consumer<byte[], byte[]> opened = consumer;
    Thread running = thread;
    if (running == null) {
      return;
    }
    if (opened != null) {
      opened.wakeup();
    }
    try {
      if (!running.join(STOP)) {
        log.warn("The ledger's entries are not all stored; they wait in their topic");
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }
}
