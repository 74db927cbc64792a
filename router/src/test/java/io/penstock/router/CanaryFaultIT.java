package io.penstock.router;

import io.penstock.local.LocalStack;
import io.penstock.local.Part;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whatever the canary needs may be gone: it says so, and goes on by itself. */
class CanaryFaultIT {
  private static final int PARTITIONS = 2;

  private final LocalStack stack = FaultStack.healed();
  private final Scenario scenario = new Scenario(settings(stack));

  private static Map<String, String> settings(LocalStack stack) {
    Map<String, String> properties = new HashMap<>(stack.connectionProperties());
    properties.put("penstock.topic.events.partitions", Integer.toString(PARTITIONS));
    properties.put("penstock.canary", "on");
    properties.put("penstock.canary.interval", "3s");
    properties.put("penstock.canary.missing.after", "3s");
    return properties;
  }

  @AfterEach
  void close() {
    scenario.forgetCanary();
    scenario.close();
  }

  @Test
  void itGoesOnWithoutPostgresAndComesBackWithKafkaAndClickHouse() {
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady();
        ProvisionWatch watch = new ProvisionWatch(scenario.properties)) {
      watch.awaitCanaryStored(PARTITIONS);

      stack.postgres().freeze();
      double before = watch.metric("penstock_canary_stored_total");
      Scenario.await(() -> watch.metric("penstock_canary_stored_total") >= before + 3 * PARTITIONS);
      stack.postgres().thaw();

      missingWhileGone(stack.kafka(), watch, "Kafka does not answer");
      missingWhileGone(stack.clickHouse(), watch, "ClickHouse at ");
      watch.awaitCanaryStored((long) watch.metric("penstock_canary_sent_total") + PARTITIONS);
    }
  }

  private static void missingWhileGone(Part part, ProvisionWatch watch, String text) {
    part.kill();
    Scenario.await(() -> watch.metric("penstock_canary_missing") > 0);
    Scenario.await(() -> watch.get("/health/ready").body().contains(text));
    var _ = part.start();
    Scenario.await(() ->
        watch.metric("penstock_canary_missing") == 0
            && !watch.get("/health/ready").body().contains("\"id\":\"canary\""));
  }
}
