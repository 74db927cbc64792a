package io.penstock.provisioning.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.OutputOption;
import io.penstock.provisioning.client.ClientChange;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./penstock clients set}. */
@Command(
    name = "set",
    mixinStandardHelpOptions = true,
    description = "Changes what is set about a client; what is not named stays as it is.")
final class SetCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private JobOptions job = new JobOptions();
  @Mixin private OutputOption output = new OutputOption();

  @Parameters(paramLabel = "ID", description = "The client's id.")
  private String id = "";

  @Option(names = "--name", description = "For people; unique.")
  private @Nullable String name;

  @Option(
      names = "--retention-days",
      paramLabel = "DAYS",
      description = "How long events are kept; brought to the client's table, too.")
  private @Nullable Integer retentionDays;

  @Option(
      names = "--max-events-per-minute",
      paramLabel = "N|none",
      description = "Events beyond it, per minute and partition, become dead letters.")
  private @Nullable String limit;

  @Option(names = "--database", description = "While the client is pending only.")
  private @Nullable String database;

  @Option(names = "--target", description = "While the client is pending only.")
  private @Nullable String target;

  @Override
  public Integer call() {
    ClientChange change =
        new ClientChange(name, database, target, retentionDays, EventLimit.parse(limit));
    List<String> problems = change.problems();
    if (!problems.isEmpty()) {
      throw CommandFailure.usage(String.join(System.lineSeparator(), problems));
    }
    if (change.equals(new ClientChange(null, null, null, null, null))) {
      throw CommandFailure.usage(
          "Say what to change: --name, --retention-days, --max-events-per-minute, --database or --target.");
    }
    return job.run(app ->
        ChangeResult.print(
            spec.commandLine().getOut(), app.lifecycle().set(id, change), output.json()));
  }
}
