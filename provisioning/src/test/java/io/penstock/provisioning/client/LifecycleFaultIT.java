package io.penstock.provisioning.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.penstock.core.client.ClientStatus;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.ConfigSource;
import io.penstock.core.config.KafkaConfig;
import io.penstock.local.LocalStack;
import io.penstock.provisioning.Metadata;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.Setup;
import io.penstock.provisioning.job.Effects;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.schema.Migration;
import io.penstock.provisioning.target.Export;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Jobs whose servers go away in their middle: each says what is done, and a second run completes.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LifecycleFaultIT {
  private LocalStack stack;
  private ProvisioningApp.Config config;
  private KafkaConfig kafka;

  @BeforeAll
  void start() {
    stack = LocalStack.builder(Path.of("target", "lifecycle-stack")).build().start();
    ConfigSource source = ConfigSource.of(stack.connectionProperties());
    config = ConfigReader.load(source, ProvisioningApp.Config::from).config();
    kafka = ConfigReader.load(source, KafkaConfig::from).config();
    Setup.migrateMetadata(config.postgres(), Metadata.HOME);
    var _ = Setup.createTopics(kafka);
  }

  @AfterAll
  void stop() throws Exception {
    stack.close();
    stack.purge();
  }

  @Test
  void withoutRedisAChangeIsMadeAndToldAndTheNextRunTellsTheRouters() throws Exception {
    try (ProvisioningApp app = active("redisless")) {
      stack.redis().kill();
      ChangeOutcome first = app.lifecycle().suspend("redisless", "");
      stack.redis().start();
      ChangeOutcome second = app.lifecycle().suspend("redisless", "");

      assertThat(first).isInstanceOf(ChangeOutcome.Changed.class);
      assertThat(first.announcement().warning())
          .startsWith("no router runs; Redis was not told (Redis: ");
      assertThat(second).isInstanceOf(ChangeOutcome.Unchanged.class);
      assertThat(second.announcement().warning()).isNull();
    }
  }

  @Test
  void withoutClickHouseARetentionIsNotedAndTheNextRunBringsItToTheTable() throws Exception {
    try (ProvisioningApp app = active("tableless")) {
      ClientChange change = new ClientChange(null, null, null, 30, null, null);
      stack.clickHouse().kill();
      StepFailed failed =
          catchThrowableOfType(StepFailed.class, () -> app.lifecycle().set("tableless", change));
      stack.clickHouse().start();

      assertThat(failed.partly()).isTrue();
      assertThat(failed.reason())
          .startsWith("the retention of 30 days is noted, but ClickHouse does not have it yet");
      var _ = app.lifecycle().set("tableless", change);
      assertThat(
              app.schemaVerifier(Migration.folder(Metadata.HOME))
                  .verify(java.util.List.of("tableless"), 1)
                  .drifts())
          .isEmpty();
    }
  }

  @Test
  void deprovisioningThatLosesClickHouseOrPostgresqlIsCompletedByTheNextRun() throws Exception {
    loses("of-clickhouse", "drop the database", () -> stack.clickHouse().kill());
    try (ProvisioningApp app = new ProvisioningApp(config, "tester")) {
      assertThat(app.jobs("of-clickhouse", false, 10))
          .singleElement()
          .satisfies(seen -> {
            assertThat(seen.job().step()).isEqualTo("drop-database");
            assertThat(seen.job().error()).startsWith("drop the database: ClickHouse: ");
          });
    }
    stack.clickHouse().start();
    completes("of-clickhouse");

    loses("of-postgres", "revoke the keys", () -> stack.postgres().kill());
    stack.postgres().start();
    completes("of-postgres");

    loses("of-kafka", "discard dead letters", () -> stack.kafka().kill());
    stack.kafka().start();
    completes("of-kafka");
  }

  private void loses(String client, String step, Runnable fault) throws Exception {
    active(client).close();
    try (ProvisioningApp app =
        new ProvisioningApp(
            config,
            "tester",
            about -> {
              if (about.equals(step)) {
                fault.run();
              }
            })) {
      StepFailed failed = catchThrowableOfType(StepFailed.class, () -> deprovision(app, client));
      assertThat(failed).as(step).isNotNull();
      assertThat(failed.partly()).isTrue();
      assertThat(failed.reason())
          .startsWith(client + " is not deprovisioned yet, but its events are refused: ")
          .endsWith("Run this again to go on.");
    }
  }

  private void completes(String client) throws Exception {
    try (ProvisioningApp app = new ProvisioningApp(config, "tester", Effects.NONE)) {
      assertThat(deprovision(app, client).state()).isEqualTo(DeprovisionReport.State.DEPROVISIONED);
      assertThat(app.registry().show(client).orElseThrow().summary().status())
          .isEqualTo(ClientStatus.DEPROVISIONED);
    }
  }

  private DeprovisionReport deprovision(ProvisioningApp app, String client) throws Exception {
    return app.deprovisioner()
        .run(
            new DeprovisionRequest(
                client, null, Duration.ofSeconds(20), null, Export.Format.NATIVE, true),
            line -> {});
  }

  private ProvisioningApp active(String client) throws Exception {
    ProvisioningApp app = new ProvisioningApp(config, "tester");
    assertThat(app.registry().create(NewClient.of(client, client)))
        .isInstanceOf(CreateOutcome.Created.class);
    assertThat(app.provisioner(Migration.folder(Metadata.HOME)).provision(client))
        .isInstanceOf(ProvisionOutcome.Provisioned.class);
    return app;
  }
}
