package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.local.LocalStack;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Proves that ClickHouse may die in the middle of inserts, and fall silent for any time, without an
 * event lost, stored twice or refused, and without a rebalance.
 */
class ClickHouseFaultIT {
  private static final int KILLS = 5;

  private final LocalStack stack = FaultStack.healed();
  private Scenario scenario = new Scenario(stack.connectionProperties());

  @AfterEach
  void close() {
    stack.clickHouse().thaw();
    scenario.close();
  }

  private void with(String... settings) {
    scenario.close();
    Map<String, String> properties = new HashMap<>(stack.connectionProperties());
    for (int i = 0; i < settings.length; i += 2) {
      properties.put(settings[i], settings[i + 1]);
    }
    scenario = new Scenario(properties);
  }

  @Test
  void killedInTheMiddleOfInsertsItLosesAndDoublesNothing() {
    Random random = Seed.of(scenario);
    List<String> clients = scenario.activeClients(3);
    try (EmbeddedRouter router = new EmbeddedRouter(scenario.properties).awaitReady()) {
      try (Load _ = scenario.load(clients, 1_000)) {
        for (int kill = 0; kill < KILLS; kill++) {
          scenario.awaitMoreStored(1 + random.nextInt(800));
          Scenario.pause(random.nextInt(200));
          stack.clickHouse().kill();
          scenario.fault("ClickHouse killed");
          var _ = stack.clickHouse().start();
        }
      }
      scenario.settle();
      router.stopCleanly();
      scenario.settle();
    }
  }

  @Test
  void frozenForLongerThanAnInsertMayTakeItStoresNothingTwice() {
    with("penstock.router.insert.timeout", "1s", "penstock.router.attempt.timeout", "90s");
    List<String> clients = scenario.activeClients(2);
    try (EmbeddedRouter router = new EmbeddedRouter(scenario.properties).awaitReady()) {
      try (Load _ = scenario.load(clients, 500)) {
        for (int freeze = 1; freeze <= 2; freeze++) {
          scenario.awaitMoreStored(300);
          double timedOut = retried(router);
          stack.clickHouse().freeze();
          scenario.fault("ClickHouse frozen");
          Scenario.await(() -> retried(router) >= timedOut + 2);
          stack.clickHouse().thaw();
        }
      }
      scenario.settle();
      router.stopCleanly();
      scenario.settle();
    }
  }

  private static double retried(Router router) {
    return router.metric("penstock_insert_seconds_count{outcome=\"retryable\"}");
  }

  @Test
  void frozenForLongerThanASessionItCausesNoRebalance() {
    with("penstock.router.insert.timeout", "1s", "penstock.router.attempt.timeout", "2s");
    List<String> clients = scenario.activeClients(2);
    try (EmbeddedRouter router = new EmbeddedRouter(scenario.properties).awaitReady()) {
      try (Load _ = scenario.load(clients, 500)) {
        scenario.awaitMoreStored(300);
        long starts = router.partitionStarts();
        stack.clickHouse().freeze();
        scenario.fault("ClickHouse frozen");
        Scenario.await(
            () -> router.get("/health/ready").body().contains("ClickHouse target default"));
        Scenario.pause(2 * Scenario.SESSION_MILLIS);
        assertThat(router.get("/health/ready").statusCode()).isEqualTo(503);
        assertThat(router.get("/health/live").statusCode()).isEqualTo(200);
        stack.clickHouse().thaw();
        scenario.awaitMoreStored(300);
        assertThat(router.partitionStarts()).as("no rebalance: %s", router.log()).isEqualTo(starts);
      }
      scenario.settle();
      scenario.assertDeepAccount();
      router.stopCleanly();
      scenario.settle();
    }
  }
}
