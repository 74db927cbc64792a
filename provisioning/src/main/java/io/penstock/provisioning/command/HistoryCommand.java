package io.penstock.provisioning.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.Shows;
import io.penstock.core.client.KeyMask;
import io.penstock.provisioning.client.AuditEntry;
import io.penstock.provisioning.job.StepFailed;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ./penstock clients history}. */
@Command(
    name = "history",
    description = "Shows who did what to a client, oldest first, and what it changed.")
@Shows(HistoryCommand.History.class)
final class HistoryCommand extends ReadCommand {
  @Parameters(paramLabel = "ID", description = "The client's id.")
  private String id = "";

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "The latest N entries; default: ${DEFAULT-VALUE}.")
  private int limit = 100;

  /**
   * What was done to a client.
   *
   * @param history oldest first
   */
  record History(List<AuditEntry> history) {}

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
      return show(new History(entries));
    });
  }

  int show(History view) {
    return output.show(view, out -> view.history.forEach(entry -> print(out, entry)));
  }

  private static void print(PrintWriter out, AuditEntry entry) {
    out.println(
        "%s  %s  %s%s"
            .formatted(
                ClientPrinter.shown(entry.at()),
                entry.actor(),
                entry.action(),
                entry.detail().isEmpty() ? "" : ": " + KeyMask.mask(entry.detail())));
    for (AuditEntry.Change change : entry.changes()) {
      String after = change.after().isEmpty() ? "nothing" : change.after();
      out.println(
          "    %s: %s"
              .formatted(
                  change.field(),
                  change.before().isEmpty() ? change.after() : change.before() + " -> " + after));
    }
  }
}
