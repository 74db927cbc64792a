package io.penstock.provisioning.command;

import io.penstock.core.cli.OutputOption;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./penstock clients suspend}. */
@Command(
    name = "suspend",
    mixinStandardHelpOptions = true,
    description =
        "Refuses a client's events from now on; they become dead letters that are replayed when it is resumed.")
final class SuspendCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private JobOptions job = new JobOptions();
  @Mixin private OutputOption output = new OutputOption();

  @Parameters(paramLabel = "ID", description = "The client's id.")
  private String id = "";

  @Option(names = "--reason", paramLabel = "TEXT", description = "For the audit log.")
  private String reason = "";

  @Override
  public Integer call() {
    return job.run(app ->
        ChangeResult.print(
            spec.commandLine().getOut(), app.lifecycle().suspend(id, reason), output.json()));
  }
}
