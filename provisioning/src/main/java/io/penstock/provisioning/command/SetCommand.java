package io.penstock.provisioning.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.Shows;
import io.penstock.core.cli.Table;
import io.penstock.provisioning.client.ClientChange;
import java.time.YearMonth;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./penstock clients set}. */
@Command(
    name = "set",
    description = "Changes what is set about a client; what is not named stays as it is.")
@Shows({ChangeView.class, SetCommand.Forecast.class})
final class SetCommand extends JobCommand.OnClient {
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

  /**
   * What a shorter retention would do: nothing was changed.
   *
   * @param changed false
   * @param wouldDelete events by month
   */
  record Forecast(String clientId, boolean changed, SortedMap<YearMonth, Long> wouldDelete) {}

  @Override
  public Integer call() {
    ClientChange change =
        new ClientChange(name, database, target, retention.days(), retention.from(), limit());
    List<String> problems = change.problems();
    if (!problems.isEmpty()) {
      throw CommandFailure.usage(String.join(System.lineSeparator(), problems));
    }
    if (change.equals(new ClientChange(null, null, null, null, null, null))) {
      throw CommandFailure.usage(
          "Say what to change: --name, --retention-days, --retention-from, --max-events-per-minute, --database or --target.");
    }
    return job.run(app -> {
      if (change.isOfRetention() && !id.equals(confirm)) {
        SortedMap<YearMonth, Long> gone = app.lifecycle().wouldDelete(id, change);
        if (!gone.isEmpty()) {
          showForecast(gone);
          throw CommandFailure.usage(
              "Nothing was changed: this deletes %,d events of %s for good; to do it, repeat its id with --confirm %2$s."
                  .formatted(gone.values().stream().mapToLong(Long::longValue).sum(), id));
        }
      }
      return ChangeView.show(output, app.lifecycle().set(id, change));
    });
  }

  /** Null stays null; "none" is {@link ClientChange#NO_LIMIT}. */
  private @Nullable Integer limit() {
    if (limit == null) {
      return null;
    }
    if (limit.equals("none")) {
      return ClientChange.NO_LIMIT;
    }
    try {
      int events = Integer.parseInt(limit);
      if (events > 0) {
        return events;
      }
    } catch (NumberFormatException e) {
      // Told below, like a number that is too small.
    }
    throw CommandFailure.usage(
        "--max-events-per-minute " + limit + " is not a positive whole number, nor \"none\"");
  }

  void showForecast(SortedMap<YearMonth, Long> gone) {
    Table table = new Table("month", "events that would be deleted");
    gone.forEach((month, events) -> table.row(month, events));
    var _ = output.show(new Forecast(id, false, gone), table::print);
  }
}
