package io.penstock.provisioning.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.provisioning.Metadata;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.client.NewClient;
import io.penstock.provisioning.client.ProvisionOutcome;
import io.penstock.provisioning.job.Effects;
import io.penstock.provisioning.job.Parallel;
import io.penstock.testkit.Counts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MigrateIT {
  private static final int CLIENTS = Counts.of(20, 100);
  private static final Path MIGRATIONS = Migration.folder(Metadata.HOME);
  private static final String ADD_PLAN =
      "ALTER TABLE ${database}.events_base ${cluster} ADD COLUMN IF NOT EXISTS plan LowCardinality(String)"
          + " MATERIALIZED JSONExtractString(event_properties, 'plan')";
  static final MigrationRun.Progress SILENT =
      new MigrationRun.Progress() {
        @Override
        public void wave(int number, int size, int done, int total) {}

        @Override
        public void client(MigrateOutcome outcome) {}
      };

  private final Metadata metadata = Metadata.shared();
  private final ProvisioningApp app = metadata.app();

  @TempDir Path folder;

  @BeforeEach
  void copyMigrations() throws IOException {
    for (Migration migration : Migration.load(MIGRATIONS)) {
      write("V%03d__common.sql".formatted(migration.version()), migration.sql());
    }
  }

  @AfterEach
  void close() {
    app.close();
  }

  /** Beyond 2106 the sum of before V003 wraps. */
  @Test
  void tablesOfReleasesBeforeKeepWhatTheirTtlWouldDelete() throws Exception {
    Path before = Files.createDirectories(folder.resolve("before"));
    for (Migration migration : Migration.load(MIGRATIONS)) {
      if (migration.version() < 3) {
        Files.writeString(before.resolve(migration.file()), migration.sql());
      }
    }
    var _ = app.registry().create(NewClient.of("mig-wrap", "mig-wrap"));
    var _ = app.provisioner(before).provision("mig-wrap");
    String table = "client_mig_wrap.events_base";
    metadata.executeClickHouse("SYSTEM STOP TTL MERGES " + table);
    for (String time : List.of("2001-01-01 00:00:00", "2110-01-01 00:00:00")) {
      metadata.executeClickHouse(
          "INSERT INTO %s (event_id, event_time) VALUES (generateUUIDv4(), toDateTime64('%s', 3))"
              .formatted(table, time));
    }

    var _ = run("mig-wrap");
    metadata.executeClickHouse(
        "SYSTEM START TTL MERGES " + table, "OPTIMIZE TABLE " + table + " FINAL");

    assertThat(metadata.askClickHouse("SELECT toString(toYear(event_time)) FROM " + table))
        .containsExactly("2110");
    assertThat(app.schemaVerifier(folder).verify(List.of("mig-wrap"), 1).drifts()).isEmpty();
  }

  @Test
  void activeClientGetsANewMigrationAndRepeatingChangesNothing() throws Exception {
    provision("mig-simple");
    write("V101__plan.sql", ADD_PLAN);

    MigrationRun.Summary first = run("mig-simple");
    MigrationRun.Summary second = run("mig-simple");

    assertThat(first.outcomes())
        .singleElement()
        .isInstanceOfSatisfying(
            MigrateOutcome.Migrated.class,
            done -> assertThat(done.migrations()).containsExactly("migration 101"));
    assertThat(second.outcomes())
        .containsExactly(new MigrateOutcome.Unchanged("mig-simple", "up to date"));
    assertThat(columns("mig-simple")).contains("plan");
    assertThat(
            metadata.ask(
                "SELECT detail FROM audit_log WHERE client_id = 'mig-simple' AND action = 'client.migrated'"))
        .containsExactly("applied: migration 101");
  }

  @Test
  void dryRunShowsTheFilledStatementsAndChangesNothing() throws Exception {
    provision("mig-dry");
    write("V101__plan.sql", ADD_PLAN);

    List<MigrationForecast> forecasts =
        MigrationForecast.read(
            app.tools().metadata(),
            app.targets(),
            Migrations.load(folder),
            List.of("mig-dry"),
            false);

    assertThat(forecasts)
        .singleElement()
        .satisfies(forecast -> {
          assertThat(forecast.problem()).isNull();
          assertThat(forecast.migrations())
              .singleElement()
              .satisfies(migration ->
                  assertThat(migration.statements())
                      .singleElement()
                      .asString()
                      .startsWith("ALTER TABLE `client_mig_dry`.events_base"));
        });
    assertThat(columns("mig-dry")).doesNotContain("plan");
    assertThat(versions("mig-dry")).doesNotContain("101 applied 1");
  }

  /** Ends the job before each of its steps in turn, as a kill would. */
  @Test
  void runKilledAtAnyStepIsCompletedByTheNext() throws Exception {
    provision("mig-killed");
    write(
        "V101__three.sql",
        ADD_PLAN
            + """
            ;
            CREATE TABLE IF NOT EXISTS ${database}.notes (text String) ENGINE = MergeTree ORDER BY text;
            ALTER TABLE ${database}.notes ADD COLUMN IF NOT EXISTS at DateTime\
            """);
    int steps = 0;
    boolean killed = true;
    while (killed) {
      metadata.execute(
          "DELETE FROM schema_versions WHERE client_id = 'mig-killed' AND version = 101");
      metadata.executeClickHouse("DROP TABLE IF EXISTS client_mig_killed.notes");
      metadata.executeClickHouse(
          "ALTER TABLE client_mig_killed.events_base DROP COLUMN IF EXISTS plan");
      killed = killedBeforeStep(++steps, "mig-killed");

      MigrationRun.Summary summary = run("mig-killed");

      assertThat(summary.of(MigrateOutcome.Failed.class)).as("killed at step %d", steps).isEmpty();
      assertThat(versions("mig-killed")).contains("101 applied 3");
      assertThat(drifts("mig-killed")).isEmpty();
    }
    assertThat(steps).isGreaterThan(8);
  }

  @Test
  void interruptedMigrationGoesOnAtTheStatementWhereItStopped() throws Exception {
    provision("mig-resumed");
    write("V101__two.sql", "SELECT 1; " + ADD_PLAN);
    killedBefore("migration 101, statement 2 of 2", "mig-resumed");
    assertThat(versions("mig-resumed")).contains("101 running 1");
    assertThat(
            MigrationStatus.read(
                    app.tools().metadata(), Migrations.load(folder), List.of("mig-resumed"))
                .states())
        .singleElement()
        .satisfies(client ->
            assertThat(client.halted())
                .isEqualTo("migration 101 was interrupted before statement 2"));
    List<String> seen = new ArrayList<>();

    try (ProvisioningApp second = listening(seen::add)) {
      second.migrationRun(folder).run(request(List.of("mig-resumed")), SILENT);
    }

    assertThat(seen)
        .contains("migration 101, statement 2 of 2")
        .doesNotContain("migration 101, statement 1 of 2");
    assertThat(versions("mig-resumed")).contains("101 applied 2");
  }

  @Test
  void fileMendedAfterItFailedBeginsAnew() throws Exception {
    provision("mig-mended");
    write("V101__two.sql", "SELECT 1; SELECT nonsense");
    MigrationRun.Summary failed = run("mig-mended");
    assertThat(failed.of(MigrateOutcome.Failed.class))
        .singleElement()
        .satisfies(failure -> {
          assertThat(failure.migration()).isEqualTo("migration 101");
          assertThat(failure.statement()).isEqualTo(2);
          assertThat(failure.reason())
              .startsWith("migration 101, statement 2 of 2: ")
              .contains("nonsense");
        });
    assertThat(versions("mig-mended")).contains("101 failed 1");
    write("V101__two.sql", "SELECT 2; SELECT 3");
    List<String> seen = new ArrayList<>();

    try (ProvisioningApp second = listening(seen::add)) {
      second.migrationRun(folder).run(request(List.of("mig-mended")), SILENT);
    }

    assertThat(seen).contains("migration 101, statement 1 of 2");
    assertThat(versions("mig-mended")).contains("101 applied 2");
  }

  @Test
  void editedFileIsToldWithItsDifferenceAndAMissingOneWithItsText() throws Exception {
    provision("mig-edited");
    write("V101__ok.sql", "SELECT 1;\nSELECT 2;\nSELECT 3");
    run("mig-edited");
    write("V101__ok.sql", "SELECT 1;\nSELECT 22;\nSELECT 3");

    assertThat(reason("mig-edited"))
        .isEqualTo(
            "V101__ok.sql was applied with another text; put it back, and put changes into a new migration."
                + " Since then:\n@@ line 1 @@\n SELECT 1;\n-SELECT 2;\n+SELECT 22;\n SELECT 3");

    Files.delete(folder.resolve("V101__ok.sql"));
    assertThat(reason("mig-edited"))
        .startsWith("migration 101 (ok) was applied, but its file is missing; put it back")
        .contains("SELECT sql FROM migration_texts WHERE checksum = '");
  }

  @Test
  void fileBelowTheNewestIsRefusedUnlessAskedFor() throws Exception {
    provision("mig-late");
    write("V105__first.sql", "SELECT 1");
    run("mig-late");
    write("V104__late.sql", "SELECT 2");

    assertThat(reason("mig-late"))
        .isEqualTo(
            "V104__late.sql comes below migration 105, which is applied already; give it a higher version, or run with --out-of-order");

    app.migrationRun(folder)
        .run(new MigrationRun.Request(List.of("mig-late"), 2, null, Waves.DEFAULT, true), SILENT);
    assertThat(versions("mig-late")).contains("104 applied 1", "105 applied 1");
  }

  @Test
  void statementThatCannotBeRepeatedIsRefusedBeforeAnyRuns() throws Exception {
    provision("mig-unrepeatable");
    write(
        "V101__bad.sql",
        ADD_PLAN + "; CREATE TABLE ${database}.notes (text String) ENGINE = Memory");

    assertThat(reason("mig-unrepeatable"))
        .startsWith("V101__bad.sql, statement 2 of 2, is refused: CREATE needs IF NOT EXISTS");
    assertThat(columns("mig-unrepeatable")).doesNotContain("plan");
  }

  @Test
  void oneFailingClientAmongManyStopsOnlyItself() throws Exception {
    List<String> ids = provision("mig-many-", CLIENTS);
    metadata.executeClickHouse("DROP TABLE client_mig_many_17.events_base");
    write("V101__plan.sql", ADD_PLAN);

    MigrationRun.Summary summary = app.migrationRun(folder).run(request(ids), SILENT);

    assertThat(summary.of(MigrateOutcome.Migrated.class)).hasSize(CLIENTS - 1);
    assertThat(summary.halted()).isNull();
    assertThat(summary.of(MigrateOutcome.Failed.class))
        .singleElement()
        .satisfies(failure -> {
          assertThat(failure.clientId()).isEqualTo("mig-many-17");
          assertThat(failure.reason())
              .startsWith("migration 101, statement 1 of 1: ")
              .contains("events_base");
        });
    assertThat(MigrationStatus.read(app.tools().metadata(), Migrations.load(folder), ids).states())
        .filteredOn(client -> !client.upToDate())
        .singleElement()
        .satisfies(client -> {
          assertThat(client.clientId()).isEqualTo("mig-many-17");
          assertThat(client.pending()).containsExactly("migration 101");
          assertThat(client.halted()).isEqualTo("migration 101 failed at statement 1");
        });
    assertThat(app.schemaVerifier(folder).verify(ids, 4).drifts())
        .extracting(SchemaVerifier.Drift::clientId, SchemaVerifier.Drift::what)
        .containsExactly(org.assertj.core.groups.Tuple.tuple("mig-many-17", "table"));
  }

  @Test
  void failingCanaryLeavesAllOthersUntouched() throws Exception {
    List<String> ids = provision("mig-canary-", 3);
    metadata.executeClickHouse("DROP TABLE client_mig_canary_1.events_base");
    write("V101__plan.sql", ADD_PLAN);

    MigrationRun.Summary summary =
        app.migrationRun(folder)
            .run(new MigrationRun.Request(ids, 2, "mig-canary-1", Waves.DEFAULT, false), SILENT);

    assertThat(summary.halted()).isEqualTo("the canary mig-canary-1 failed");
    assertThat(summary.of(MigrateOutcome.NotTried.class))
        .extracting(MigrateOutcome::clientId)
        .containsExactly("mig-canary-0", "mig-canary-2");
    assertThat(columns("mig-canary-0")).doesNotContain("plan");
    assertThatThrownBy(() ->
            app.migrationRun(folder)
                .run(new MigrationRun.Request(ids, 2, "stranger", Waves.DEFAULT, false), SILENT))
        .hasMessage("There is no active or suspended client \"stranger\".");
  }

  @Test
  void noFurtherWaveBeginsOnceTooManyFailed() throws Exception {
    List<String> ids = provision("mig-wave-", 6);
    metadata.executeClickHouse("DROP TABLE client_mig_wave_3.events_base");
    write("V101__plan.sql", ADD_PLAN);

    MigrationRun.Summary borne =
        app.migrationRun(folder)
            .run(new MigrationRun.Request(ids, 2, null, new Waves(2, 0.25), false), SILENT);
    assertThat(borne.halted()).isNull(); // one of four, just the share that is borne
    assertThat(borne.of(MigrateOutcome.Migrated.class)).hasSize(5);

    write("V102__tier.sql", ADD_PLAN.replace("plan", "tier"));
    metadata.executeClickHouse("DROP TABLE client_mig_wave_1.events_base");
    MigrationRun.Summary halted =
        app.migrationRun(folder)
            .run(new MigrationRun.Request(ids, 2, null, new Waves(2, 0.25), false), SILENT);
    assertThat(halted.halted()).isEqualTo("1 of 2 clients failed, which is more than 25%");
    assertThat(halted.of(MigrateOutcome.NotTried.class)).hasSize(4);
  }

  @Test
  void clientInWorkIsToldWithWhoHasIt() throws Exception {
    provision("mig-busy");
    write("V101__plan.sql", ADD_PLAN);
    try (var other = metadata.connect();
        var lock = io.penstock.provisioning.job.ClientLock.tryTake(other, "mig-busy")) {
      assertThat(lock).isNotNull();

      assertThat(reason("mig-busy")).startsWith("in work by ");
    }
  }

  @Test
  void moreClientsAtOnceThanConnectionsOnlyQueue() throws Exception {
    List<String> ids = provision("mig-queue-", 12);
    write("V101__plan.sql", ADD_PLAN);

    MigrationRun.Summary summary =
        app.migrationRun(folder)
            .run(new MigrationRun.Request(ids, 50, null, Waves.DEFAULT, false), SILENT);

    assertThat(summary.of(MigrateOutcome.Migrated.class)).hasSize(12);
  }

  @Test
  void clientsOwnMigrationGivesItATypedColumn() throws Exception {
    provision("mig-own");
    provision("mig-other");
    Path example = Metadata.HOME.resolve("docs/examples/migrations/clients/acme");
    try (var files = Files.list(example)) {
      for (Path file : files.toList()) {
        write("clients/mig-own/" + file.getFileName(), Files.readString(file));
      }
    }
    write("clients/nobody-here/V001__x.sql", "SELECT 1");

    MigrationRun.Summary summary =
        app.migrationRun(folder).run(request(List.of("mig-own", "mig-other")), SILENT);

    assertThat(summary.of(MigrateOutcome.Migrated.class))
        .singleElement()
        .satisfies(done -> {
          assertThat(done.clientId()).isEqualTo("mig-own");
          assertThat(done.migrations()).containsExactly("client migration 1");
        });
    // As the router inserts: named columns, without the derived one.
    metadata.executeClickHouse(
        "INSERT INTO client_mig_own.events_base (event_id, event_name, event_time, event_properties, extra)"
            + " VALUES (generateUUIDv4(), 'signup', now64(3), '{\"plan\":\"pro\"}', '{}')");
    assertThat(metadata.askClickHouse("SELECT plan FROM client_mig_own.events"))
        .containsExactly("pro");
    assertPropertiesAreFoundBesideWhatHidesThem();
    assertThat(columns("mig-other")).doesNotContain("plan");
    assertThat(
            MigrationStatus.read(app.tools().metadata(), Migrations.load(folder), List.of())
                .warnings())
        .containsExactly(
            "clickhouse/migrations/clients/nobody-here: there is no client of this id");
    assertThat(drifts("mig-own")).isEmpty();
  }

  /** ClickHouse's JSON functions find nothing in a text that has one of these. */
  private void assertPropertiesAreFoundBesideWhatHidesThem() throws Exception {
    List<String> hiding =
        List.of(
            "18446744073709551616",
            "-9223372036854775809",
            "[99999999999999999999.5, 1E+999]",
            "\"\\ud800\"",
            "\"\\\\ud800 \\udc00\\ud83d\\ude00 \\\"plan\\\":\\\"fake\\\"\"",
            "{\"plan\":\"fake\",\"n\":123456789012345678901234567890}");
    for (int i = 0; i < hiding.size(); i++) {
      String name = i == 3 ? "pl\\udbffan" : "n";
      String json = "{ \"%s\" : %s , \"plan\":\"a\\n9%d\"}".formatted(name, hiding.get(i), i);
      metadata.executeClickHouse(
          "INSERT INTO client_mig_own.events_base (event_id, event_name, event_time, event_properties, extra)"
              + " VALUES (generateUUIDv4(), 'hiding', now64(3), '%s', '{}')"
                  .formatted(json.replace("\\", "\\\\")));
    }

    assertThat(
            metadata.askClickHouse(
                "SELECT plan FROM client_mig_own.events WHERE event_name = 'hiding' AND JSONExtractString(event_properties, 'plan') = '' ORDER BY plan"))
        .containsExactly("a\n90", "a\n91", "a\n92", "a\n93", "a\n94", "a\n95");
    assertThat(
            metadata.askClickHouse(
                "SELECT JSONExtractString(properties_json, 'n') FROM client_mig_own.events_base WHERE plan = 'a\\n90'"))
        .containsExactly("18446744073709551616");
  }

  /** What the lexer skips must be what the engine skips; a parenthesis would be an error. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1 -- )\n + 2",
        "SELECT 1 // )\n + 2",
        "SELECT 1 # )\n + 2",
        "SELECT 1 #! )\n + 2",
        "SELECT 1 /* ) /* ) */ ) */ + 2",
        "SELECT length('a)b')",
        "SELECT length($$a)b$$)",
        "SELECT length($a$b)$$a$)",
        "SELECT length(\u2018a)b\u2019)",
        "SELECT `a)` FROM (SELECT 3 AS \u201Ca)\u201D)",
        "SELECT length(x'292929')",
        "SELECT 3 AS a$b",
        "SELECT\u00A03"
      })
  void engineSkipsWhatTheLexerSkips(String statement) throws Exception {
    assertThat(metadata.askClickHouse(statement)).containsExactly("3");
  }

  private List<SchemaVerifier.Drift> drifts(String id) throws Exception {
    SchemaVerifier.Report report = app.schemaVerifier(folder).verify(List.of(id), 1);
    assertThat(report.notVerified()).isEmpty();
    return report.drifts();
  }

  private boolean killedBeforeStep(int number, String id) throws Exception {
    AtomicInteger steps = new AtomicInteger();
    return killed(step -> steps.incrementAndGet() == number, id);
  }

  private void killedBefore(String step, String id) throws Exception {
    assertThat(killed(step::equals, id)).isTrue();
  }

  private boolean killed(java.util.function.Predicate<String> when, String id) throws Exception {
    try (ProvisioningApp dying =
        listening(step -> {
          if (when.test(step)) {
            throw new IllegalStateException("killed before " + step);
          }
        })) {
      dying.migrationRun(folder).run(request(List.of(id)), SILENT);
      return false;
    } catch (IllegalStateException e) {
      return true;
    }
  }

  private ProvisioningApp listening(Effects effects) {
    return new ProvisioningApp(metadata.config(), "tester", effects);
  }

  private MigrationRun.Summary run(String id) throws Exception {
    return app.migrationRun(folder).run(request(List.of(id)), SILENT);
  }

  private static MigrationRun.Request request(List<String> ids) {
    return new MigrationRun.Request(ids, 4, null, Waves.DEFAULT, false);
  }

  private @Nullable String reason(String id) throws Exception {
    List<MigrateOutcome.Failed> failed = run(id).of(MigrateOutcome.Failed.class);
    return failed.isEmpty() ? null : failed.getFirst().reason();
  }

  private List<String> columns(String id) throws SQLException {
    return metadata.askClickHouse(
        "SELECT name FROM system.columns WHERE table = 'events_base' AND database = 'client_"
            + id.replace('-', '_')
            + "'");
  }

  private List<String> versions(String id) throws SQLException {
    return metadata.ask(
        "SELECT version || ' ' || outcome || ' ' || statements_done FROM schema_versions WHERE client_id = ? ORDER BY version",
        id);
  }

  private List<String> provision(String prefix, int count) throws Exception {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ids.add(prefix + i);
      app.registry().create(NewClient.of(prefix + i, prefix + i));
    }
    var provisioner = app.provisioner(MIGRATIONS);
    assertThat(Parallel.map(ids, 4, provisioner::provision))
        .allMatch(ProvisionOutcome.Provisioned.class::isInstance);
    return ids;
  }

  private void provision(String id) throws Exception {
    app.registry().create(NewClient.of(id, id));
    assertThat(app.provisioner(MIGRATIONS).provision(id))
        .isInstanceOf(ProvisionOutcome.Provisioned.class);
  }

  private void write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
