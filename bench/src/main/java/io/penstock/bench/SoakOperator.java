package io.penstock.bench;

import io.penstock.core.cli.Home;
import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.kafka.CommandClients;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.Setup;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.offset.Offsets;
import io.penstock.provisioning.offset.PartitionOffset;
import io.penstock.provisioning.offset.Place;
import io.penstock.provisioning.schema.Migration;
import io.penstock.provisioning.schema.SchemaRepair;
import io.penstock.router.RouterConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import redis.clients.jedis.RedisClient;

/** What operators, producers and intruders do to a running system. */
final class SoakOperator {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final long RETRY_MILLIS = 500;
  private static final int READ_AGAIN_AT_MOST = 5_000;
  private static final int BOMB_BYTES = 300 << 20;
  private static final String CACHED = "penstock:client:";

  private final Soak soak;
  private final RouterConfig config;

  SoakOperator(Soak soak) {
    this.soak = soak;
    config = soak.stack().config();
  }

  /**
   * Deletes the events topic and creates it anew. What nobody had read would be gone with it, so
   * the load is held until all is stored; whether it is committed, nobody waits for.
   */
  void recreateTopic() throws Exception {
    soak.load()
        .whilePaused(() -> {
          SoakAccount account = soak.awaitAccount();
          if (!account.adds()) {
            throw new IllegalStateException("before the topic was deleted: " + account);
          }
          KafkaConfig kafka = config.kafka();
          Uuid old = topicId(kafka);
          try (Admin admin = CommandClients.admin(kafka)) {
            admin.deleteTopics(List.of(kafka.eventsTopic())).all().get();
          }
          retry(() -> {
            var _ = Setup.createTopics(kafka);
            if (topicId(kafka).equals(old)) {
              throw new IllegalStateException("the topic is still there");
            }
          });
          soak.records().newTopic(topicId(kafka));
        });
  }

  /** The id of the events topic as it is now. */
  static Uuid topicId(KafkaConfig kafka) throws ExecutionException, InterruptedException {
    try (Admin admin = CommandClients.admin(kafka)) {
      return Offsets.topic(admin, kafka.eventsTopic()).topicId();
    }
  }

  /** Stops the routers, moves each partition back, half of them forth again, and starts them. */
  void moveOffsets(SplittableRandom random) throws Exception {
    Offsets offsets = new Offsets(config.kafka(), config.applicationId());
    for (SoakRouter router : soak.routers()) {
      router.stop();
    }
    for (PartitionOffset partition : offsets.read()) {
      long next = partition.next();
      long back = Math.max(partition.begin(), next - random.nextInt(READ_AGAIN_AT_MOST));
      // Killed routers stay members of the group until their sessions are over.
      retry(() -> offsets.move(partition.partition(), new Place.Offset(back)));
      if (random.nextBoolean()) {
        var _ = offsets.move(partition.partition(), new Place.Offset(next));
      }
      soak.records().readAgain(partition.partition(), back, partition.end());
    }
    var _ = soak.ensureRunning();
  }

  /** Has ClickHouse refuse inserts as it does when the disk is full, by its own check. */
  void fillDisk(long millis) throws InterruptedException {
    alterTables("MODIFY SETTING min_free_disk_bytes_to_perform_insert = " + Long.MAX_VALUE);
    Thread.sleep(millis);
    alterTables("RESET SETTING min_free_disk_bytes_to_perform_insert");
  }

  private void alterTables(String change) {
    for (BenchStack.BenchClient client : soak.clients()) {
      soak.stack()
          .sql(
              "ALTER TABLE %s.events_base %s"
                  .formatted(ClickHouseClients.quoted(client.database()), change));
    }
  }

  /** Drops a column and the view of a client, and has {@code migrate repair} make them anew. */
  void dropColumn(int number, long millis) throws Exception {
    BenchStack.BenchClient client = soak.clients().get(number);
    String database = ClickHouseClients.quoted(client.database());
    soak.stack().sql("ALTER TABLE %s.events_base DROP COLUMN session_id".formatted(database));
    soak.stack().sql("DROP VIEW %s.events".formatted(database));
    Thread.sleep(millis);
    try (ProvisioningApp app = soak.stack().provisioning()) {
      SchemaRepair.Report report =
          app.schemaRepair(Migration.folder(Home.find())).run(List.of(client.id()), 1);
      if (!report.left().isEmpty() || !report.failed().isEmpty()) {
        throw new IllegalStateException("not repaired: " + report);
      }
    }
  }

  /**
   * Gives each client in Redis what another's entry says, and kills a router, so that the next one
   * has only Redis to look at.
   */
  void poisonRedis(SoakRouter router, long millis) throws IOException, InterruptedException {
    List<BenchStack.BenchClient> clients = soak.clients();
    try (RedisClient redis = RedisClient.create(config.redis().url())) {
      Map<String, String> entries = new HashMap<>();
      for (BenchStack.BenchClient client : clients) {
        String entry = redis.get(CACHED + client.id());
        if (entry != null) {
          entries.put(client.id(), entry);
        }
      }
      for (int i = 0; i < clients.size(); i++) {
        String another = entries.get(clients.get((i + 1) % clients.size()).id());
        if (another != null) {
          redis.set(CACHED + clients.get(i).id(), another);
          redis.set(CACHED + "stranger-" + i, another);
        }
      }
    }
    router.kill();
    Thread.sleep(millis);
    var _ = router.ensureRunning();
  }

  /** Sends one record that takes some kilobytes in Kafka and does not fit into a router's heap. */
  void sendBomb(int number) throws ExecutionException, InterruptedException {
    Map<String, Object> settings = config.kafka().clientProperties();
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "zstd");
    settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Integer.MAX_VALUE);
    settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 2L * BOMB_BYTES);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      RecordMetadata sent =
          producer
              .send(new ProducerRecord<>(config.kafka().eventsTopic(), new byte[BOMB_BYTES]))
              .get();
      soak.records().acknowledged(sent.partition(), sent.offset(), number);
    }
  }

  private static void retry(SoakLoad.Work work) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        work.run();
        return;
      } catch (StepFailed | KafkaException | IllegalStateException e) {
        if (System.nanoTime() - deadline > 0) {
          throw e;
        }
        Thread.sleep(RETRY_MILLIS);
      }
    }
  }
}
