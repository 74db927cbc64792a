package io.penstock.provisioning.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Json;
import io.penstock.core.cli.OutputOption;
import io.penstock.provisioning.client.AuditEntry;
import io.penstock.provisioning.job.StepFailed;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./penstock clients history}. */
@Command(
    name = "history",
    mixinStandardHelpOptions = true,
    description = "Shows who did what to a client, oldest first, and what it changed.")
final class HistoryCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private JobOptions job = new JobOptions();
  @Mixin private OutputOption output = new OutputOption();

  @Parameters(paramLabel = "ID", description = "The client's id.")
  private String id = "";

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100",
      description = "The latest N entries; default: ${DEFAULT-VALUE}.")
  private int limit = 100;

  @Override
  public Integer call() {
    if (limit < 1) {
      throw CommandFailure.usage("--limit " + limit + " is not positive");
    }
    return job.run(app -> {
      List<AuditEntry> entries = app.registry().history(id, limit);
      if (entries.isEmpty()) {
        throw new StepFailed(app.registry().unknown(id));
      }
      PrintWriter out = spec.commandLine().getOut();
      if (output.json()) {
        out.println(Json.object(json -> HistoryPrinter.write(json, entries)));
      } else {
        HistoryPrinter.print(out, entries);
      }
      out.flush();
      return ExitCode.DONE;
    });
  }
}
