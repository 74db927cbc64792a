package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.router.FaultProxy.Fault;
import io.penstock.testkit.SharedStack;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Proves that an insert whose outcome the router cannot know is counted once: the network swallows
 * answers after the rows have landed, falls silent, and resets connections in the middle of
 * requests.
 */
class NetworkFaultIT {
  private static final int FAULTS = 60;

  private final Map<String, String> stack = SharedStack.start();
  private final FaultProxy proxy =
      new FaultProxy(URI.create(stack.get("penstock.clickhouse.url")).getPort());
  private final Scenario scenario = new Scenario(stack);
  private final Map<String, String> behind = new HashMap<>(scenario.properties);

  NetworkFaultIT() {
    behind.put("penstock.clickhouse.url", proxy.url());
    behind.put("penstock.router.insert.timeout", "1s");
    behind.put("penstock.router.attempt.timeout", "90s");
  }

  @AfterEach
  void close() {
    scenario.close();
    proxy.close();
  }

  @Test
  void rowsWhoseAnswersNeverArriveAreSentAgainAndStoredOnce() {
    List<String> clients = scenario.activeClients(2);
    try (EmbeddedRouter router = new EmbeddedRouter(behind).awaitReady()) {
      proxy.inserts(() -> Fault.SWALLOW);
      for (int i = 0; i < 500; i++) {
        scenario.sendGood(clients.get(i % 2));
      }
      scenario.awaitStored(1);
      assertThat(router.metric("penstock_events_total")).as("stored, as the router knows").isZero();

      int landed = proxy.landed();
      Scenario.await(() -> proxy.landed() >= landed + 10);
      proxy.inserts(() -> Fault.HANG);
      Scenario.await(() -> proxy.landed() >= landed + 14);
      proxy.inserts(() -> Fault.NONE);

      Scenario.await(() -> router.metric("penstock_events_total") == scenario.sent());
      scenario.faults("answer swallowed", proxy.faults());
      scenario.settle();
    }
  }

  /**
   * A repeated insert that the table drops goes through its views again. A view whose rows' table
   * has a deduplication window drops them, too: 50 rows and 100 in the view were seen without.
   */
  @Test
  void whatIsSentAgainAfterAKillReachesAMaterializedViewOnce() {
    String client = scenario.activeClient("viewed");
    String database = Scenario.database(client);
    String _ =
        scenario.sql(
            "CREATE TABLE `%s`.seen (id UUID) ENGINE = MergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 10000"
                .formatted(database));
    String _ =
        scenario.sql(
            "CREATE MATERIALIZED VIEW `%s`.sees TO `%1$s`.seen AS SELECT event_id AS id FROM `%1$s`.events_base"
                .formatted(database));
    try (RouterProcess router = new RouterProcess(behind).awaitReady()) {
      proxy.inserts(() -> Fault.SWALLOW);
      for (int i = 0; i < 500; i++) {
        scenario.sendGood(client);
      }
      scenario.awaitStored(1);
      int landed = proxy.landed();
      Scenario.await(() -> proxy.landed() >= landed + 5);
      router.kill();
      scenario.fault("router killed after its insert landed");
    }
    proxy.inserts(() -> Fault.NONE);
    try (RouterProcess next = new RouterProcess(behind).awaitReady()) {
      scenario.settle();
      Scenario.await(() -> next.metric("penstock_events_total") >= 1);
      next.stopCleanly();
    }
    scenario.settle();
    assertThat(scenario.sql("SELECT count(), uniqExact(id) FROM `%s`.seen".formatted(database)))
        .as("rows of the view, and events in it")
        .isEqualTo("500\t500\n");
  }

  @Test
  void aNetworkThatFailsInEveryWayLosesAndDoublesNothing() {
    Random random = Seed.of(scenario);
    List<String> clients = scenario.activeClients(3);
    try (EmbeddedRouter router = new EmbeddedRouter(behind).awaitReady()) {
      try (Load _ = scenario.load(clients, 500)) {
        proxy.inserts(() -> {
          int dice = random.nextInt(100);
          return dice < 30
              ? Fault.SWALLOW
              : dice < 55 ? Fault.CUT : dice < 58 ? Fault.HANG : Fault.NONE;
        });
        Scenario.await(() -> proxy.faults() >= FAULTS);
        proxy.inserts(() -> Fault.NONE);
        scenario.faults("answer swallowed, or connection reset", proxy.faults());
      }
      scenario.settle();
      router.stopCleanly();
      scenario.settle();
    }
  }
}
