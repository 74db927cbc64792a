package io.penstock.provisioning.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Shows;
import io.penstock.provisioning.schema.SchemaVerifier;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code ./penstock migrate verify}. */
@Command(
    name = "verify",
    description = {
      "Compares clients' databases with what their applied migrations make of an empty one, and prints what differs.",
      "Exit codes: 0 nothing differs, 1 something does, 3 some clients could not be verified."
    })
@Shows(SchemaVerifier.Report.class)
public final class MigrateVerifyCommand extends ReadCommand {
  @Mixin private MigrationOptions.AtOnce options = new MigrationOptions.AtOnce();

  @Override
  public Integer call() {
    int parallelism = options.parallelism();
    Path migrations = options.folder();
    return job.run(app -> {
      SchemaVerifier.Report report =
          app.schemaVerifier(migrations).verify(options.clientIds, parallelism);
      int exitCode = exitCode(report);
      return output.end(
          exitCode,
          report,
          out -> MigratePrinter.print(out, report, output),
          () ->
              CommandFailure.ended(
                      exitCode == ExitCode.PARTLY,
                      "Interrupted: %d clients are verified, %d are not"
                          .formatted(report.verified(), report.notVerified().size()),
                      null)
                  .remedy("./penstock migrate verify"));
    });
  }

  private static int exitCode(SchemaVerifier.Report report) {
    if (report.drifted() > 0 || (report.verified() == 0 && !report.notVerified().isEmpty())) {
      return ExitCode.FAILED;
    }
    return report.notVerified().isEmpty() ? ExitCode.DONE : ExitCode.PARTLY;
  }
}
