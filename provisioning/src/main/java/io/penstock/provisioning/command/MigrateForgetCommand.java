package io.penstock.provisioning.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Shows;
import io.penstock.provisioning.schema.ForgottenMigration;
import io.penstock.provisioning.schema.Migrations;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ./penstock migrate forget}. */
@Command(
    name = "forget",
    description = {
      "Lets go of a migration that failed, or was interrupted, and whose file was withdrawn, so that later ones can be applied."
          + " What of it had run stays: look with ./penstock migrate verify afterwards. One that was applied is never forgotten.",
      "Exit codes: 0 forgotten; 1 nothing was; 3 it was kept for some clients."
    })
@Shows(ForgottenMigration.class)
public final class MigrateForgetCommand extends JobCommand {
  @Mixin private MigrationOptions options = new MigrationOptions();

  @Parameters(paramLabel = "N", description = "The migration's version: 7 is V007.")
  private int version;

  @Option(
      names = "--own",
      description = "A file of clickhouse/migrations/clients/ID, not one for all clients.")
  private boolean own;

  @Option(names = "--dry-run", description = "Prints what would be forgotten; changes nothing.")
  private boolean dryRun;

  @Option(names = "--confirm", paramLabel = "N", description = "The version again.")
  private @Nullable Integer confirm;

  @Override
  public Integer call() {
    if (!dryRun && (confirm == null || confirm != version)) {
      throw CommandFailure.usage(
          "Statements of migration %d that have run stay and are no longer known of; repeat the version with --confirm %1$d, or look first with --dry-run."
              .formatted(version));
    }
    Path migrations = options.folder();
    return job.run(app -> {
      ForgottenMigration result =
          ForgottenMigration.forget(
              app.tools(), Migrations.load(migrations), version, own, options.clientIds, dryRun);
      var _ = output.show(result, out -> RepairPrinter.print(out, result));
      if (result.forgotten().isEmpty()) {
        return ExitCode.FAILED;
      }
      return result.kept().isEmpty() ? ExitCode.DONE : ExitCode.PARTLY;
    });
  }
}
