package io.penstock.provisioning.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Home;
import io.penstock.core.cli.OutputOption;
import io.penstock.provisioning.schema.Migration;
import io.penstock.provisioning.schema.SchemaRepair;
import io.penstock.provisioning.schema.UnknownClientException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./penstock migrate repair}. */
@Command(
    name = "repair",
    mixinStandardHelpOptions = true,
    description = {
      "Makes what clients' databases lack of their applied migrations: databases, tables, views and columns, empty."
          + " Prints what it would do, unless --confirm is given. Never changes or drops what is there, and says what it leaves.",
      "Exit codes: 0 done, or nothing to do; 1 nothing could be repaired; 3 something is left."
    })
public final class MigrateRepairCommand implements Callable<Integer> {
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
      description = "Groups of clients looked at at once; default: ${DEFAULT-VALUE}.")
  private int parallelism;

  @Option(names = "--confirm", description = "Does it, rather than print it.")
  private boolean confirm;

  @Override
  public Integer call() {
    if (parallelism < 1) {
      throw CommandFailure.usage("--parallel is 1 or more.");
    }
    Path migrations = Migration.folder(Home.find());
    return job.run(app -> {
      try {
        SchemaRepair repair = app.schemaRepair(migrations);
        SchemaRepair.Report report =
            confirm ? repair.run(clientIds, parallelism) : repair.plan(clientIds, parallelism);
        int exitCode = exitCode(report);
        return output.end(
            exitCode,
            () -> RepairPrinter.print(spec.commandLine().getOut(), report, !confirm, output.json()),
            () ->
                CommandFailure.ended(
                        exitCode == ExitCode.PARTLY,
                        "Interrupted: statements that have run: %d"
                            .formatted(confirm ? report.repaired().size() : 0),
                        null)
                    .remedy("./penstock migrate repair, which looks again")
                    .result(fields -> RepairPrinter.write(fields, report, !confirm)));
      } catch (UnknownClientException e) {
        throw CommandFailure.usage(String.valueOf(e.getMessage()));
      }
    });
  }

  private static int exitCode(SchemaRepair.Report report) {
    if (report.left().isEmpty() && report.failures().isEmpty()) {
      return ExitCode.DONE;
    }
    return report.repaired().isEmpty() ? ExitCode.FAILED : ExitCode.PARTLY;
  }
}
