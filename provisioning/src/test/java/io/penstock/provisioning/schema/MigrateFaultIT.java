package io.penstock.provisioning.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.ConfigSource;
import io.penstock.local.LocalStack;
import io.penstock.local.PartKind;
import io.penstock.provisioning.Metadata;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.Setup;
import io.penstock.provisioning.client.NewClient;
import io.penstock.provisioning.job.Steps;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run whose stores go away in its middle. */
class MigrateFaultIT {
  private static final int CLIENTS = 8;

  private final List<String> ids = new ArrayList<>();
  private LocalStack stack;
  private ProvisioningApp.Config config;

  @TempDir Path folder;

  @BeforeEach
  void start() throws Exception {
    // The stack's own folder, not the temporary one: PostgreSQL runs as another user when this is
    // root.
    stack =
        LocalStack.builder(Path.of("target", "migrate-stack", folder.getFileName().toString()))
            .parts(PartKind.KAFKA, PartKind.POSTGRES, PartKind.REDIS, PartKind.CLICKHOUSE)
            .build()
            .start();
    ConfigSource source = ConfigSource.of(stack.connectionProperties());
    config = ConfigReader.load(source, ProvisioningApp.Config::from).config();
    Setup.migrateMetadata(config.postgres(), Metadata.HOME);
    Path migrations = Migration.folder(Metadata.HOME);
    try (ProvisioningApp app = new ProvisioningApp(config, "tester")) {
      for (int i = 0; i < CLIENTS; i++) {
        ids.add("client-" + i);
        app.registry().create(NewClient.of("client-" + i, "client-" + i));
      }
      app.provisioner(migrations).provisionPending(4, outcome -> {});
    }
    for (Migration migration : Migration.load(migrations)) {
      Files.writeString(folder.resolve(migration.file()), migration.sql());
    }
    Files.writeString(
        folder.resolve("V101__plan.sql"),
        "ALTER TABLE ${database}.events_base ADD COLUMN IF NOT EXISTS plan String");
  }

  @AfterEach
  void stop() throws Exception {
    stack.close();
    stack.purge();
  }

  @Test
  void clickHouseKilledInTheMiddleLeavesTheRestToTheNextRun() throws Exception {
    MigrationRun.Summary summary =
        run(atStatement(5, () -> stack.clickHouse().kill()), new Waves(4, 0.05));

    assertThat(summary.of(MigrateOutcome.Migrated.class)).hasSize(4);
    assertThat(summary.of(MigrateOutcome.Failed.class))
        .hasSize(4)
        .allSatisfy(failure ->
            assertThat(failure.reason()).startsWith("migration 101, statement 1 of 1: "));

    stack.clickHouse().start();
    assertThat(run(Steps.NONE, Waves.DEFAULT).of(MigrateOutcome.Migrated.class)).hasSize(4);
    assertThat(verified()).isTrue();
  }

  @Test
  void postgresKilledInTheMiddleLeavesTheRestToTheNextRun() throws Exception {
    MigrationRun.Summary summary =
        run(atStatement(5, () -> stack.postgres().kill()), new Waves(2, 0.05));

    assertThat(summary.of(MigrateOutcome.Migrated.class)).hasSize(4);
    assertThat(summary.of(MigrateOutcome.Failed.class))
        .hasSize(2)
        .allSatisfy(failure -> assertThat(failure.reason()).startsWith("PostgreSQL: "));
    assertThat(summary.of(MigrateOutcome.NotTried.class)).hasSize(2);

    stack.postgres().start();
    assertThat(run(Steps.NONE, Waves.DEFAULT).of(MigrateOutcome.Migrated.class)).hasSize(4);
    assertThat(verified()).isTrue();
  }

  private MigrationRun.Summary run(Steps steps, Waves waves) throws Exception {
    try (ProvisioningApp app = new ProvisioningApp(config, "tester", steps)) {
      return app.migrationRun(folder)
          .run(new MigrationRun.Request(ids, 1, null, waves, false), MigrateIT.SILENT);
    }
  }

  private boolean verified() throws Exception {
    try (ProvisioningApp app = new ProvisioningApp(config, "tester")) {
      SchemaVerifier.Report report = app.schemaVerifier(folder).verify(ids, 2);
      return report.verified() == CLIENTS && report.drifts().isEmpty();
    }
  }

  private static Steps atStatement(int number, Runnable fault) {
    AtomicInteger statements = new AtomicInteger();
    return step -> {
      if (step.startsWith("migration 101, statement") && statements.incrementAndGet() == number) {
        fault.run();
      }
    };
  }
}
