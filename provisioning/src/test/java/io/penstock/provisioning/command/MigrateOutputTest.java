package io.penstock.provisioning.command;

import io.penstock.core.cli.OutputOption;
import io.penstock.provisioning.schema.ForgottenMigration;
import io.penstock.provisioning.schema.MigrateOutcome;
import io.penstock.provisioning.schema.MigrationPreview;
import io.penstock.provisioning.schema.MigrationRun;
import io.penstock.provisioning.schema.MigrationStatus;
import io.penstock.provisioning.schema.SchemaRepair;
import io.penstock.provisioning.schema.SchemaVerifier;
import io.penstock.provisioning.schema.SchemaVerifier.Drift;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What {@code migrate} and its subcommands print, for people and for scripts. */
class MigrateOutputTest {
  private static final String[][] BOTH = {{"--output", "json"}, {}};

  private static final List<Drift> DRIFTS =
      List.of(
          new Drift("a", "events_base", "column x", "String", null, "ALTER TABLE a\n  ADD x"),
          new Drift("b", "events_base", "comment", "", "y", null));

  /** Has nothing but the options. */
  @Command(name = "any")
  private static final class Any {
    @Mixin private OutputOption output = new OutputOption();
  }

  private interface Shown {
    void on(PrintWriter out, OutputOption output);
  }

  private static void both(Pins pins, String title, Shown shown) {
    for (String[] args : BOTH) {
      pins.pin(
          title + (args.length == 0 ? "" : " json"),
          new Any(),
          (any, out) -> shown.on(out, any.output),
          args);
    }
  }

  @Test
  void runsAndPreviews() throws IOException {
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
    both(pins, "migrate", (out, output) -> MigratePrinter.print(out, summary, output.json()));
    MigrationRun.Summary well =
        new MigrationRun.Summary(
            List.of(new MigrateOutcome.Migrated("a", List.of("V002"), 5)), null);
    both(pins, "migrate", (out, output) -> MigratePrinter.print(out, well, output.json()));
    List<MigrationPreview> previews =
        List.of(
            new MigrationPreview(
                "a",
                "client_a",
                List.of(
                    new MigrationPreview.Part(
                        "V002", "adds x", List.of("ALTER TABLE a\n\n  ADD x", "SELECT 1"), 1)),
                null),
            new MigrationPreview("b", "client_b", List.of(), null),
            new MigrationPreview("c", "client_c", List.of(), "its file was changed"));
    both(
        pins,
        "migrate --dry-run",
        (out, output) -> MigratePrinter.print(out, previews, output.json()));
    pins.check(Path.of("src/test/resources/pins/migrate.txt"));
  }

  @Test
  void lookingAndMending() throws IOException {
    Pins pins = new Pins();
    MigrationStatus status =
        new MigrationStatus(
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
    both(pins, "migrate status", (out, output) -> MigratePrinter.print(out, status, output));
    SchemaVerifier.Report report =
        new SchemaVerifier.Report(
            2, DRIFTS, new TreeMap<>(Map.of("c", "it is away")), List.of("d"));
    both(pins, "migrate verify", (out, output) -> MigratePrinter.print(out, report, output));
    SchemaRepair.Report repaired =
        new SchemaRepair.Report(
            3,
            DRIFTS.subList(0, 1),
            DRIFTS.subList(1, 2),
            new TreeMap<>(Map.of("c", "it is away")));
    for (boolean dryRun : new boolean[] {true, false}) {
      both(
          pins,
          "migrate repair",
          (out, output) -> RepairPrinter.print(out, repaired, dryRun, output.json()));
      ForgottenMigration forgotten =
          new ForgottenMigration(
              "V007", new TreeMap<>(Map.of("a", 2)), new TreeMap<>(Map.of("b", "it was applied")));
      both(
          pins,
          "migrate forget",
          (out, output) -> RepairPrinter.print(out, forgotten, dryRun, output.json()));
    }
    pins.check(Path.of("src/test/resources/pins/migrate-looks.txt"));
  }
}
