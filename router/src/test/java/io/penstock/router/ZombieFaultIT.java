package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Proves that a router which was replaced without knowing it does no harm when it comes back: it
 * commits nothing that is another's, and what it still inserts has been inserted under the same
 * token.
 */
class ZombieFaultIT {
  private static final int PARTITIONS = 4;

  private final Scenario scenario = Scenario.onSharedStack();

  @AfterEach
  void close() {
    scenario.close();
  }

  @Test
  void aFrozenRouterThatComesBackFindsItsWorkDoneByTheOther() {
    List<String> clients = scenario.activeClients(2);
    try (RouterProcess first = new RouterProcess(scenario.properties);
        RouterProcess second = new RouterProcess(scenario.properties)) {
      var _ = first.awaitReady();
      var _ = second.awaitReady();
      haunt(first, clients);
      haunt(second, clients);
      scenario.settle();
      first.stopCleanly();
      second.stopCleanly();
      scenario.settle();
    }
  }

  private void haunt(RouterProcess zombie, List<String> clients) {
    long before;
    try (Load _ = scenario.load(clients, 500)) {
      scenario.awaitMoreStored(300);
      before = zombie.partitionStarts();
      zombie.freeze();
      scenario.fault("router frozen");
      scenario.awaitMoreStored(300);
    }
    // All of it by the other router, so the zombie's partitions have changed hands.
    scenario.awaitAccounted();
    try (Load _ = scenario.load(clients, 500)) {
      scenario.awaitMoreStored(300);
      zombie.thaw();
      Scenario.await(() -> zombie.partitionStarts() > before);
      scenario.awaitMoreStored(300);
    }
  }

  @Test
  void anInsertThatArrivesAfterItsRouterWasReplacedAddsNothing() {
    List<String> clients = scenario.activeClients(2);
    URI clickHouse = URI.create(scenario.properties.get("penstock.clickhouse.url"));
    try (FaultProxy proxy = new FaultProxy(clickHouse.getPort())) {
      Map<String, String> behind = new HashMap<>(scenario.properties);
      behind.put("penstock.clickhouse.url", proxy.url());
      try (RouterProcess zombie = new RouterProcess(behind).awaitReady()) {
        proxy.inserts(() -> FaultProxy.Fault.HOLD);
        for (int i = 0; i < 500; i++) {
          scenario.sendGood(clients.get(i % 2));
        }
        scenario.flush();
        Scenario.await(() -> proxy.held() > 0);
        zombie.freeze();
        scenario.fault("router frozen in the middle of its inserts");
        try (RouterProcess heir = new RouterProcess(scenario.properties)) {
          scenario.awaitAccounted();
          assertThat(heir.partitionStarts()).isGreaterThanOrEqualTo(PARTITIONS);

          proxy.release();
          Scenario.await(() -> proxy.landed() >= proxy.held());
          scenario.settle();

          long before = zombie.partitionStarts();
          zombie.thaw();
          try (Load _ = scenario.load(clients, 500)) {
            Scenario.await(() -> zombie.partitionStarts() > before);
            scenario.awaitMoreStored(300);
          }
          scenario.settle();
          scenario.assertDeepAccount();
          heir.stopCleanly();
        }
        zombie.stopCleanly();
        scenario.settle();
      }
    }
  }
}
