package io.penstock.provisioning.command;

import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Json;
import io.penstock.core.cli.OutputOption;
import io.penstock.provisioning.client.ClientDetails;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code ./penstock clients list}. */
@Command(name = "list", mixinStandardHelpOptions = true, description = "Lists every client.")
final class ListCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private JobOptions job = new JobOptions();
  @Mixin private OutputOption output = new OutputOption();

  @Override
  public Integer call() {
    return job.run(app -> {
      List<ClientDetails.Summary> clients = app.registry().list();
      PrintWriter out = spec.commandLine().getOut();
      if (output.json()) {
        out.println(Json.object(json -> ClientPrinter.writeList(json, clients)));
        out.flush();
      } else {
        ClientPrinter.printList(out, clients);
      }
      return ExitCode.DONE;
    });
  }
}
