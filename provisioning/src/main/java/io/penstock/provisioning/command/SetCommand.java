package io.penstock.provisioning.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.Json;
import io.penstock.core.cli.OutputOption;
import io.penstock.core.cli.Table;
import io.penstock.provisioning.client.ClientChange;
import java.io.PrintWriter;
import java.time.YearMonth;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
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

  @Mixin private RetentionOptions retention = new RetentionOptions();

  @Option(
      names = "--confirm",
      paramLabel = "ID",
      description = "The client's id once more, where a shorter retention deletes events.")
  private @Nullable String confirm;

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
        new ClientChange(
            name, database, target, retention.days(), retention.from(), EventLimit.parse(limit));
    List<String> problems = change.problems();
    if (!problems.isEmpty()) {
      throw CommandFailure.usage(String.join(System.lineSeparator(), problems));
    }
    if (change.equals(new ClientChange(null, null, null, null, null, null))) {
      throw CommandFailure.usage(
          "Say what to change: --name, --retention-days, --retention-from, --max-events-per-minute, --database or --target.");
    }
    return job.run(app -> {
      PrintWriter out = spec.commandLine().getOut();
      if (change.isOfRetention() && !id.equals(confirm)) {
        SortedMap<YearMonth, Long> gone = app.lifecycle().wouldDelete(id, change);
        if (!gone.isEmpty()) {
          printPreview(out, gone);
          throw CommandFailure.usage(
              "Nothing was changed: this deletes %,d events of %s for good; to do it, repeat its id with --confirm %2$s."
                  .formatted(gone.values().stream().mapToLong(Long::longValue).sum(), id));
        }
      }
      return ChangeResult.print(out, app.lifecycle().set(id, change), output.json());
    });
  }

  void printPreview(PrintWriter out, SortedMap<YearMonth, Long> gone) {
    if (output.json()) {
      out.println(
          Json.object(json -> {
            json.writeStringField("clientId", id);
            json.writeBooleanField("changed", false);
            json.writeObjectFieldStart("wouldDelete");
            for (Map.Entry<YearMonth, Long> month : gone.entrySet()) {
              json.writeNumberField(month.getKey().toString(), month.getValue());
            }
            json.writeEndObject();
          }));
    } else {
      Table table = new Table("month", "events that would be deleted");
      gone.forEach((month, events) -> table.row(month, events));
      table.print(out);
    }
    out.flush();
  }
}
