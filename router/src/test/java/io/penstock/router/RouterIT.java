package io.penstock.router;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.ExitCode;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.event.EventParser;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A router process between real Kafka and the real ClickHouse engine; every test counts. */
class RouterIT {
  private final Scenario scenario = Scenario.onSharedStack();

  @AfterEach
  void close() {
    scenario.close();
  }

  @Test
  void everyEventIsStoredOnceOrADeadLetterWithItsReason() {
    List<String> clients = scenario.activeClients(5);
    try (RouterProcess _ = new RouterProcess(scenario.properties).awaitReady()) {
      scenario.sendMix(4_000, clients);
      scenario.sendDead("MALFORMED_JSON", null);

      scenario.settle();
    }
  }

  @Test
  void aGracefulRestartInMidStreamLosesAndDoublesNothing() {
    List<String> clients = scenario.activeClients(3);
    RouterProcess first = new RouterProcess(scenario.properties).awaitReady();
    scenario.sendMix(6_000, clients);
    scenario.awaitStored(500);

    int exitCode = first.stop();

    assertThat(exitCode).as(first.log()).isEqualTo(ExitCode.DONE);
    scenario.sendMix(2_000, clients);
    try (RouterProcess _ = new RouterProcess(scenario.properties)) {
      scenario.settle();
    }
  }

  @Test
  void aKillInMidStreamLosesAndDoublesNothing() {
    List<String> clients = scenario.activeClients(3);
    for (int round = 0; round < 3; round++) {
      try (RouterProcess router = new RouterProcess(scenario.properties).awaitReady()) {
        long before = round * 4_000L;
        scenario.sendMix(5_000, clients);
        scenario.awaitStored(before / 2 + 100);
        router.kill();
      }
    }
    try (RouterProcess _ = new RouterProcess(scenario.properties)) {
      scenario.settle();
    }
  }

  @Test
  void whatWasSentIsReadBackVerbatim() {
    // Its event keeps its date, whatever the day of the test.
    String client = scenario.activeClient("verbatim", 9_000);
    String properties = "{ \"price\": 12345678901234567890.10, \"n\":1e400, \"é\":\"\\u00e9\" }";
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      scenario.sendGood(
          client,
          """
          "event_id":"0190b0a0-1234-7abc-8def-0123456789ab","event_time":"2026-02-03T04:05:06.789+01:00",\
          "user_id":"u\\n1","anonymous_id":"a2","session_id":"s3","event_properties":%s,"tag":[1, 2],"z":null\
          """
              .formatted(properties));
      scenario.settle();
    }

