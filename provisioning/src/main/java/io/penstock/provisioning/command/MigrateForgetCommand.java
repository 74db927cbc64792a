package io.penstock.provisioning.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Home;
import io.penstock.core.cli.OutputOption;
import io.penstock.provisioning.schema.ForgottenMigration;
import io.penstock.provisioning.schema.Migration;
import io.penstock.provisioning.schema.UnknownClientException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./penstock migrate forget}. */
@Command(
    name = "forget",
    mixinStandardHelpOptions = true,
    description = {
      "Lets go of a migration that failed, or was interrupted, and whose file was withdrawn, so that later ones can be applied."
          + " What of it had run stays: look with ./penstock migrate verify afterwards. One that was applied is never forgotten.",
      "Exit codes: 0 forgotten; 1 nothing was; 3 it was kept for some clients."
    })
public final class MigrateForgetCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private JobOptions job = new JobOptions();
  @Mixin private OutputOption output = new OutputOption();

  @Parameters(paramLabel = "N", description = "The migration's version: 7 is V007.")
  private int version;

  @Option(
      names = "--client",
      paramLabel = "ID",
      description = "Only this one; may be repeated. Default: all that are active or suspended.")
  private List<String> clientIds = List.of();

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
    Path migrations = Migration.folder(Home.find());
    return job.run(app -> {
      try {
        ForgottenMigration result =
            app.forgetMigration(migrations, version, own, clientIds, dryRun);
        RepairPrinter.print(spec.commandLine().getOut(), result, dryRun, output.json());
        if (result.forgotten().isEmpty()) {
          return ExitCode.FAILED;
        }
        return result.kept().isEmpty() ? ExitCode.DONE : ExitCode.PARTLY;
      } catch (UnknownClientException e) {
        throw CommandFailure.usage(String.valueOf(e.getMessage()));
      }
    });
  }
}
