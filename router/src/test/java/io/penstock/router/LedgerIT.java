package io.penstock.router;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.ledger.OffsetDigest;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The ledger from the router to the operator's table. */
class LedgerIT {
  private final Scenario scenario = Scenario.onSharedStack();

  @AfterEach
  void close() {
    scenario.close();
  }

  private String ask(String sql) {
    return scenario
        .sql(
            sql.replace("LEDGER", scenario.config.ledgerDatabase() + ".ledger")
                .replace("TOPIC", "topic = '" + scenario.config.kafka().eventsTopic() + "'"))
        .strip();
  }

  @Test
  void everyOffsetIsAccountedForInTheOperatorsTable() throws Exception {
    List<String> clients = scenario.activeClients(2);
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      for (int i = 0; i < 300; i++) {
        scenario.sendGood(clients.get(i % 2));
      }
      for (int i = 0; i < 20; i++) {
        scenario.sendDead("MALFORMED_JSON", "{");
      }
      scenario.settle();
      nonsense();
      Scenario.await(() ->
          ask("SELECT sum(stored), sum(dead_letters) FROM LEDGER FINAL WHERE TOPIC")
              .equals("300\t20"));
    }
    assertThat(
            ask(
                "SELECT sum(end_offset - start_offset) - sum(stored + dead_letters + not_delivered) FROM LEDGER FINAL WHERE TOPIC"))
        .isEqualTo("0");
    String client = clients.getFirst();
    assertThat(
            ask(
                "SELECT sum(count) FROM (SELECT arrayJoin(arrayZip(rows.client, rows.count)) AS line, line.1 AS client, line.2 AS count FROM LEDGER FINAL WHERE TOPIC) WHERE client = '"
                    + client
                    + "'"))
        .isEqualTo("150");
    assertThat(
            ask(
                "SELECT sum(stored), sum(dead_letters) FROM %s.ledger_hours WHERE TOPIC AND client = '%s'"
                    .formatted(scenario.config.ledgerDatabase(), client)))
        .isEqualTo("150\t0");
    // What the router adds up over the offsets, ClickHouse adds up over the rows.
    assertThat(
            ask(
                "SELECT sumWithOverflow(digest) FROM (SELECT arrayJoin(arrayZip(rows.client, rows.digest)) AS line, line.1 AS client, line.2 AS digest FROM LEDGER FINAL WHERE TOPIC) WHERE client = '"
                    + client
                    + "'"))
        .isEqualTo(
            ask(
                "SELECT %s FROM %s.events_base"
                    .formatted(OffsetDigest.sql("source_offset"), Scenario.database(client))));
  }

  /**
   * Nothing that befalls the ledger's table holds delivery up, and nothing of it is missing later.
   */
  @Test
  void entriesWaitWhileTheirTableIsAway() throws Exception {
    String client = scenario.activeClient("waits");
    String table = scenario.config.ledgerDatabase() + ".ledger";
    scenario.sql("RENAME TABLE " + table + " TO " + table + "_away");
    try (EmbeddedRouter router = new EmbeddedRouter(scenario.properties).awaitReady()) {
      try {
        scenario.sendGood(client);
        scenario.settle();
        Scenario.await(() ->
            router.get("/metrics").body().contains("penstock_ledger_failing_seconds")
                && !router.get("/metrics").body().contains("penstock_ledger_failing_seconds 0.0"));
        assertThat(router.get("/health/ready").statusCode()).isEqualTo(200);
      } finally {
        scenario.sql("RENAME TABLE " + table + "_away TO " + table);
      }
      Scenario.await(() -> ask("SELECT sum(stored) FROM LEDGER FINAL WHERE TOPIC").equals("1"));
      Scenario.await(
          () -> router.get("/metrics").body().contains("penstock_ledger_failing_seconds 0.0"));
    }
  }

  @Test
  void noLedgerIsKeptWhereNoneIsWanted() throws Exception {
    scenario.properties.put("penstock.ledger", "off");
    String client = scenario.activeClient("plain");
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      scenario.sendGood(client);
      scenario.awaitAccounted();
    }
    assertThat(LedgerOfTopic.read(scenario.config.kafka()).entries()).isEmpty();
  }

  /** Whatever somebody else writes there, the entries behind it are stored. */
  private void nonsense() throws Exception {
    try (var producer =
        new KafkaProducer<>(
            scenario.config.kafka().clientProperties(),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      String topic = Objects.requireNonNull(scenario.config.kafka().ledgerTopic());
      for (byte[] value : new byte[][] {{}, "{\"topic\":1}".getBytes(UTF_8), "x".getBytes(UTF_8)}) {
        var _ = producer.send(new ProducerRecord<>(topic, value)).get();
      }
    }
  }
}
