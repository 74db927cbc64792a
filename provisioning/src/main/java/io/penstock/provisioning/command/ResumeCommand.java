package io.penstock.provisioning.command;

import io.penstock.core.cli.OutputOption;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./penstock clients resume}. */
@Command(
    name = "resume",
    mixinStandardHelpOptions = true,
    description =
        "Makes a suspended client active, or takes back a deprovisioning whose grace is not over.")
final class ResumeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private JobOptions job = new JobOptions();
  @Mixin private OutputOption output = new OutputOption();

  @Parameters(paramLabel = "ID", description = "The client's id.")
  private String id = "";

  @Override
  public Integer call() {
    return job.run(app ->
        ChangeResult.print(spec.commandLine().getOut(), app.lifecycle().resume(id), output.json()));
  }
}
