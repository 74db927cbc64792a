package io.penstock.provisioning.command;

import io.penstock.provisioning.schema.ForgottenMigration;
import io.penstock.provisioning.schema.MigrateOutcome;
import io.penstock.provisioning.schema.MigrationForecast;
import io.penstock.provisioning.schema.MigrationRun;
import io.penstock.provisioning.schema.MigrationStatus;
import io.penstock.provisioning.schema.SchemaRepair;
import io.penstock.provisioning.schema.SchemaVerifier;
import io.penstock.provisioning.schema.SchemaVerifier.Drift;
import io.penstock.testkit.Pins;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What {@code migrate} and its subcommands print, for people and for scripts. */
class MigrateOutputTest {
  private static final List<Drift> DRIFTS =
      List.of(
          new Drift("a", "events_base", "column x", "String", null, "ALTER TABLE a\n  ADD x"),
          new Drift("b", "events_base", "comment", "", "y", null));

  @Test
  void runsAndForecasts() throws IOException {
    Pins pins = new Pins();
    MigrationRun.Summary summary =
        new MigrationRun.Summary(
            List.of(
                new MigrateOutcome.Migrated("a", List.of("V002"), 5),
                new MigrateOutcome.Unchanged("b", "up to date"),
                new MigrateOutcome.Failed("c", "V002", 3, "no such column\nsecond line"),
                new MigrateOutcome.Failed("d", "V002", 3, "no such column\nsecond line"),
                new MigrateOutcome.NotTried("e", "PostgreSQL is away")),
            "too many failed");
    pins.pin("migrate", output -> MigratePrinter.show(output, summary));
    MigrationRun.Summary well =
        new MigrationRun.Summary(
            List.of(new MigrateOutcome.Migrated("a", List.of("V002"), 5)), null);
    pins.pin("migrate", output -> MigratePrinter.show(output, well));
    List<MigrationForecast> forecasts =
        List.of(
            new MigrationForecast(
                "a",
                "client_a",
                null,
                List.of(
                    new MigrationForecast.Part(
                        "V002", "adds x", 1, List.of("ALTER TABLE a\n\n  ADD x", "SELECT 1")))),
            new MigrationForecast("b", "client_b", null, List.of()),
            new MigrationForecast("c", "client_c", "its file was changed", List.of()));
    pins.pin("migrate --dry-run", output -> MigratePrinter.show(output, forecasts));
    pins.check(Path.of("src/test/resources/pins/migrate.txt"));
  }

  @Test
  void lookingAndMending() throws IOException {
    Pins pins = new Pins();
    MigrationStatus status =
        MigrationStatus.of(
            2,
            List.of(
                new MigrationStatus.Client("a", "active", 2, 0, List.of(), null, null),
                new MigrationStatus.Client(
                    "b",
                    "active",
                    1,
                    1,
                    IntStream.range(0, 12).mapToObj(i -> "V" + i).toList(),
                    "V002 failed at statement 3",
                    null),
                new MigrationStatus.Client(
                    "c", "suspended", 1, 0, List.of(), null, "changed\nfile")),
            List.of("a folder of nobody"));
    pins.pin(
        "migrate status",
        output -> output.show(status, out -> MigratePrinter.print(out, status, output)));
    SchemaVerifier.Report report =
        new SchemaVerifier.Report(
            2, 2, DRIFTS, new TreeMap<>(Map.of("c", "it is away")), List.of("d"));
    pins.pin(
        "migrate verify",
        output -> output.show(report, out -> MigratePrinter.print(out, report, output)));
    for (boolean dryRun : new boolean[] {true, false}) {
      SchemaRepair.Report repaired =
          new SchemaRepair.Report(
              dryRun,
              3,
              DRIFTS.subList(0, 1),
              DRIFTS.subList(1, 2),
              new TreeMap<>(Map.of("c", "it is away")));
      pins.pin(
          "migrate repair",
          output -> output.show(repaired, out -> RepairPrinter.print(out, repaired)));
      ForgottenMigration forgotten =
          new ForgottenMigration(
              dryRun,
              "V007",
              new TreeMap<>(Map.of("a", 2)),
              new TreeMap<>(Map.of("b", "it was applied")));
      pins.pin(
          "migrate forget",
          output -> output.show(forgotten, out -> RepairPrinter.print(out, forgotten)));
    }
    pins.check(Path.of("src/test/resources/pins/migrate-looks.txt"));
  }
}
