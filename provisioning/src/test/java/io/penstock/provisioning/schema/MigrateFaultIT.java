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
import io.penstock.provisioning.job.Effects;
import io.penstock.provisioning.target.ClickHouseServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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
        .singleElement()
        .satisfies(failure ->
            assertThat(failure.reason())
                .startsWith("migration 101, statement 1 of 1: ClickHouse at http://")
                .contains(" cannot be reached: "));
    assertThat(summary.of(MigrateOutcome.NotTried.class)).hasSize(3);

    stack.clickHouse().start();
    assertThat(run(Effects.NONE, Waves.DEFAULT).of(MigrateOutcome.Migrated.class)).hasSize(4);
    assertThat(verified()).isTrue();
  }

  @Test
  void postgresKilledInTheMiddleLeavesTheRestToTheNextRun() throws Exception {
    MigrationRun.Summary summary =
        run(atStatement(5, () -> stack.postgres().kill()), new Waves(2, 0.05));

    assertThat(summary.of(MigrateOutcome.Migrated.class)).hasSize(4);
    assertThat(summary.of(MigrateOutcome.Failed.class))
        .singleElement()
        .satisfies(failure -> assertThat(failure.reason()).startsWith("PostgreSQL: "));
    assertThat(summary.of(MigrateOutcome.NotTried.class)).hasSize(3);

    stack.postgres().start();
    assertThat(run(Effects.NONE, Waves.DEFAULT).of(MigrateOutcome.Migrated.class)).hasSize(4);
    assertThat(verified()).isTrue();
  }

  /** A run that gave up waiting leaves its statement running. */
  @Test
  void statementThatStillRunsIsNotRepeatedBesideItself() throws Exception {
    String slow =
        "SELECT (SELECT count() FROM %s.events_base), sleepEachRow(1) FROM numbers(4) SETTINGS max_block_size = 1";
    Path own = Files.createDirectories(folder.resolve("clients").resolve("client-0"));
    Files.writeString(own.resolve("V001__slow.sql"), slow.formatted("${database}"));
    ClickHouseServer server = new ClickHouseServer(config.clickHouse());
    CompletableFuture<?> earlier =
        CompletableFuture.runAsync(() -> {
          try {
            server.execute(List.of(slow.formatted("`client_client_0`")));
          } catch (SQLException e) {
            throw new AssertionError(e);
          }
        });
    while (!running(server)) {
      assertThat(earlier).isNotDone();
    }

    MigrationRun.Summary beside = run(Effects.NONE, Waves.DEFAULT);
    assertThat(beside.of(MigrateOutcome.Failed.class))
        .as("%s", beside)
        .singleElement()
        .satisfies(failure ->
            assertThat(failure.reason())
                .startsWith("client migration 1, statement 1: the one of an earlier run still runs")
                .contains("KILL QUERY WHERE query_id = '"));

    earlier.join();
    MigrationRun.Summary again = run(Effects.NONE, Waves.DEFAULT);
    assertThat(again.of(MigrateOutcome.Failed.class)).isEmpty();
    assertThat(again.of(MigrateOutcome.Migrated.class)).hasSize(1);
  }

  private static boolean running(ClickHouseServer server) throws SQLException {
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT count() FROM system.processes WHERE startsWith(query, 'SELECT (SELECT count()')")) {
      return rows.next() && rows.getInt(1) > 0;
    }
  }

  private MigrationRun.Summary run(Effects effects, Waves waves) throws Exception {
    try (ProvisioningApp app = new ProvisioningApp(config, "tester", effects)) {
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

  private static Effects atStatement(int number, Runnable fault) {
    AtomicInteger statements = new AtomicInteger();
    return step -> {
      if (step.startsWith("migration 101, statement") && statements.incrementAndGet() == number) {
        fault.run();
      }
    };
  }
}
