package io.penstock.provisioning.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Shows;
import io.penstock.provisioning.schema.SchemaRepair;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./penstock migrate repair}. */
@Command(
    name = "repair",
    description = {
      "Makes what clients' databases lack of their applied migrations: databases, tables, views and columns, empty."
          + " Prints what it would do, unless --confirm is given. Never changes or drops what is there, and says what it leaves.",
      "Exit codes: 0 done, or nothing to do; 1 nothing could be repaired; 3 something is left."
    })
@Shows(SchemaRepair.Report.class)
public final class MigrateRepairCommand extends JobCommand {
  @Mixin private MigrationOptions.AtOnce options = new MigrationOptions.AtOnce();

  @Option(names = "--confirm", description = "Does it, rather than print it.")
  private boolean confirm;

  @Override
  public Integer call() {
    int parallelism = options.parallelism();
    Path migrations = options.folder();
    return job.run(app -> {
      SchemaRepair repair = app.schemaRepair(migrations);
      SchemaRepair.Report report =
          confirm
              ? repair.run(options.clientIds, parallelism)
              : repair.forecast(options.clientIds, parallelism);
      int exitCode = exitCode(report);
      return output.end(
          exitCode,
          report,
          out -> RepairPrinter.print(out, report),
          () ->
              CommandFailure.ended(
                      exitCode == ExitCode.PARTLY,
                      "Interrupted: statements that have run: %d"
                          .formatted(confirm ? report.repaired().size() : 0),
                      null)
                  .remedy("./penstock migrate repair, which looks again"));
    });
  }

  private static int exitCode(SchemaRepair.Report report) {
    if (report.left().isEmpty() && report.failed().isEmpty()) {
      return ExitCode.DONE;
    }
    return report.repaired().isEmpty() ? ExitCode.FAILED : ExitCode.PARTLY;
  }
}
