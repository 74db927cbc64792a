package io.penstock.provisioning.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.provisioning.Metadata;
import io.penstock.provisioning.ProvisioningApp;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchemaVerifierIT {
  private static final Path MIGRATIONS = Migration.folder(Metadata.HOME);

  private final Metadata metadata = Metadata.shared();
  private final ProvisioningApp app = metadata.app();

  @TempDir Path folder;

  @AfterEach
  void close() {
    app.close();
  }

  @Test
  void verifyTellsWhatSomebodyChangedByHand() throws Exception {
    metadata.activeClient(app, "mig-drift");
    for (Migration migration : Migration.load(MIGRATIONS)) {
      Files.writeString(folder.resolve(migration.file()), migration.sql());
    }
    Files.writeString(folder.resolve("V101__pending.sql"), "SELECT 1");
    assertThat(drifts(folder, "mig-drift")).isEmpty();
    String table = "client_mig_drift.events_base";
    metadata.executeClickHouse("ALTER TABLE " + table + " DROP COLUMN session_id");
    metadata.executeClickHouse("ALTER TABLE " + table + " ADD COLUMN mine String");
    metadata.executeClickHouse("ALTER TABLE " + table + " MODIFY COLUMN extra CODEC(ZSTD(3))");
    metadata.executeClickHouse(
        "ALTER TABLE " + table + " MODIFY TTL toDateTime(event_time) + INTERVAL 7 DAY");
    metadata.executeClickHouse(
        "ALTER TABLE " + table + " MODIFY SETTING non_replicated_deduplication_window = 100");
    metadata.executeClickHouse(
        "ALTER TABLE " + table + " ADD INDEX by_user user_id TYPE bloom_filter");
    metadata.executeClickHouse("CREATE TABLE client_mig_drift.own (x Int8) ENGINE = Memory");
    metadata.executeClickHouse(
        "CREATE OR REPLACE VIEW client_mig_drift.events AS SELECT event_id FROM " + table);

    SchemaVerifier.Report report = app.schemaVerifier(folder).verify(List.of("mig-drift"), 1);

    assertThat(report.behind()).containsExactly("mig-drift");
    assertThat(report.drifts())
        .extracting(drift -> drift.table() + ": " + drift.what())
        .contains(
            "events_base: column session_id",
            "events_base: column mine",
            "events_base: column extra, codec",
            "events_base: TTL",
            "events_base: setting non_replicated_deduplication_window",
            "events: definition",
            "own: table");
    assertThat(report.drifts())
        .contains(
            new SchemaVerifier.Drift(
                "mig-drift",
                "events_base",
                "setting non_replicated_deduplication_window",
                "10000",
                "100"));
    assertThat(report.drifted()).isEqualTo(1);
  }

  @Test
  void indexAddedByHandIsDriftToo() throws Exception {
    metadata.activeClient(app, "mig-index");
    metadata.executeClickHouse(
        "ALTER TABLE client_mig_index.events_base ADD INDEX by_user user_id TYPE bloom_filter");

    assertThat(drifts(MIGRATIONS, "mig-index"))
        .singleElement()
        .satisfies(drift -> assertThat(drift.found()).contains("INDEX by_user"));
  }

  @Test
  void scratchDatabasesOfKilledRunsAreSweptAndNoOthers() throws Exception {
    metadata.activeClient(app, "mig-sweep");
    String stale = "penstock_verify_1600000000_0123456789ab";
    String alike = "penstock_verify_1600000000_0123456789ac";
    metadata.executeClickHouse(
        "CREATE DATABASE " + stale + " COMMENT 'scratch of penstock migrate verify'");
    metadata.executeClickHouse("CREATE DATABASE " + alike);

    assertThat(drifts(MIGRATIONS, "mig-sweep")).isEmpty();

    assertThat(
            metadata.askClickHouse(
                "SELECT name FROM system.databases WHERE name LIKE 'penstock_verify_%'"))
        .containsExactly(alike);
    metadata.executeClickHouse("DROP DATABASE " + alike);
  }

  /** The view keeps rows in a table that is named by a UUID. */
  @Test
  void materializedViewIsComparedByItsName() throws Exception {
    metadata.activeClient(app, "mig-view");
    for (Migration migration : Migration.load(MIGRATIONS)) {
      Files.writeString(folder.resolve(migration.file()), migration.sql());
    }
    Files.writeString(
        folder.resolve("V101__daily.sql"),
        "CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.daily ENGINE = SummingMergeTree ORDER BY day"
            + " AS SELECT toDate(event_time) AS day, count() AS events FROM ${database}.events_base GROUP BY day");
    var _ =
        app.migrationRun(folder)
            .run(
                new MigrationRun.Request(List.of("mig-view"), 1, null, Waves.DEFAULT, false),
                MigrateIT.SILENT);

    assertThat(drifts(folder, "mig-view")).isEmpty();
  }

  @Test
  void repairMakesWhatIsMissingAndNeverTouchesWhatIsThere() throws Exception {
    metadata.activeClient(app, "mig-repair");
    for (Migration migration : Migration.load(MIGRATIONS)) {
      Files.writeString(folder.resolve(migration.file()), migration.sql());
    }
    Files.writeString(
        folder.resolve("V101__more.sql"),
        """
        CREATE TABLE IF NOT EXISTS ${database}.days (day Date, n UInt64) ENGINE = SummingMergeTree ORDER BY day COMMENT 'it''s ${retention_days}';
        CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.daily TO ${database}.days AS
          SELECT toDate(event_time) AS day, count() AS n FROM ${database}.events_base GROUP BY day;
        CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.inner_daily ENGINE = SummingMergeTree ORDER BY day AS
          SELECT toDate(event_time) AS day, count() AS n FROM ${database}.events_base GROUP BY day;
        CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.a_chained ENGINE = MergeTree ORDER BY day AS
          SELECT day FROM ${database}.inner_daily;
        CREATE VIEW IF NOT EXISTS ${database}.a_view_of_a_view AS SELECT event_id FROM ${database}.events;
        ALTER TABLE ${database}.events_base ADD COLUMN IF NOT EXISTS `my col` LowCardinality(String)
          DEFAULT concat('it''s ', user_id) COMMENT 'a ''quoted'' one' CODEC(ZSTD(3)) AFTER user_id;
        """);
    var _ =
        app.migrationRun(folder)
            .run(
                new MigrationRun.Request(List.of("mig-repair"), 1, null, Waves.DEFAULT, false),
                MigrateIT.SILENT);
    assertThat(drifts(folder, "mig-repair")).isEmpty();
    String database = "client_mig_repair.";
    metadata.executeClickHouse(
        "INSERT INTO "
            + database
            + "events_base (event_id, event_time) VALUES (generateUUIDv4(), now())",
        "DROP VIEW " + database + "a_view_of_a_view",
        "DROP VIEW " + database + "events",
        "DROP TABLE " + database + "daily",
        "DROP TABLE " + database + "a_chained",
        "DROP TABLE " + database + "inner_daily",
        "DROP TABLE " + database + "days",
        "ALTER TABLE " + database + "events_base DROP COLUMN `my col`",
        "ALTER TABLE " + database + "events_base DROP COLUMN session_id",
        "ALTER TABLE " + database + "events_base MODIFY COLUMN extra CODEC(ZSTD(3))",
        "CREATE TABLE " + database + "own (x Int8) ENGINE = Memory");
    SchemaRepair repair = app.schemaRepair(folder);

    SchemaRepair.Report forecast = repair.forecast(List.of("mig-repair"), 1);
    assertThat(drifts(folder, "mig-repair")).as("a forecast changes nothing").hasSizeGreaterThan(6);
    SchemaRepair.Report report = repair.run(List.of("mig-repair"), 1);

    assertThat(forecast.repaired()).containsExactlyInAnyOrderElementsOf(report.repaired());
    assertThat(report.failed()).isEmpty();
    assertThat(report.repaired())
        .extracting(drift -> drift.table() + ": " + drift.what())
        .containsExactly(
            "days: table",
            "events_base: column my col",
            "events_base: column session_id",
            "daily: table",
            "inner_daily: table",
            "a_view_of_a_view: table",
            "events: table",
            // Refused while the view that it reads was missing.
            "a_chained: table");
    assertThat(drifts(folder, "mig-repair"))
        .extracting(drift -> drift.table() + ": " + drift.what())
        .containsExactlyInAnyOrder("events_base: column extra, codec", "own: table")
        .hasSameSizeAs(report.left());
    assertThat(metadata.askClickHouse("SELECT toString(count()) FROM " + database + "events"))
        .as("what was there is there")
        .containsExactly("1");
    assertThat(
            metadata.ask(
                "SELECT detail FROM audit_log WHERE action = 'client.schema-repaired' AND client_id = 'mig-repair'"))
        .singleElement()
        .asString()
        .contains("days table", "column session_id", "events table");
  }

  @Test
  void repairMakesADroppedDatabaseAnewAndEmpty() throws Exception {
    metadata.activeClient(app, "mig-lost");
    metadata.executeClickHouse("DROP DATABASE client_mig_lost");

    SchemaRepair.Report report = app.schemaRepair(MIGRATIONS).run(List.of("mig-lost"), 1);

    assertThat(report.failed()).isEmpty();
    assertThat(report.left()).isEmpty();
    assertThat(report.repaired())
        .extracting(drift -> (drift.table() + " " + drift.what()).strip())
        .containsExactly("database", "events_base table", "events table");
    assertThat(drifts(MIGRATIONS, "mig-lost")).isEmpty();
  }

  private List<SchemaVerifier.Drift> drifts(Path migrations, String id) throws Exception {
    SchemaVerifier.Report report = app.schemaVerifier(migrations).verify(List.of(id), 1);
    assertThat(report.notVerified()).isEmpty();
    return report.drifts();
  }
}
