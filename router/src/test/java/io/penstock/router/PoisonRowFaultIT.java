package io.penstock.router;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.testkit.SharedStack;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Proves that a row which ClickHouse refuses costs its batch nothing but itself, and that a batch
 * may reach over any number of months.
 */
class PoisonRowFaultIT {
  private static final int ROWS = 50_000;
  private static final int MONTHS = 200;

  private final Scenario scenario = new Scenario(properties());

  /** One partition, and no insert before a minute or the end: all events make one batch. */
  private static Map<String, String> properties() {
    Map<String, String> properties = new HashMap<>(SharedStack.start());
    properties.put("penstock.topic.events.partitions", "1");
    // A second thread that joins has the first one hand over, hence commit.
    properties.put("penstock.router.threads", "1");
    properties.put("penstock.router.flush.interval", "60s");
    return properties;
  }

  @AfterEach
  void close() {
    scenario.close();
  }

  /** Waits until the router has it all in memory, then has it inserted. */
  private void takeInOneBatch(int events) {
    try (EmbeddedRouter router = new EmbeddedRouter(scenario.properties).awaitReady()) {
      Scenario.await(() -> router.metric("penstock_polled_total") >= events);
      assertThat(scenario.storedNow()).as("nothing was inserted early").isZero();
      router.stopCleanly();
    }
  }

  @Test
  void oneBadRowAmongFiftyThousandIsTheOnlyDeadLetter() {
    String client = scenario.activeClient("poisoned");
    // As a client's own migration may do it: a typed column derived from the properties.
    String _ =
        scenario.sql(
            "ALTER TABLE `%s`.events_base ADD COLUMN amount Int32 MATERIALIZED toInt32(JSONExtractString(event_properties, 'amount'))"
                .formatted(Scenario.database(client)));
    for (int i = 0; i < ROWS - 1; i++) {
      scenario.sendGood(client, "\"event_properties\":{\"amount\":\"" + i + "\"}");
      if (i == 31_415) {
        scenario.sendDead(
            "ROW_REJECTED",
            scenario.event(
                client, scenario.keyHash(client), "\"event_properties\":{\"amount\":\"twelve\"}"));
        scenario.fault("poison row");
      }
    }
    scenario.flush();

    takeInOneBatch(ROWS);

    scenario.settle();
    ConsumerRecord<byte[], byte[]> letter = scenario.readDeadLetters().getFirst();
    assertThat(header(letter, DeadLetterHeaders.CLICKHOUSE_CODE)).isEqualTo("6");
    assertThat(header(letter, DeadLetterHeaders.FINGERPRINT)).contains("ROW_REJECTED:6:");
    assertThat(header(letter, DeadLetterHeaders.DETAIL)).contains("twelve", "amount");
  }

  /** A typed column of a client's own migrations: 200 of 200 were dead letters once. */
  @Test
  void oneAddressThatIsNoneAmongTwoHundredIsTheOnlyDeadLetter() {
    String client = scenario.activeClient("typed");
    String _ =
        scenario.sql(
            "ALTER TABLE `%s`.events_base ADD COLUMN ip IPv4 MATERIALIZED toIPv4(JSONExtractString(event_properties, 'ip'))"
                .formatted(Scenario.database(client)));
    for (int i = 0; i < 199; i++) {
      scenario.sendGood(client, "\"event_properties\":{\"ip\":\"10.0.0." + i + "\"}");
    }
    scenario.sendDead(
        "ROW_REJECTED",
        scenario.event(
            client, scenario.keyHash(client), "\"event_properties\":{\"ip\":\"unknown\"}"));
    scenario.flush();

    takeInOneBatch(200);

    scenario.settle();
    assertThat(header(scenario.readDeadLetters().getFirst(), DeadLetterHeaders.CLICKHOUSE_CODE))
        .isEqualTo("675");
  }

  /** The server writes to the table before the view is asked. */
  @Test
  void whatAMaterializedViewRefusesIsStoredOnceAndNoDeadLetter() {
    String client = scenario.activeClient("viewed");
    String database = Scenario.database(client);
    String _ =
        scenario.sql(
            "CREATE TABLE `%s`.amounts (amount Int32) ENGINE = MergeTree ORDER BY amount SETTINGS non_replicated_deduplication_window = 10000"
                .formatted(database));
    String _ =
        scenario.sql(
            "CREATE MATERIALIZED VIEW `%s`.amount_of TO `%1$s`.amounts AS SELECT toInt32(JSONExtractString(event_properties, 'amount')) AS amount FROM `%1$s`.events_base"
                .formatted(database));
    for (int i = 0; i < 200; i++) {
      scenario.sendGood(
          client,
          "\"event_properties\":{\"amount\":\""
              + (i == 77 ? "twelve" : Integer.toString(i))
              + "\"}");
    }
    scenario.flush();

    try (EmbeddedRouter router = new EmbeddedRouter(scenario.properties).awaitReady()) {
      Scenario.await(() -> router.metric("penstock_polled_total") >= 200);
      router.stopCleanly();
      assertThat(router.log()).contains("A materialized view refuses rows; they are stored");
    }

    scenario.settle();
  }

  @Test
  void twoHundredMonthsAreStoredInOneBatch() {
    String client = scenario.activeClient("archive", 9_000);
    for (int i = 0; i < 5 * MONTHS; i++) {
      int month = i % MONTHS;
      scenario.sendGood(
          client,
          "\"event_time\":\"%d-%02d-15T12:00:00Z\",\"n\":%d"
              .formatted(2008 + month / 12, 1 + month % 12, i));
    }
    scenario.flush();

    takeInOneBatch(5 * MONTHS);

    scenario.settle();
    assertThat(
            scenario.sql(
                "SELECT uniqExact(toYYYYMM(event_time)), uniqExact(ingested_at) FROM `%s`.events_base"
                    .formatted(Scenario.database(client))))
        .as("months, and inserts")
        .isEqualTo(MONTHS + "\t1\n");
  }

  private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    return new String(record.headers().lastHeader(name).value(), UTF_8);
  }
}
