package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.local.SharedStack;
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
    try (RouterProcess router = new RouterProcess(scenario.properties).awaitReady()) {
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
      assertThat(router.stop()).as(router.log()).isZero();
      scenario.settle();
    }
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
