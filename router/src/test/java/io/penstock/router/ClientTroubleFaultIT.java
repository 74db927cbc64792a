package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testkit.SharedStack;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Proves that one client's dropped database is that client's trouble alone: its events become dead
 * letters of the reason {@code CLIENT_UNAVAILABLE} until the database is back, the others' go on
 * being stored, and every event is accounted for once.
 */
class ClientTroubleFaultIT {
  private static final Logger log = LoggerFactory.getLogger(ClientTroubleFaultIT.class);

  private final Scenario scenario = new Scenario(SharedStack.start());

  @AfterEach
  void close() {
    scenario.close();
  }

  @Test
  void aDroppedDatabaseParksItsClientsEventsAndNobodyElses() {
    List<String> others = scenario.activeClients(3);
    String troubled = scenario.activeClient("troubled");
    try (EmbeddedRouter router = new EmbeddedRouter(scenario.properties).awaitReady()) {
      try (Load _ = scenario.load(others, 400)) {
        for (int i = 0; i < 500; i++) {
          scenario.sendGood(troubled);
        }
        Scenario.await(() -> stored(troubled) == 500);
        scenario.awaitMoreStored(1_500);

        List<String> schema = scenario.dropDatabase(troubled);
        String dropped = now();
        try (Load _ = scenario.load(List.of(troubled), 100)) {
          Scenario.await(() -> parked(troubled) >= 100);
          // All that is counted here is the others'.
          scenario.awaitMoreStored(1_500);
          String restored = now();
          scenario.restoreDatabase(troubled, schema);
          Scenario.await(() -> stored(troubled) >= 100);
          log.info(
              "Freshness of the others in ms, median and 95 %: before {}, meanwhile {}",
              freshness(others, "ingested_at < " + dropped),
              freshness(others, "ingested_at BETWEEN %s AND %s".formatted(dropped, restored)));
        }
      }
      scenario.settle();
      assertThat(scenario.parkedAndStored(troubled)).as("both parked and stored").isZero();
      router.stopCleanly();
      scenario.settle();
    }
  }

  /**
   * ClickHouse refuses inserts with code 243 as on a full disk, by its own check of free space:
   * most of the good events were dead letters once.
   */
  @Test
  void aFullDiskHoldsEverythingIsToldAndParksNobody() {
    scenario.properties.put("penstock.router.attempt.timeout", "3s");
    List<String> clients = scenario.activeClients(3);
    try (EmbeddedRouter router = new EmbeddedRouter(scenario.properties).awaitReady()) {
      try (Load _ = scenario.load(clients, 400)) {
        scenario.awaitMoreStored(1_000);
        clients.forEach(client -> disk(client, Long.MAX_VALUE));
        scenario.fault("disk full");
        Scenario.await(() -> router.get("/health/ready").statusCode() == 503);
        assertThat(router.get("/health/ready").body())
            .contains("takes no rows", "243 NOT_ENOUGH_SPACE");
        long stored = scenario.storedNow();
        // Beyond the first trials, and not ready at any time between them.
        double inserts = router.metric("penstock_insert_seconds_count");
        Scenario.await(() -> {
          assertThat(router.get("/health/ready").statusCode()).isEqualTo(503);
          return router.metric("penstock_insert_seconds_count") >= inserts + 4;
        });
        assertThat(scenario.storedNow()).isEqualTo(stored);
        assertThat(scenario.deadLetters().byReason()).containsOnlyKeys("INVALID_API_KEY");
        clients.forEach(client -> disk(client, 0));
        scenario.awaitMoreStored(2_000);
      }
      scenario.settle();
      assertThat(scenario.deadLetters().byReason()).containsOnlyKeys("INVALID_API_KEY");
      assertThat(router.get("/health/ready").statusCode()).isEqualTo(200);
      router.stopCleanly();
    }
  }

  /** How much must be free before the client's table takes an insert. */
  private void disk(String client, long bytes) {
    String _ =
        scenario.sql(
            "ALTER TABLE `%s`.events_base MODIFY SETTING min_free_disk_bytes_to_perform_insert = %d"
                .formatted(Scenario.database(client), bytes));
  }

  private long stored(String client) {
    return scenario.stored.count(Scenario.database(client)).events();
  }

  private long parked(String client) {
    return scenario.deadLetters().byOrigin().values().stream()
        .filter(letter -> letter.client().equals(client))
        .filter(letter -> letter.reason().equals("CLIENT_UNAVAILABLE"))
        .count();
  }

  private String now() {
    return "fromUnixTimestamp64Milli(%s)"
        .formatted(scenario.sql("SELECT toUnixTimestamp64Milli(now64(3))").strip());
  }

  /** From the broker's append to the insert. */
  private String freshness(List<String> clients, String when) {
    String rows =
        clients.stream()
            .map(client ->
                "SELECT ingested_at, received_at FROM `%s`.events_base WHERE %s"
                    .formatted(Scenario.database(client), when))
            .collect(Collectors.joining(" UNION ALL "));
    return scenario
        .sql(
            "SELECT arrayMap(q -> round(q), quantiles(0.5, 0.95)(dateDiff('ms', received_at, ingested_at))) FROM ("
                + rows
                + ")")
        .strip();
  }
}
