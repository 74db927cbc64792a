package io.penstock.router;

import io.penstock.local.SharedStack;
import io.penstock.provisioning.client.ClientLifecycle;
import io.penstock.provisioning.job.StepFailed;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code dlq run} as processes of its own, beside a router. */
class HealIT {
  private final Scenario scenario = new Scenario(quick());
  private final Dlq dlq = new Dlq(scenario);

  private static Map<String, String> quick() {
    Map<String, String> properties = new HashMap<>(SharedStack.start());
    properties.putAll(Scenario.QUICK_SESSION);
    properties.put("penstock.dlq.heal.pause", "1s");
    properties.put("penstock.dlq.heal.pause.max", "5s");
    properties.put("penstock.router.attempt.timeout", "2s");
    return properties;
  }

  @AfterEach
  void close() {
    scenario.close();
  }

  @Test
  void lettersHealWhenTheirClientIsProvisionedOrResumedAndASickOneDelaysNobody() {
    String pending = scenario.create("pending");
    String suspended = scenario.activeClient("suspended");
    String sick = scenario.activeClient("sick");
    List<String> _ = scenario.dropDatabase(sick);
    suspend(suspended, true);
    try (RouterProcess _ = new RouterProcess(scenario.properties).awaitReady();
        Dlq.Started one = dlq.start("run");
        Dlq.Started two = dlq.start("run")) {
      for (int i = 0; i < 150; i++) {
        scenario.sendPending(pending);
        scenario.sendDead(
            "CLIENT_SUSPENDED",
            scenario.event(suspended, scenario.keyHash(suspended), "\"n\":" + i));
        scenario.sendGood(sick);
      }
      scenario.sendWrongKey(suspended);
      scenario.awaitAccounted();

      String _ = scenario.provision(pending);
      suspend(suspended, false);

      scenario.healed("CLIENT_PENDING", pending, 150);
      scenario.healed("CLIENT_SUSPENDED", suspended, 150);
      Scenario.await(() -> scenario.storedNow() == 300);
      scenario.settle();
      Scenario.await(() -> (one.text() + two.text()).contains("CLIENT_UNAVAILABLE"));
    }
  }

  @Test
  void lettersOfAClientWhoseDatabaseIsBackHealByThemselves() {
    String client = scenario.activeClient("back");
    List<String> again = scenario.dropDatabase(client);
    try (RouterProcess _ = new RouterProcess(scenario.properties).awaitReady();
        Dlq.Started service = dlq.start("run")) {
      for (int i = 0; i < 100; i++) {
        scenario.sendGood(client);
      }
      scenario.awaitAccounted();
      Scenario.await(() -> service.text().contains("dead again {CLIENT_UNAVAILABLE"));

      scenario.restoreDatabase(client, again);

      Scenario.await(() -> scenario.deadLetters().total() == 0);
      scenario.settle();
    }
  }

  private void suspend(String client, boolean suspend) {
    try {
      ClientLifecycle lifecycle = scenario.provisioning.lifecycle();
      var _ = suspend ? lifecycle.suspend(client, "a test") : lifecycle.resume(client);
    } catch (SQLException | StepFailed failed) {
      throw new AssertionError(failed);
    }
  }
}
