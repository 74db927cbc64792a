package io.penstock.provisioning.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Home;
import io.penstock.core.cli.OutputOption;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.schema.MigrateOutcome;
import io.penstock.provisioning.schema.Migration;
import io.penstock.provisioning.schema.MigrationPreview;
import io.penstock.provisioning.schema.MigrationRun;
import io.penstock.provisioning.schema.UnknownClientException;
import io.penstock.provisioning.schema.Waves;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./penstock migrate}. */
@Command(
    name = "migrate",
    mixinStandardHelpOptions = true,
    subcommands = {
      MigrateStatusCommand.class,
      MigrateVerifyCommand.class,
      MigrateRepairCommand.class,
      MigrateForgetCommand.class
    },
    description = {
      "Applies clickhouse/migrations to the databases of clients that are active or suspended. Safe to repeat:"
          + " what was interrupted goes on at the statement where it stopped.",
      "Waves: 20 clients, then 40, 80 and so on, unless --wave sets a size; no further wave begins once"
          + " more than --max-failures of the clients tried have failed."
    })
public final class MigrateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private JobOptions job = new JobOptions();
  @Mixin private OutputOption output = new OutputOption();

  @Option(
      names = "--client",
      paramLabel = "ID",
      description = "Only this one; may be repeated. Default: all that are active or suspended.")
  private List<String> clientIds = List.of();

  @Option(
      names = "--dry-run",
      description = "Prints which statements would run for which client, and changes nothing.")
  private boolean dryRun;

  @Option(
      names = "--parallel",
      paramLabel = "N",
      defaultValue = "4",
      description =
          "Clients at once, at most penstock.postgres.pool.size; default: ${DEFAULT-VALUE}.")
  private int parallelism;

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
      defaultValue = "5%",
      description = "Share of failures that is borne; default: ${DEFAULT-VALUE}.")
  private String maxFailures = "";

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
    Path migrations = Migration.folder(Home.find());
    return job.run(app -> {
      try {
        return dryRun
            ? preview(app.migrationPreviews(migrations, clientIds, outOfOrder))
            : run(app, app.migrationRun(migrations), waves);
      } catch (UnknownClientException e) {
        throw CommandFailure.usage(String.valueOf(e.getMessage()));
      }
    });
  }

  private int run(ProvisioningApp app, MigrationRun run, Waves waves)
      throws SQLException, UnknownClientException, IOException {
    PrintWriter err = spec.commandLine().getErr();
    int bounded = AtOnce.bounded(parallelism, app.connections(), err);
    MigrationRun.Summary summary;
    try (MigrateProgress progress = new MigrateProgress(err)) {
      summary =
          run.run(
              new MigrationRun.Request(clientIds, bounded, canary, waves, outOfOrder), progress);
    }
    NotTried closing = new NotTried();
    summary
        .of(MigrateOutcome.NotTried.class)
        .forEach(one -> closing.add(one.clientId(), one.why()));
    if (closing.isEmpty() || !output.json()) {
      MigratePrinter.print(spec.commandLine().getOut(), summary, output.json());
    }
    if (!closing.isEmpty()) {
      throw closing.failure(
          summary.of(MigrateOutcome.Migrated.class).size()
              + summary.of(MigrateOutcome.Unchanged.class).size(),
          summary.outcomes().size(),
          exitCode(summary),
          "./penstock migrate",
          fields -> MigratePrinter.write(fields, summary));
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

  private int preview(List<MigrationPreview> previews) {
    MigratePrinter.print(spec.commandLine().getOut(), previews, output.json());
    long problems = previews.stream().filter(preview -> preview.problem() != null).count();
    return ExitCode.of(problems, previews.size());
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
