package io.penstock.provisioning.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Home;
import io.penstock.core.cli.OutputOption;
import io.penstock.provisioning.schema.Migration;
import io.penstock.provisioning.schema.SchemaVerifier;
import io.penstock.provisioning.schema.UnknownClientException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./penstock migrate verify}. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    description = {
      "Compares clients' databases with what their applied migrations make of an empty one, and prints what differs.",
      "Exit codes: 0 nothing differs, 1 something does, 3 some clients could not be verified."
    })
public final class MigrateVerifyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private JobOptions job = new JobOptions();
  @Mixin private OutputOption output = new OutputOption();

  @Option(
      names = "--client",
      paramLabel = "ID",
      description = "Only this one; may be repeated. Default: all that are active or suspended.")
  private List<String> clientIds = List.of();

  @Option(
      names = "--parallel",
      paramLabel = "N",
      defaultValue = "4",
      description = "Groups of clients at once; default: ${DEFAULT-VALUE}.")
  private int parallelism;

  @Override
  public Integer call() {
    if (parallelism < 1) {
      throw CommandFailure.usage("--parallel is 1 or more.");
    }
    Path migrations = Migration.folder(Home.find());
    return job.run(app -> {
      try {
        SchemaVerifier.Report report =
            app.schemaVerifier(migrations).verify(clientIds, parallelism);
        int exitCode = exitCode(report);
        return output.end(
            exitCode,
            () -> MigratePrinter.print(spec.commandLine().getOut(), report, output),
            () ->
                CommandFailure.ended(
                        exitCode == ExitCode.PARTLY,
                        "Interrupted: %d clients are verified, %d are not"
                            .formatted(report.verified(), report.failures().size()),
                        null)
                    .remedy("./penstock migrate verify")
                    .result(fields -> MigratePrinter.write(fields, report)));
      } catch (UnknownClientException e) {
        throw CommandFailure.usage(String.valueOf(e.getMessage()));
      }
    });
  }

  private static int exitCode(SchemaVerifier.Report report) {
    if (report.drifted() > 0 || (report.verified() == 0 && !report.failures().isEmpty())) {
      return ExitCode.FAILED;
    }
    return report.failures().isEmpty() ? ExitCode.DONE : ExitCode.PARTLY;
  }
}
