package io.penstock.provisioning.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Shows;
import io.penstock.core.cli.Subcommands;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.schema.MigrateOutcome;
import io.penstock.provisioning.schema.MigrationForecast;
import io.penstock.provisioning.schema.MigrationRun;
import io.penstock.provisioning.schema.Migrations;
import io.penstock.provisioning.schema.UnknownClientException;
import io.penstock.provisioning.schema.Waves;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./penstock migrate}. */
@Command(
    name = "migrate",
    description = {
      "Applies clickhouse/migrations to the databases of clients that are active or suspended. Safe to repeat:"
          + " what was interrupted goes on at the statement where it stopped.",
      "Waves: 20 clients, then 40, 80 and so on, unless --wave sets a size; no further wave begins once"
          + " more than --max-failures of the clients tried have failed."
    })
@Subcommands({
  MigrateStatusCommand.class,
  MigrateVerifyCommand.class,
  MigrateRepairCommand.class,
  MigrateForgetCommand.class
})
@Shows({MigratePrinter.Migrated.class, MigratePrinter.DryRun.class})
public final class MigrateCommand extends JobCommand {
  @Mixin private MigrationOptions options = new MigrationOptions();

  @Option(
      names = "--dry-run",
      description = "Prints which statements would run for which client, and changes nothing.")
  private boolean dryRun;

  @Option(
      names = "--parallel",
      paramLabel = "N",
      description =
          "Clients at once, at most penstock.postgres.pool.size; default: ${DEFAULT-VALUE}.")
  private int parallelism = 4;

  @Option(
      names = "--canary",
      paramLabel = "CLIENT",
      description = "This client first; if it fails, no other is touched.")
  private @Nullable String canary;

  @Option(names = "--wave", paramLabel = "N", description = "Clients in each wave.")
  private @Nullable Integer wave;

  @Option(
      names = "--max-failures",
      paramLabel = "P%",
      description = "Share of failures that is borne; default: ${DEFAULT-VALUE}.")
  private String maxFailures = "5%";

  @Option(
      names = "--out-of-order",
      description = "Applies files below the newest that was applied, too.")
  private boolean outOfOrder;

  @Override
  public Integer call() {
    if (parallelism < 1 || (wave != null && wave < 1)) {
      throw CommandFailure.usage("--parallel and --wave are 1 or more.");
    }
    Waves waves = new Waves(wave == null ? 0 : wave, share(maxFailures));
    Path migrations = options.folder();
    return job.run(app ->
        dryRun
            ? forecast(
                MigrationForecast.read(
                    app.tools().metadata(),
                    app.targets(),
                    Migrations.load(migrations),
                    options.clientIds,
                    outOfOrder))
            : run(app, app.migrationRun(migrations), waves));
  }

  private int run(ProvisioningApp app, MigrationRun run, Waves waves)
      throws SQLException, UnknownClientException, IOException {
    int bounded = atOnce(parallelism, app);
    MigrationRun.Summary summary;
    try (MigrateProgress progress = new MigrateProgress(output.err())) {
      summary =
          run.run(
              new MigrationRun.Request(options.clientIds, bounded, canary, waves, outOfOrder),
              progress);
    }
    NotTried closing = new NotTried();
    summary
        .of(MigrateOutcome.NotTried.class)
        .forEach(one -> closing.add(one.clientId(), one.why()));
    if (closing.isEmpty() || !output.json()) {
      MigratePrinter.show(output, summary);
    }
    if (!closing.isEmpty()) {
      throw closing
          .failure(
              summary.of(MigrateOutcome.Migrated.class).size()
                  + summary.of(MigrateOutcome.Unchanged.class).size(),
              summary.outcomes().size(),
              exitCode(summary),
              "./penstock migrate")
          .result(MigratePrinter.Migrated.of(summary));
    }
    return exitCode(summary);
  }

  private static int exitCode(MigrationRun.Summary summary) {
    if (summary.of(MigrateOutcome.Failed.class).isEmpty()
        && summary.of(MigrateOutcome.NotTried.class).isEmpty()) {
      return ExitCode.DONE;
    }
    return summary.of(MigrateOutcome.Migrated.class).isEmpty() ? ExitCode.FAILED : ExitCode.PARTLY;
  }

  private int forecast(List<MigrationForecast> forecasts) {
    MigratePrinter.show(output, forecasts);
    long problems = forecasts.stream().filter(forecast -> forecast.problem() != null).count();
    return ExitCode.of(problems, forecasts.size());
  }

  private static double share(String text) {
    try {
      double percent = Double.parseDouble(text.replaceFirst("%$", ""));
      if (percent >= 0 && percent <= 100) {
        return percent / 100;
      }
    } catch (NumberFormatException e) {
      // told below, as what is out of range
    }
    throw CommandFailure.usage("--max-failures " + text + " is not 0% to 100%.");
  }
}
