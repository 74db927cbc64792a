package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.local.LocalStack;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Parts of the stack are killed under a running router, one at a time. */
class OutageFaultIT {
  private static final LocalStack STACK = FaultStack.healed();

  private final Scenario scenario = new Scenario(quickTimeouts());

  @AfterEach
  void close() {
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
    try (RouterProcess router = new RouterProcess(scenario.properties).awaitReady()) {
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
    try (RouterProcess _ = new RouterProcess(scenario.properties).awaitReady()) {
      STACK.redis().kill();
      scenario.sendGood(client);
      scenario.settle();
      STACK.redis().restart();
    }
  }

  @Test
  void whileClickHouseIsDownEverythingWaitsAndNothingIsLost() {
    String client = scenario.activeClient("acme");
    try (RouterProcess router = new RouterProcess(scenario.properties).awaitReady()) {
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

      STACK.clickHouse().restart();
      scenario.settle();
      assertThat(router.awaitReady().get("/health/ready").statusCode()).isEqualTo(200);
    }
  }
}
