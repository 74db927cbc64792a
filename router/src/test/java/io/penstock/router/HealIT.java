package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.provisioning.client.ClientLifecycle;
import io.penstock.provisioning.client.DeprovisionReport;
import io.penstock.provisioning.client.DeprovisionRequest;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.target.Export;
import io.penstock.testkit.SharedStack;
import java.sql.SQLException;
import java.time.Duration;
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
  void lettersHealWhenTheirClientIsProvisionedOrResumedAlsoFromItsGraceAndASickOneDelaysNobody() {
    String pending = scenario.create("pending");
    String suspended = scenario.activeClient("suspended");
    String ending = scenario.activeClient("ending");
    String sick = scenario.activeClient("sick");
    List<String> _ = scenario.dropDatabase(sick);
    suspend(suspended, true);
    end(ending);
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady();
        Dlq.Started one = dlq.start("run");
        Dlq.Started two = dlq.start("run")) {
      for (int i = 0; i < 150; i++) {
        scenario.sendPending(pending);
        scenario.sendDead(
            "CLIENT_SUSPENDED",
            scenario.event(suspended, scenario.keyHash(suspended), "\"n\":" + i));
        scenario.sendDead(
            "CLIENT_DEPROVISIONING",
            scenario.event(ending, scenario.keyHash(ending), "\"n\":" + i));
        scenario.sendGood(sick);
      }
      scenario.sendWrongKey(suspended);
      scenario.awaitAccounted();

      String _ = scenario.provision(pending);
      suspend(suspended, false);
      suspend(ending, false);

      scenario.healed("CLIENT_PENDING", pending, 150);
      scenario.healed("CLIENT_SUSPENDED", suspended, 150);
      scenario.healed("CLIENT_DEPROVISIONING", ending, 150);
      Scenario.await(() -> scenario.storedNow() == 450);
      scenario.settle();
      Scenario.await(() -> (one.text() + two.text()).contains("CLIENT_UNAVAILABLE"));
    }
  }

  @Test
  void lettersOfAClientWhoseDatabaseIsBackHealByThemselves() {
    String client = scenario.activeClient("back");
    List<String> again = scenario.dropDatabase(client);
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady();
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

  /** Begins to end a client, with a time of grace in which that can be taken back. */
  private void end(String client) {
    DeprovisionRequest request =
        new DeprovisionRequest(client, Duration.ofDays(1), null, null, Export.Format.NATIVE, false);
    try {
      var report = scenario.provisioning.deprovisioner().run(request, _ -> {});
      assertThat(report.state()).isEqualTo(DeprovisionReport.State.WAITING);
    } catch (SQLException | StepFailed failed) {
      throw new AssertionError(failed);
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
