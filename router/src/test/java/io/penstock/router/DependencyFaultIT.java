package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.local.LocalStack;
import io.penstock.local.Part;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Proves that Kafka may be killed under load, and that Redis and PostgreSQL may be gone while
 * events go on being stored, and that nothing is lost, doubled or refused for it.
 */
class DependencyFaultIT {
  private static final String REFRESH = "1s";
  private static final int KAFKA_KILLS = 2;

  private final LocalStack stack = FaultStack.healed();
  private final Scenario scenario = new Scenario(properties(stack));

  private static Map<String, String> properties(LocalStack stack) {
    Map<String, String> properties = new HashMap<>(stack.connectionProperties());
    // Clients are looked up all the time, so also while nobody answers.
    properties.put("penstock.client.cache.refresh", REFRESH);
    return properties;
  }

  @AfterEach
  void close() {
    scenario.close();
  }

  @Test
  void kafkaKilledUnderLoadLosesAndDoublesNothing() {
    List<String> clients = scenario.activeClients(3);
    try (RouterProcess router = new RouterProcess(scenario.properties).awaitReady()) {
      try (Load _ = scenario.load(clients, 500)) {
        for (int kill = 0; kill < KAFKA_KILLS; kill++) {
          scenario.awaitMoreStored(500);
          stack.kafka().kill();
          scenario.fault("Kafka killed");
          var _ = stack.kafka().start();
        }
        scenario.awaitMoreStored(500);
      }
      scenario.settle();
      assertThat(router.stop()).as(router.log()).isZero();
      scenario.settle();
    }
  }

  @Test
  void redisAndPostgresMayBeGoneWhileEventsGoOnBeingStored() {
    List<String> clients = new ArrayList<>(scenario.activeClients(3));
    try (RouterProcess router = new RouterProcess(scenario.properties).awaitReady()) {
      List<List<Part>> outages =
          List.of(
              List.of(stack.redis()),
              List.of(stack.postgres()),
              List.of(stack.redis(), stack.postgres()));
      for (List<Part> gone : outages) {
        try (Load _ = scenario.load(clients, 500)) {
          scenario.awaitMoreStored(500);
          for (Part part : gone) {
            part.kill();
            scenario.fault(part.kind().title() + " killed");
          }
          // By far more than what was gathered before the kill.
          scenario.awaitMoreStored(1_500);
          for (Part part : gone) {
            var _ = part.start();
          }
        }
        // One that this router has never heard of.
        clients.add(scenario.activeClient("later"));
      }
      try (Load _ = scenario.load(clients, 500)) {
        scenario.awaitMoreStored(500);
      }
      scenario.settle();
      assertThat(router.stop()).as(router.log()).isZero();
      scenario.settle();
    }
  }
}
