package io.penstock.provisioning.command;

import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Json;
import io.penstock.core.cli.OutputOption;
import io.penstock.provisioning.client.ClientDetails;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./penstock clients show}. */
@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    description = "Shows a client, its keys, migrations and latest audit entries.")
final class ShowCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private JobOptions job = new JobOptions();
  @Mixin private OutputOption output = new OutputOption();

  @Parameters(paramLabel = "ID", description = "The client's id.")
  private String id = "";

  @Override
  public Integer call() {
    return job.run(app -> {
      ClientDetails client = ClientPrinter.details(app, id);
      PrintWriter out = spec.commandLine().getOut();
      if (output.json()) {
        out.println(Json.object(json -> ClientPrinter.writeDetails(json, client)));
      } else {
        ClientPrinter.printDetails(out, client, output.columns());
      }
      out.flush();
      return ExitCode.DONE;
    });
  }
}