    var row =
        scenario
            .stored
            .query("SELECT * FROM `" + Scenario.database(client) + "`.events")
            .getFirst();
    assertThat(row.getString("event_id")).isEqualTo("0190b0a0-1234-7abc-8def-0123456789ab");
    assertThat(row.getString("event_name")).isEqualTo("click");
    assertThat(row.getZonedDateTime("event_time").toInstant())
        .hasToString("2026-02-03T03:05:06.789Z");
    assertThat(row.getString("user_id")).isEqualTo("u\n1");
    assertThat(row.getString("anonymous_id")).isEqualTo("a2");
    assertThat(row.getString("session_id")).isEqualTo("s3");
    assertThat(row.getString("event_properties")).isEqualTo(properties);
    assertThat(row.getString("extra")).isEqualTo("{\"tag\":[1, 2],\"z\":null}");
    assertThat(row.getString("source_topic")).isEqualTo(scenario.config.kafka().eventsTopic());
    assertThat(row.getInteger("source_partition")).isBetween(0, 3);
    assertThat(row.getLong("source_offset")).isZero();
  }

  /** What is too old would be merged away, and counted nowhere; so it is a dead letter. */
  @Test
  void eventsOlderThanTheRetentionAreDeadLettersUnlessArrivalCounts() {
    String byEvent = scenario.activeClient("by-event");
    String byArrival = scenario.activeClientByArrival("by-arrival", 30);
    String old = "\"event_time\":\"2001-09-09T01:46:40Z\",\"n\":%d";
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      for (int i = 0; i < 50; i++) {
        scenario.sendGood(byEvent);
        scenario.sendGood(byArrival, old.formatted(i));
        scenario.sendDead(
            "EVENT_TIME_OUT_OF_RANGE",
            scenario.event(byEvent, scenario.keyHash(byEvent), old.formatted(i)));
      }
      scenario.settle();
    }
    scenario.mergeAll(byEvent);
    scenario.mergeAll(byArrival);

    scenario.settle();
  }

  @Test
  void headersCanCarryClientAndKey() {
    String client = scenario.activeClient("headers");
    Header id = new RecordHeader(EventParser.CLIENT_ID_HEADER, client.getBytes(UTF_8));
    Header key =
        new RecordHeader(EventParser.API_KEY_HASH_HEADER, scenario.keyHash(client).getBytes(UTF_8));
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      scenario.sendGoodRaw(client, "{\"event_name\":\"a\"}", id, key);
      scenario.sendGoodRaw(client, "{\"event_name\":\"b\",\"client_id\":\"other\"}", id, key);
      scenario.sendDead("MISSING_FIELD", "{\"event_name\":\"c\"}", id);

      scenario.settle();
    }
  }

  @Test
  void aPendingClientsEventsAreDeadLettersUntilItIsProvisioned() {
    String client = scenario.create("late");
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      scenario.sendDead(
          "CLIENT_PENDING", scenario.event(client, scenario.keyHash(client), "\"n\":1"));
      scenario.flush();
      Scenario.await(() -> scenario.deadLetters().total() == 1);

      String _ = scenario.provision(client);
      scenario.sendGood(client);

      scenario.settle();
    }
  }

  @Test
  void metricsAndHealthTellWhatHappened() {
    List<String> clients = scenario.activeClients(2);
    try (EmbeddedRouter router = new EmbeddedRouter(scenario.properties).awaitReady()) {
      scenario.sendMix(200, clients);
      scenario.settle();

      Scenario.await(() ->
          router
              .get("/metrics")
              .body()
              .contains("penstock_events_total{outcome=\"stored\",reason=\"none\"} 140.0"));
      String metrics = router.get("/metrics").body();
      assertThat(metrics)
          .contains("penstock_events_total{outcome=\"dead_letter\",reason=\"UNKNOWN_CLIENT\"} 10.0")
          .contains("penstock_freshness_seconds_bucket")
          .contains("penstock_freshness_objective_seconds 5.0")
          .contains("penstock_freshness_objective_ratio 0.999")
          .contains("penstock_insert_seconds_count{outcome=\"written\"}")
          .contains("penstock_insert_rows_count")
          .contains("penstock_lag_records 0.0")
          .contains("penstock_partition_lag_seconds{partition=\"0\",topic=")
          .contains("penstock_target_up{target=\"default\"} 1.0")
          .contains("penstock_client_lookups_total")
          .contains("jvm_memory_used_bytes")
          .contains("kafka_consumer");
      assertThat(metrics)
          .contains(
              "penstock_client_events_total{client=\"%s\",outcome=\"stored\"} 100.0"
                  .formatted(clients.get(0)))
          .contains(
              "penstock_client_events_total{client=\"%s\",outcome=\"stored\"} 40.0"
                  .formatted(clients.get(1)))
          .contains("penstock_client_events_total{client=\"other\",outcome=\"stored\"} 0.0");
      assertThat(router.metric("penstock_freshness_seconds_count")).isEqualTo(140);
      assertThat(metrics).contains("penstock_late_events_total ");
      assertThat(router.metric("penstock_stored_bytes_total")).isGreaterThan(140 * 50);
      assertThat(router.metric("penstock_insert_bytes_sum"))
          .isEqualTo(router.metric("penstock_stored_bytes_total"));
      assertThat(router.metric("penstock_partition_committed_offset")).isEqualTo(200);
      assertThat(router.metric("penstock_broker_clock_ahead_seconds")).isBetween(-60.0, 1.0);
      assertThat(router.get("/health/live").statusCode()).isEqualTo(200);
      assertThat(router.get("/health/ready").body()).contains("\"status\":\"ok\"");
    }
  }

  @Test
  void metricsTellWhatKafkaKeeps() throws ExecutionException, InterruptedException {
    KafkaConfig kafka = scenario.config.kafka();
    String client = scenario.activeClient("kept");
    try (Admin admin = Admin.create(kafka.clientProperties())) {
      ConfigEntry hour = new ConfigEntry(TopicConfig.RETENTION_MS_CONFIG, "3600000");
      var _ =
          admin
              .incrementalAlterConfigs(
                  Map.of(
                      new ConfigResource(ConfigResource.Type.TOPIC, kafka.eventsTopic()),
                      List.of(new AlterConfigOp(hour, AlterConfigOp.OpType.SET))))
              .all()
              .get();
      try (EmbeddedRouter router = new EmbeddedRouter(scenario.properties).awaitReady()) {
        scenario.sendGood(client);
        scenario.settle();
        Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
        for (int partition = 0; partition < 4; partition++) {
          all.put(
              new TopicPartition(kafka.eventsTopic(), partition), RecordsToDelete.beforeOffset(-1));
        }
        var _ = admin.deleteRecords(all).all().get();

        Scenario.await(() -> router.metric("penstock_partition_log_start_offset") == 1);
        String retention = "penstock_topic_retention_seconds{topic=\"%s\"}";
        assertThat(router.get("/metrics").body())
            .contains(retention.formatted(kafka.eventsTopic()) + " 3600.0")
            .contains(retention.formatted(kafka.ledgerTopic()) + " 2592000.0")
            .as("it keeps letters for ever")
            .doesNotContain(retention.formatted(kafka.deadLettersTopic()));
      }
    }
  }

  @Test
  void aMissingTopicEndsTheStartWithAMessage() {
    Map<String, String> properties = new HashMap<>(scenario.properties);
    properties.put("penstock.topic.events", "no-such-topic");
    try (RouterProcess router = new RouterProcess(properties)) {
      assertThat(router.awaitExit()).isEqualTo(ExitCode.FAILED);
      assertThat(router.log()).contains("no-such-topic").contains("./penstock setup");
    }
  }

  @Test
  void wrongConfigurationEndsTheStartWithAllProblemsAtOnce() {
    Map<String, String> properties = new HashMap<>(scenario.properties);
    properties.put("penstock.router.threads", "many");
    properties.put("penstock.router.flush.intervall", "1s");
    properties.remove("penstock.redis.url");
    try (RouterProcess router = new RouterProcess(properties)) {
      assertThat(router.awaitExit()).isEqualTo(ExitCode.USAGE);
      assertThat(router.log())
          .contains("PENSTOCK_ROUTER_THREADS")
          .contains("PENSTOCK_ROUTER_FLUSH_INTERVAL")
          .contains("redis.url");
    }
  }

  @Test
  void anUnreachableKafkaEndsTheStartWithAMessage() {
    Map<String, String> properties = new HashMap<>(scenario.properties);
    properties.put("penstock.kafka.bootstrap.servers", "127.0.0.1:1");
    try (RouterProcess router = new RouterProcess(properties)) {
      assertThat(router.awaitExit()).isEqualTo(ExitCode.FAILED);
      assertThat(router.log()).contains("127.0.0.1:1").contains("does not answer");
    }
  }
}
