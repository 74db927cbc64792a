package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.ConfigSource;
import io.penstock.core.metadata.PostgresConnections;
import io.penstock.core.metrics.Meters;
import io.penstock.dlq.heal.HealConfig;
import io.penstock.dlq.heal.HealService;
import io.penstock.local.LocalStack;
import io.penstock.local.Part;
import io.penstock.provisioning.client.PendingWatch;
import io.penstock.provisioning.schema.Migration;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Parts of the stack are killed, or frozen, under a running router, one at a time. */
class OutageFaultIT {
  private static final LocalStack STACK = FaultStack.healed();

  private final Scenario scenario = new Scenario(quickTimeouts());

  @AfterEach
  void close() {
    STACK.parts().forEach(Part::thaw);
    scenario.close();
  }

  private static Map<String, String> quickTimeouts() {
    Map<String, String> properties = new HashMap<>(STACK.connectionProperties());
    properties.put("penstock.router.attempt.timeout", "1s");
    properties.put("penstock.router.insert.timeout", "2s");
    return properties;
  }

  @Test
  void withRedisAndPostgresGoneKnownClientsGoOnAndNewOnesWait() {
    String known = scenario.activeClient("known");
    String unseen = scenario.activeClient("unseen");
    try (EmbeddedRouter router = new EmbeddedRouter(scenario.properties).awaitReady()) {
      scenario.sendGood(known);
      scenario.flush();
      scenario.awaitStored(1);
      STACK.redis().kill();
      STACK.postgres().kill();

      for (int i = 0; i < 100; i++) {
        scenario.sendGood(known);
      }
      scenario.flush();
      scenario.awaitStored(101);
      scenario.sendGood(unseen);
      scenario.flush();
      Scenario.await(() -> router.get("/metrics").body().contains("penstock_waiting_records 1.0"));
      assertThat(router.get("/health/ready").body()).contains("records that wait for it: 1");
      assertThat(scenario.deadLetters().total()).isZero();

      STACK.postgres().restart();
      STACK.redis().restart();
      scenario.settle();
    }
  }

  @Test
  void withOnlyRedisGoneNewClientsAreFoundInPostgres() {
    String client = scenario.activeClient("later");
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      STACK.redis().kill();
      scenario.sendGood(client);
      scenario.settle();
      STACK.redis().restart();
    }
  }

  @Test
  void whileClickHouseIsDownEverythingWaitsAndNothingIsLost() {
    String client = scenario.activeClient("acme");
    try (EmbeddedRouter router = new EmbeddedRouter(scenario.properties).awaitReady()) {
      for (int i = 0; i < 500; i++) {
        scenario.sendGood(client);
      }
      scenario.flush();
      scenario.awaitStored(500);
      STACK.clickHouse().kill();
      for (int i = 0; i < 500; i++) {
        scenario.sendGood(client);
      }
      scenario.flush();
      Scenario.await(
          () -> router.get("/health/ready").body().contains("ClickHouse target default"));
      assertThat(router.get("/health/ready").statusCode()).isEqualTo(503);
      assertThat(router.get("/health/live").statusCode()).isEqualTo(200);
      Scenario.await(() -> router.metric("penstock_partitions_paused") == 4);
      // More than Kafka Streams takes ahead; from then on the partitions are not fetched.
      for (int i = 0; i < 12_000; i++) {
        scenario.sendGood(client);
      }
      scenario.flush();
      Scenario.await(() -> router.metric("penstock_lag_records") == 12_500);
      for (int i = 0; i < 300; i++) {
        scenario.sendGood(client);
      }
      scenario.flush();
      Scenario.await(() -> router.metric("penstock_lag_records") == 12_800);
      assertThat(router.metric("penstock_partition_lag_records")).isEqualTo(12_800);

      STACK.clickHouse().restart();
      scenario.settle();
      assertThat(router.awaitReady().get("/health/ready").statusCode()).isEqualTo(200);
      Scenario.await(() -> router.metric("penstock_partitions_paused") == 0);
    }
  }

  @Test
  void whileKafkaAndPostgresAreFrozenEveryProcessSaysSo() throws Exception {
    String client = scenario.activeClient("acme");
    HealConfig healing =
        ConfigReader.load(ConfigSource.of(scenario.properties), HealConfig::from).config();
    PendingWatch pending =
        scenario.provisioning.pendingWatch(
            scenario.provisioning.provisioner(Migration.folder(Scenario.HOME)), _ -> {}, _ -> {});
    Thread watching = Thread.ofVirtual().start(() -> watch(pending));
    try (EmbeddedRouter router = new EmbeddedRouter(scenario.properties).awaitReady();
        HikariDataSource postgres =
            PostgresConnections.ofCommand(healing.replay().postgres(), "healer");
        HealService healer = new HealService(healing, postgres, new Meters(), _ -> {})) {
      healer.start();
      scenario.sendGood(client);
      scenario.flush();
      scenario.awaitStored(1);
      Scenario.await(() -> healer.ready().ok() && pending.ready().ok());
      STACK.kafka().freeze();
      STACK.postgres().freeze();

      String silent = "Kafka does not answer: no fetch and no heartbeat for ";
      Scenario.await(() -> router.get("/health/ready").statusCode() == 503);
      assertThat(router.get("/health/ready").body()).contains(silent, "; the lag was 0");
      assertThat(router.metric("penstock_kafka_silent_seconds")).isGreaterThanOrEqualTo(15);
      assertThat(router.get("/health/live").statusCode()).isEqualTo(200);
      Scenario.await(() -> healer.ready().toString().contains(silent));
      Scenario.await(() -> healer.ready().toString().contains("PostgreSQL: "));
      Scenario.await(() -> !pending.ready().ok());
      assertThat(pending.ready().toString()).contains("PostgreSQL: ");

      STACK.kafka().thaw();
      STACK.postgres().thaw();
      scenario.sendGood(client);
      scenario.settle();
      Scenario.await(() -> healer.ready().ok() && pending.ready().ok());
      assertThat(router.awaitReady().stop()).as(router.log()).isZero();
      scenario.settle();
    } finally {
      watching.interrupt();
      assertThat(watching.join(Duration.ofSeconds(20))).isTrue();
    }
  }

  private static void watch(PendingWatch pending) {
    try {
      pending.run(1, () -> Thread.currentThread().isInterrupted());
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aPartitionThatAnOpenTransactionHoldsUpIsNamed() {
    String client = scenario.activeClient("acme");
    scenario.properties.put("penstock.router.linger.max", "1s");
    scenario.properties.put("penstock.router.stalled.after", "4s");
    TopicPartition held = new TopicPartition(scenario.config.kafka().eventsTopic(), 2);
    Map<String, Object> settings = scenario.config.kafka().clientProperties();
    settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, held.topic());
    try (EmbeddedRouter router = new EmbeddedRouter(scenario.properties).awaitReady();
        Producer<byte[], byte[]> producer =
            new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      var _ = producer.send(new ProducerRecord<>(held.topic(), held.partition(), null, null));
      producer.flush();
      for (int i = 0; i < 100; i++) {
        scenario.sendGood(client);
      }
      Scenario.await(() -> router.get("/health/ready").statusCode() == 503);
      assertThat(router.get("/health/ready").body())
          .contains("Partition " + held + " makes no progress", "while a transaction is open");
      assertThat(router.metric("penstock_stalled_seconds")).isGreaterThanOrEqualTo(4);
      assertThat(router.get("/health/live").statusCode()).isEqualTo(200);

      producer.abortTransaction();
      scenario.settle();
      var _ = router.awaitReady();
    }
  }
}
