package io.penstock.router;

import io.penstock.testkit.Counts;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Proves that {@code kill -9} loses and doubles nothing, at whatever moment it comes: kills of
 * either of two routers that share the partitions, while events go on being sent.
 */
class KillFaultIT {
  private static final int KILLS = Counts.of(6, 20);

  private final Scenario scenario = Scenario.onSharedStack();

  @AfterEach
  void close() {
    scenario.close();
  }

  @Test
  void killsOfEitherOfTwoRoutersLoseAndDoubleNothing() {
    Random random = Seed.of(scenario);
    List<String> clients = scenario.activeClients(3);
    RouterProcess[] routers = {
      new RouterProcess(scenario.properties), new RouterProcess(scenario.properties)
    };
    try {
      try (Load _ = scenario.load(clients, 400)) {
        for (int kill = 0; kill < KILLS; kill++) {
          int victim = random.nextInt(routers.length);
          // Some kills come while the group still deals with the one before.
          if (random.nextInt(3) > 0) {
            scenario.awaitMoreStored(1 + random.nextInt(400));
          }
          Scenario.pause(random.nextInt(300));
          routers[victim].kill();
          scenario.fault("router killed");
          routers[victim] = new RouterProcess(scenario.properties);
        }
      }
      scenario.settle();
      scenario.assertDeepAccount();
    } finally {
      for (RouterProcess router : routers) {
        router.close();
      }
    }
  }
}
