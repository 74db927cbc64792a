package io.penstock.provisioning.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Home;
import io.penstock.core.cli.OutputOption;
import io.penstock.provisioning.schema.Migration;
import io.penstock.provisioning.schema.UnknownClientException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./penstock migrate status}. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "Shows how many clients are at which version, then those that are behind.")
public final class MigrateStatusCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private JobOptions job = new JobOptions();
  @Mixin private OutputOption output = new OutputOption();

  @Option(
      names = "--client",
      paramLabel = "ID",
      description = "Only this one; may be repeated. Default: all that are active or suspended.")
  private List<String> clientIds = List.of();

  @Override
  public Integer call() {
    Path migrations = Migration.folder(Home.find());
    return job.run(app -> {
      try {
        MigratePrinter.print(
            spec.commandLine().getOut(), app.migrationStatus(migrations, clientIds), output);
        return ExitCode.DONE;
      } catch (UnknownClientException e) {
        throw CommandFailure.usage(String.valueOf(e.getMessage()));
      }
    });
  }
}
