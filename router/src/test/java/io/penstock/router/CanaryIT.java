package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.provisioning.client.DeprovisionReport;
import io.penstock.provisioning.client.DeprovisionRequest;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.target.Export;
import io.penstock.testkit.Secrets;
import io.penstock.testkit.SharedStack;
import java.net.http.HttpResponse;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The client {@code penstock-canary}, whose events go the whole way, counted at its end. */
class CanaryIT {
  private static final String CANARY = "penstock-canary";
  private static final String TABLE = "client_penstock_canary.events_base";
  private static final int PARTITIONS = 3;

  private final Scenario scenario = new Scenario(settings());

  private static Map<String, String> settings() {
    Map<String, String> properties = new HashMap<>(SharedStack.start());
    properties.put("penstock.topic.events.partitions", Integer.toString(PARTITIONS));
    // Partitions that are added are seen within seconds.
    properties.put("penstock.kafka.property.metadata.max.age.ms", "2000");
    properties.put("penstock.canary", "on");
    properties.put("penstock.canary.interval", "3s");
    properties.put("penstock.canary.missing.after", "3s");
    return properties;
  }

  /** Each test has the only canary there ever was. */
  @AfterEach
  void close() {
    scenario.forgetCanary();
    scenario.close();
  }

  /** Whether it is degraded so, and goes on. */
  private static boolean saysOfCanary(ProvisionWatch watch, String text) {
    HttpResponse<String> ready = watch.get("/health/ready");
    return ready.statusCode() == 200
        && ready.body().contains("\"status\":\"degraded\"")
        && ready.body().contains("\"id\":\"canary\"")
        && ready.body().contains(text);
  }

  private static void awaitNoProblem(ProvisionWatch watch) {
    Scenario.await(() -> !watch.get("/health/ready").body().contains("\"id\":\"canary\""));
  }

  /** Whatever was sent is stored under its id, once, partition by partition. */
  private void assertThatAllIsStored(int partitions) {
    String topic = scenario.config.kafka().eventsTopic();
    SortedMap<Integer, Long> ends = new TreeMap<>();
    try (Admin admin = Admin.create(scenario.config.kafka().clientProperties())) {
      admin
          .listOffsets(
              IntStream.range(0, partitions)
                  .mapToObj(number -> new TopicPartition(topic, number))
                  .collect(Collectors.toMap(one -> one, _ -> OffsetSpec.latest())))
          .all()
          .get()
          .forEach((partition, end) -> ends.put(partition.partition(), end.offset()));
    } catch (InterruptedException | ExecutionException failed) {
      throw new AssertionError(failed);
    }
    String sent =
        ends.entrySet().stream()
            .map(end -> end.getKey() + "\t" + end.getValue())
            .collect(Collectors.joining("\n"));
    Scenario.await(() ->
        sent.equals(
            scenario
                .sql(
                    "SELECT source_partition, uniqExact(event_id) FROM %s WHERE source_topic = '%s' GROUP BY 1 ORDER BY 1"
                        .formatted(TABLE, topic))
                .strip()));
  }

  @Test
  void itsEventsAreStoredFromEveryPartitionAndMissingOnesAreTold() throws Exception {
    try (ProvisionWatch watch = new ProvisionWatch(scenario.properties)) {
      try (EmbeddedRouter router = new EmbeddedRouter(scenario.properties).awaitReady()) {
        watch.awaitCanaryStored(2 * PARTITIONS);
        awaitNoProblem(watch);
        assertThat(watch.metric("penstock_canary_freshness_seconds_count"))
            .isGreaterThanOrEqualTo(2 * PARTITIONS);
        assertThat(router.get("/metrics").body())
            .contains(
                "penstock_client_events_total{client=\"penstock-canary\",outcome=\"stored\"}");
        router.stopCleanly();
      }
      Scenario.await(() -> watch.metric("penstock_canary_missing") >= 2 * PARTITIONS);
      Scenario.await(() -> saysOfCanary(watch, "of penstock-canary are not stored 3s after"));

      try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady();
          Admin admin = Admin.create(scenario.config.kafka().clientProperties())) {
        Scenario.await(() -> watch.metric("penstock_canary_missing") == 0);
        awaitNoProblem(watch);
        admin
            .createPartitions(
                Map.of(
                    scenario.config.kafka().eventsTopic(),
                    NewPartitions.increaseTo(PARTITIONS + 1)))
            .all()
            .get();
        Scenario.await(() ->
            scenario
                .sql("SELECT max(source_partition) FROM " + TABLE)
                .strip()
                .equals(Integer.toString(PARTITIONS)));
        watch.awaitCanaryStored(4 * PARTITIONS);
        noteSecrets();
        watch.close();
        assertThatAllIsStored(PARTITIONS + 1);
        assertThat(scenario.deadLetters().total()).isZero();
      }
    }
  }

  @Test
  void twoAtOnceAndOneAfterAnotherHaveKeysOfTheirOwn() {
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      try (ProvisionWatch one = new ProvisionWatch(scenario.properties);
          ProvisionWatch two = new ProvisionWatch(scenario.properties)) {
        one.awaitCanaryStored(PARTITIONS);
        two.awaitCanaryStored(PARTITIONS);
      }
      try (ProvisionWatch three = new ProvisionWatch(scenario.properties)) {
        three.awaitCanaryStored(PARTITIONS);
        noteSecrets();
      }
      assertThatAllIsStored(PARTITIONS);
      assertThat(scenario.deadLetters().total()).isZero();
      assertThat(scenario.sql("SELECT uniqExact(session_id) FROM " + TABLE).strip()).isEqualTo("3");
    }
  }

  @Test
  void whoeverSuspendsOrEndsItIsObeyed() throws SQLException, StepFailed {
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady();
        ProvisionWatch watch = new ProvisionWatch(scenario.properties)) {
      watch.awaitCanaryStored(PARTITIONS);
      double before = watch.metric("penstock_canary_stored_total");

      var _ = scenario.provisioning.lifecycle().suspend(CANARY, "a test");
      Scenario.await(() -> saysOfCanary(watch, "it is suspended"));
      assertThat(watch.metric("penstock_canary_missing")).as("nobody waits for it").isZero();

      var _ = scenario.provisioning.lifecycle().resume(CANARY);
      awaitNoProblem(watch);
      Scenario.await(() -> watch.metric("penstock_canary_stored_total") > before);

      noteSecrets();
      var ended =
          scenario
              .provisioning
              .deprovisioner()
              .run(
                  new DeprovisionRequest(CANARY, null, null, null, Export.Format.NATIVE, true),
                  _ -> {});
      assertThat(ended.state()).isEqualTo(DeprovisionReport.State.DEPROVISIONED);
      Scenario.await(() -> saysOfCanary(watch, "it is deprovisioned"));
      assertThat(watch.log()).containsOnlyOnce("it was created");
    }
  }

  /** No log may have them. */
  private void noteSecrets() {
    List<String> events = scenario.sql("SELECT event_id FROM " + TABLE).lines().toList();
    assertThat(events).isNotEmpty();
    events.forEach(Secrets::ofClient);
    scenario.keyHashesOf(CANARY).forEach(Secrets::ofClient);
  }
}
