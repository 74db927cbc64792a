package io.penstock.provisioning.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.penstock.core.client.Lookup;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.DataSize;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.config.PostgresConfig;
import io.penstock.core.config.RedisConfig;
import io.penstock.core.config.Secret;
import io.penstock.core.directory.RedisClientCache;
import io.penstock.core.kafka.CommandClients;
import io.penstock.local.LocalStack;
import io.penstock.local.PartKind;
import io.penstock.provisioning.Metadata;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.Setup;
import io.penstock.provisioning.client.NewClient;
import io.penstock.provisioning.doctor.Finding.Level;
import io.penstock.provisioning.doctor.PostgresFacts.Pooling;
import io.penstock.provisioning.schema.Migration;
import io.penstock.provisioning.target.ClickHouseServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;

/**
 * Real servers with real faults. Other tests leave clients of theirs on the shared stack, so these
 * look for their own only.
 */
class DoctorIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofSeconds(3);

  private final Metadata metadata = Metadata.shared();
  private final ProvisioningApp app = metadata.app();
  private final String group = "doctor-" + UUID.randomUUID();

  private KafkaConfig kafka = topics("doctor_events", "doctor_dead", 6);
  private RedisConfig redis = metadata.redis;
  private PostgresConfig postgres = metadata.postgres;
  private URI clickHouse = metadata.clickHouse.url();
  private Path home = Metadata.HOME;
  private @Nullable String ledger;

  @AfterEach
  void close() {
    app.close();
  }

  @Test
  void healthyServersHaveNoErrorsAndNoWarnings() {
    var _ = Setup.createTopics(kafka);

    List<PartReport> reports = examine(PATIENCE, "penstock", "kafka", "postgres", "redis");

    assertThat(reports)
        .extracting(PartReport::part)
        .containsExactly("penstock", "kafka", "postgres", "redis");
    assertThat(reports).allSatisfy(report -> assertThat(report.level()).isLessThan(Level.WARNING));
    assertThat(whole(reports))
        .contains(
            "doctor_events: 6 partitions", "schema " + Metadata.NEWEST, "no router has run yet")
        .doesNotContain(postgres.password().reveal());
  }

  @Test
  void theLedgersTableIsMissedUntilSetupMakesIt() throws Exception {
    String database = "doctor_ledger";
    ledger = database;
    String text = "the ledger's table doctor_ledger.ledger is not there";
    assertThat(found(examine(PATIENCE, "clickhouse"), text).level()).isEqualTo(Level.ERROR);

    var _ = Setup.createLedger(new ClickHouseServer(metadata.clickHouse), database, home);

    assertThat(whole(examine(PATIENCE, "clickhouse"))).doesNotContain(text);
  }

  @Test
  void readOnlyUserIsAnError() {
    postgres =
        new PostgresConfig(
            postgres.url() + "?options=-c%20default_transaction_read_only=on",
            postgres.user(),
            postgres.password(),
            1,
            SHORT);

    assertThat(found(examine(PATIENCE, "postgres"), "takes no writes from this user").level())
        .isEqualTo(Level.ERROR);
  }

  @Test
  void poolersOfTransactionsAreToldFromSessions() throws SQLException {
    try (Connection first = metadata.connect();
        Connection second = metadata.connect()) {
      assertThat(PostgresLook.pooling(first, second)).isEqualTo(Pooling.SESSION);
      TransactionPool pool = new TransactionPool(List.of(first, second));

      assertThat(PostgresLook.pooling(pool.client(), pool.client())).isEqualTo(Pooling.TRANSACTION);
    }
  }

  @Test
  void topicsWithOtherSettingsThanTheyNeedAreErrors() throws Exception {
    kafka = topics("doctor_odd_events", "doctor_odd_dead", 6);
    try (Admin admin = CommandClients.admin(kafka)) {
      var _ =
          admin
              .createTopics(
                  List.of(
                      new NewTopic("doctor_odd_events", 2, (short) 1)
                          .configs(Map.of("message.timestamp.type", "CreateTime")),
                      new NewTopic("doctor_odd_dead", 1, (short) 1)
                          .configs(
                              Map.of(
                                  "message.timestamp.type", "LogAppendTime",
                                  "cleanup.policy", "delete",
                                  "max.message.bytes", "2000"))))
              .all()
              .get();
    }

    List<PartReport> reports = examine(PATIENCE, "kafka");

    assertThat(found(reports, "doctor_odd_events has message.timestamp.type CreateTime").level())
        .isEqualTo(Level.ERROR);
    assertThat(found(reports, "doctor_odd_dead has cleanup.policy delete").level())
        .isEqualTo(Level.ERROR);
    assertThat(found(reports, "does not fit as a dead letter").level()).isEqualTo(Level.WARNING);
    assertThat(found(reports, "has 2 partitions, configured are 6").level()).isEqualTo(Level.NOTE);
  }

  @Test
  void missingTopicsAreAnError() {
    kafka = topics("doctor_no_events", "doctor_no_dead", 6);

    assertThat(found(examine(PATIENCE, "kafka"), "a topic does not exist").subjects())
        .containsExactly("doctor_no_events", "doctor_no_dead");
  }

  @Test
  void eventsThatNoRouterReadsAndAnOpenBlockAreTold() throws Exception {
    kafka = topics("doctor_lag_events", "doctor_lag_dead", 2);
    var _ = Setup.createTopics(kafka);
    try (Admin admin = CommandClients.admin(kafka);
        KafkaProducer<String, String> producer =
            new KafkaProducer<>(
                kafka.clientProperties(), new StringSerializer(), new StringSerializer())) {
      for (int i = 0; i < 5; i++) {
        producer.send(new ProducerRecord<>("doctor_lag_events", 1, "k", "v")).get();
      }
      admin
          .alterConsumerGroupOffsets(
              group,
              Map.of(new TopicPartition("doctor_lag_events", 1), new OffsetAndMetadata(2, "AAA|4")))
          .all()
          .get();
    }

    List<PartReport> reports = examine(PATIENCE, "kafka");

    assertThat(found(reports, "no router runs, and 3 events wait").level())
        .isEqualTo(Level.WARNING);
    assertThat(found(reports, "open blocks in 1 partitions").level()).isEqualTo(Level.NOTE);
  }

  @Test
  void lostDatabaseLostTableAndAlteredWindowAreErrorsOfTheirClients() throws Exception {
    List.of("doctor-db", "doctor-table", "doctor-window", "doctor-fine").forEach(this::provision);
    execute("DROP DATABASE client_doctor_db");
    execute("DROP TABLE client_doctor_table.events_base");
    execute(
        "ALTER TABLE client_doctor_window.events_base MODIFY SETTING non_replicated_deduplication_window = 0");

    List<PartReport> reports = examine(PATIENCE, "clickhouse", "clients");

    assertThat(found(reports, "have no database any more").subjects()).contains("doctor-db");
    assertThat(found(reports, "without the table events_base").subjects())
        .contains("doctor-table")
        .doesNotContain("doctor-db");
    assertThat(found(reports, "deduplication window is off").subjects())
        .contains("client_doctor_window.events_base");
    assertThat(errorsAbout(reports, "doctor-fine", "client_doctor_fine.events_base")).isEmpty();
  }

  @Test
  void droppedViewDroppedColumnAndAViewThatRepeatsAreToldWithTheirRemedy() throws Exception {
    provision("doctor-damaged");
    execute("DROP VIEW client_doctor_damaged.events");
    execute("ALTER TABLE client_doctor_damaged.events_base DROP COLUMN session_id");
    execute("CREATE TABLE client_doctor_damaged.days (day Date) ENGINE = MergeTree ORDER BY day");
    execute(
        "CREATE MATERIALIZED VIEW client_doctor_damaged.daily TO client_doctor_damaged.days AS SELECT toDate(event_time) AS day FROM client_doctor_damaged.events_base");
    execute(
        "CREATE MATERIALIZED VIEW client_doctor_damaged.kept ENGINE = MergeTree ORDER BY day SETTINGS non_replicated_deduplication_window = 10000 AS SELECT toDate(event_time) AS day FROM client_doctor_damaged.events_base");

    List<PartReport> reports = examine(PATIENCE, "clickhouse");

    assertThat(found(reports, "the view that analysts read is missing"))
        .satisfies(
            finding -> assertThat(finding.subjects()).contains("client_doctor_damaged.events"))
        .satisfies(finding -> assertThat(finding.remedy()).contains("migrate repair"));
    assertThat(found(reports, "tables lack columns").subjects())
        .contains("client_doctor_damaged.events_base: session_id");
    assertThat(found(reports, "goes through them twice").subjects())
        .contains("client_doctor_damaged.daily: client_doctor_damaged.days")
        .noneMatch(subject -> subject.contains("kept"));
    execute("DROP DATABASE client_doctor_damaged");
  }

  @Test
  void whatRedisHoldsOtherwiseIsAWarning() {
    provision("doctor-stale");
    provision("doctor-fresh");
    provision("doctor-foreign");
    RedisConfig others =
        new RedisConfig(
            redis.url(),
            redis.user(),
            redis.password(),
            redis.caFile(),
            redis.timeout(),
            Secret.of("another secret"),
            null);
    try (RedisClientCache cache = new RedisClientCache(redis);
        RedisClientCache foreign = new RedisClientCache(others)) {
      assertThat(cache.put("doctor-stale", new Lookup.Unknown(), Duration.ofMinutes(5))).isTrue();
      assertThat(foreign.put("doctor-foreign", new Lookup.Unknown(), Duration.ofMinutes(5)))
          .isTrue();

      List<PartReport> reports = examine(PATIENCE, "clients");
      assertThat(found(reports, "Redis holds something else").subjects())
          .contains("doctor-stale")
          .doesNotContain("doctor-fresh", "doctor-foreign");
      assertThat(found(reports, "not signed with this secret").subjects())
          .contains("doctor-foreign")
          .doesNotContain("doctor-fresh", "doctor-stale");

      var _ = cache.remove("doctor-stale");
      var _ = cache.remove("doctor-foreign");
    }
    assertThat(errorsAbout(examine(PATIENCE, "clients"), "doctor-stale", "doctor-foreign"))
        .isEmpty();
  }

  @Test
  void keylessPendingAndStrayAreTold() throws Exception {
    provision("doctor-keyless");
    metadata.execute("UPDATE api_keys SET revoked_at = now() WHERE client_id = 'doctor-keyless'");
    metadata.execute(
        "INSERT INTO clients (client_id, name, ch_database_name, created_at) VALUES"
            + " ('doctor-pending', 'Doctor pending', 'client_doctor_pending', now() - interval '2 hours')");
    execute("CREATE DATABASE client_doctor_stray");
    provision("doctor-former");
    metadata.execute(
        "UPDATE clients SET status = 'deprovisioning', deprovision_at = now() - interval '1 minute' WHERE client_id = 'doctor-former'");

    List<PartReport> reports = examine(PATIENCE, "clients");

    assertThat(found(reports, "no valid key").subjects()).contains("doctor-keyless");
    assertThat(found(reports, "pending for more than an hour").subjects())
        .contains("doctor-pending");
    assertThat(found(reports, "belong to none").subjects())
        .contains("client_doctor_stray on default");
    assertThat(found(reports, "grace period").subjects()).contains("doctor-former");

    metadata.execute(
        "UPDATE clients SET status = 'deprovisioned', deprovision_at = NULL WHERE client_id = 'doctor-former'");
    metadata.execute("DELETE FROM clients WHERE client_id = 'doctor-pending'");
    assertThat(found(examine(PATIENCE, "clients"), "database is still there").subjects())
        .contains("doctor-former");
  }

  @Test
  void migrationThatAClientLacksIsAWarningAndAnEditedOneAnError(@TempDir Path folder)
      throws Exception {
    provision("doctor-old");
    home = folder;
    copy("postgres/sql");
    copy("clickhouse/migrations");
    Files.writeString(
        folder.resolve("clickhouse/migrations/V900__wider.sql"), "ALTER TABLE ${database}.x");
    Path first = folder.resolve("clickhouse/migrations/V001__events_base.sql");
    Files.writeString(first, Files.readString(first) + "-- edited\n");
    Path own = Files.createDirectories(folder.resolve("clickhouse/migrations/clients/doctor-old"));
    Files.writeString(own.resolve("V001__typed.sql"), "ALTER TABLE ${database}.y");
    Files.writeString(folder.resolve("postgres/sql/V900__more.sql"), "");

    List<PartReport> behind = examine(PATIENCE, "postgres", "clients");
    assertThat(found(behind, "the metadata schema lacks migrations").subjects())
        .containsExactly("900");
    assertThat(found(behind, "PostgreSQL does not tell of them").level()).isEqualTo(Level.NOTE);

    Files.delete(folder.resolve("postgres/sql/V900__more.sql"));
    List<PartReport> reports = examine(PATIENCE, "clients");
    assertThat(found(reports, "clients lack migration 900 (wider)").subjects())
        .contains("doctor-old");
    assertThat(found(reports, "clients lack their own migration 1 (typed)").subjects())
        .containsExactly("doctor-old");
    assertThat(found(reports, "another text of migration 1").subjects()).contains("doctor-old");
  }

  @Test
  void redisThatIsAReplicaIsNamedAndAnnouncesAllTheSame() throws Exception {
    Path folder = Path.of("target", "doctor-replica");
    CountDownLatch subscribed = new CountDownLatch(1);
    CompletableFuture<String> heard = new CompletableFuture<>();
    JedisPubSub listener =
        new JedisPubSub() {
          @Override
          public void onSubscribe(String channel, int subscribedChannels) {
            subscribed.countDown();
          }

          @Override
          public void onMessage(String channel, String message) {
            heard.complete(message);
            unsubscribe();
          }
        };
    try (LocalStack stack = LocalStack.builder(folder).parts(PartKind.REDIS).build().start()) {
      URI url = URI.create(stack.redis().redisUrl());
      redis = new RedisConfig(url, null, null, null, PATIENCE, Secret.of("secret"), null);
      try (Jedis replica = new Jedis(url);
          Jedis listening = new Jedis(url);
          RedisClientCache cache = new RedisClientCache(redis)) {
        Thread thread =
            Thread.ofVirtual().start(() -> listening.subscribe(listener, RedisClientCache.CHANNEL));
        assertThat(subscribed.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        replica.replicaof("127.0.0.1", 1);

        assertThat(found(examine(PATIENCE, "redis"), "it is a replica of 127.0.0.1:1").remedy())
            .endsWith("to the primary 127.0.0.1:1");
        assertThat(cache.announceChange("doctor-replica")).isEqualTo("Redis: READONLY");
        assertThat(heard.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo("doctor-replica");
        thread.join();
      }
    }
  }

  @Test
  void serverThatHangsIsOneErrorAndHoldsNobodyUp() throws Exception {
    Path folder = Path.of("target", "doctor-stack");
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        LocalStack stack = LocalStack.builder(folder).parts(PartKind.REDIS).build().start()) {
      clickHouse = URI.create("http://127.0.0.1:" + silent.getLocalPort());
      redis =
          new RedisConfig(
              URI.create(stack.redis().redisUrl()), null, null, null, SHORT, null, null);
      stack.redis().freeze();
      long begin = System.nanoTime();

      List<PartReport> reports = examine(SHORT, "penstock", "redis", "clickhouse");

      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(SHORT.multipliedBy(4));
      assertThat(reports)
          .extracting(PartReport::part, PartReport::level)
          .contains(
              tuple("penstock", Level.OK),
              tuple("redis", Level.ERROR),
              tuple("clickhouse default", Level.ERROR));
      assertThat(reports)
          .filteredOn(report -> report.part().equals("clickhouse default"))
          .flatExtracting(PartReport::findings)
          .extracting(Finding::what)
          .containsExactly(clickHouse + ": does not answer within 3.0 s");
      stack.redis().thaw();
      stack.redis().stop();

      assertThat(examine(PATIENCE, "redis").getFirst().findings())
          .singleElement()
          .satisfies(
              finding -> assertThat(finding.what()).contains("Redis: JedisConnectionException"));
    }
  }

  @Test
  void unreachablePostgresLeavesTheClientsOut() {
    postgres =
        new PostgresConfig(
            "jdbc:postgresql://127.0.0.1:1/none", "u", Secret.of("hidden"), 1, SHORT);

    List<PartReport> reports = examine(PATIENCE, "clients");

    assertThat(reports)
        .extracting(PartReport::part, PartReport::level)
        .containsExactly(tuple("postgres", Level.ERROR), tuple("clients", Level.NOTE));
    assertThat(whole(reports)).contains("127.0.0.1:1").doesNotContain("hidden");
  }

  private List<PartReport> examine(Duration patience, String... parts) {
    var target = metadata.clickHouse;
    return new Doctor(
            new Doctor.Config(
                kafka,
                postgres,
                redis,
                new ClickHouseConfig(clickHouse, target.user(), target.password(), null, null),
                ledger,
                group,
                DataSize.ofMiB(1),
                Secret.of("s".repeat(32)),
                home),
            0,
            patience)
        .examine(Set.of(parts));
  }

  private void provision(String id) {
    try {
      var _ = app.registry().create(NewClient.of("Test " + id, id));
      var _ = app.provisioner(Migration.folder(Metadata.HOME)).provision(id);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private void execute(String sql) throws Exception {
    try (var connection = new ClickHouseServer(metadata.clickHouse).connect();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private void copy(String below) throws IOException {
    Path to = Files.createDirectories(home.resolve(below));
    try (Stream<Path> files = Files.list(Metadata.HOME.resolve(below))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, to.resolve(String.valueOf(file.getFileName())));
      }
    }
  }

  private KafkaConfig topics(String events, String deadLetters, int partitions) {
    return new KafkaConfig(
        metadata.kafka.bootstrapServers(), Map.of(), events, deadLetters, null, partitions, null);
  }

  private static Finding found(List<PartReport> reports, String text) {
    List<Finding> found = new ArrayList<>(findings(reports));
    found.removeIf(finding -> !finding.what().contains(text));
    assertThat(found).as("%s in %s", text, reports).hasSize(1);
    return found.getFirst();
  }

  private static List<Finding> errorsAbout(List<PartReport> reports, String... subjects) {
    return findings(reports).stream()
        .filter(finding -> Stream.of(subjects).anyMatch(finding.subjects()::contains))
        .toList();
  }

  private static List<Finding> findings(List<PartReport> reports) {
    return reports.stream().flatMap(report -> report.findings().stream()).toList();
  }

  private static String whole(List<PartReport> reports) {
    return reports.toString();
  }
}
