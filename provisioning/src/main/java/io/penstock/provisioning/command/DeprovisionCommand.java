package io.penstock.provisioning.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Shows;
import io.penstock.core.run.CommandRun;
import io.penstock.provisioning.client.DeprovisionReport;
import io.penstock.provisioning.client.DeprovisionRequest;
import io.penstock.provisioning.client.Deprovisioner;
import io.penstock.provisioning.job.Halt;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.target.Export;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ./penstock clients deprovision}. */
@Command(
    name = "deprovision",
    description = {
      "Ends a client: refuses its events, waits for what is in flight, exports (if told so) and drops its data, revokes its keys.",
      "Killed at any moment, it is completed by running it again."
    })
@Shows(DeprovisionReport.class)
final class DeprovisionCommand extends JobCommand {
  @Parameters(paramLabel = "ID", arity = "0..1", description = "The client's id.")
  private @Nullable String id;

  @Option(names = "--confirm", paramLabel = "ID", description = "The client's id once more.")
  private @Nullable String confirm;

  @Option(
      names = "--due",
      description = "Instead of a client: all whose grace is over, or whose run was interrupted.")
  private boolean due;

  @Option(names = "--dry-run", description = "Show what would be removed; change nothing.")
  private boolean dryRun;

  @Option(
      names = "--after",
      paramLabel = "TIME",
      description =
          "A time of grace, such as 7d: events are refused at once, the data goes by a run after it; until then \"resume\" takes it back. 0s ends an earlier one.")
  private @Nullable String after;

  @Option(
      names = "--export",
      paramLabel = "FOLDER",
      description = "Write the events there before they are dropped, a file for each month.")
  private @Nullable Path export;

  @Option(
      names = "--format",
      paramLabel = "parquet|native",
      defaultValue = "parquet",
      description = "Of the export; default: ${DEFAULT-VALUE}.")
  private Export.Format format = Export.Format.PARQUET;

  @Option(
      names = "--dead-letters",
      paramLabel = "keep|discard",
      defaultValue = "keep",
      description = "What to do with its outstanding dead letters; default: ${DEFAULT-VALUE}.")
  private DeadLetterChoice deadLetters = DeadLetterChoice.KEEP;

  @Option(
      names = "--drain-timeout",
      paramLabel = "TIME",
      description = "How long to wait for the routers; default: ${DEFAULT-VALUE}.")
  private String drainTimeout = "2m";

  @Option(
      names = "--no-drain",
      description =
          "Don't wait: events of the client that are in flight become dead letters instead of rows.")
  private boolean noDrain;

  /** For {@code --dead-letters}. */
  enum DeadLetterChoice {
    KEEP,
    DISCARD
  }

  @Override
  public Integer call() {
    if (due == (id != null)) {
      throw CommandFailure.usage("Name one client, or say --due.");
    }
    if (!due && !dryRun && !String.valueOf(id).equals(confirm)) {
      throw CommandFailure.usage(
          "This drops the data of %s for good; repeat its id with --confirm %1$s, or look first with --dry-run."
              .formatted(id));
    }
    return job.run(app -> {
      Deprovisioner deprovisioner = app.deprovisioner();
      return due ? runDue(deprovisioner) : runOne(deprovisioner, String.valueOf(id), new Halt());
    });
  }

  private DeprovisionRequest request(String clientId) {
    return new DeprovisionRequest(
        clientId,
        JobOptions.duration("--after", after),
        noDrain ? null : JobOptions.duration("--drain-timeout", drainTimeout),
        due && export != null ? export.resolve(clientId) : export,
        format,
        deadLetters == DeadLetterChoice.DISCARD);
  }

  private int runOne(Deprovisioner deprovisioner, String clientId, Halt halt)
      throws SQLException, StepFailed {
    DeprovisionRequest request = request(clientId);
    DeprovisionReport report =
        dryRun ? deprovisioner.forecast(request) : deprovisioner.run(request, halt, this::progress);
    var _ = output.show(report, out -> print(out, report));
    return report.notices().isEmpty() ? ExitCode.DONE : ExitCode.PARTLY;
  }

  private int runDue(Deprovisioner deprovisioner) throws SQLException, StepFailed {
    List<String> clients = deprovisioner.due();
    NotTried closing = new NotTried();
    Halt halt = new Halt();
    int failed = 0;
    boolean partly = false;
    for (String clientId : clients) {
      String why = halt.why();
      if (why != null) {
        closing.add(clientId, why);
        continue;
      }
      try {
        partly |= runOne(deprovisioner, clientId, halt) != ExitCode.DONE;
      } catch (StepFailed e) {
        if (e.notTried()) {
          closing.add(clientId, e.reason());
          continue;
        }
        failed++;
        output.err().println(clientId + ": FAILED, " + e.reason());
      } catch (SQLException e) {
        failed++;
        // The others would fail by the same, each after its time-out.
        halt.everywhere("PostgreSQL: " + StepFailed.firstLine(e));
        output.err().println(clientId + ": FAILED, " + halt.why());
      }
    }
    output.err().println("%d due, %d failed".formatted(clients.size(), failed));
    if (!closing.isEmpty() || (failed > 0 && CommandRun.current().interrupted())) {
      int left = closing.size() + failed;
      throw closing.failure(
          clients.size() - left,
          clients.size(),
          ExitCode.of(left, clients.size()),
          "./penstock clients deprovision --due");
    }
    return failed == 0 && partly ? ExitCode.PARTLY : ExitCode.of(failed, clients.size());
  }

  private String told = "";

  private void progress(String line) {
    if (!line.equals(told)) {
      told = line;
      output.err().println(line);
      output.err().flush();
    }
  }

  static void print(PrintWriter out, DeprovisionReport report) {
    switch (report.state()) {
      case UNCHANGED -> out.println(report.clientId() + " is deprovisioned already");
      case WAITING ->
          out.println(
              "%s: its events are refused; its data goes when this is run again after %s (or by --due); until then: ./penstock clients resume %1$s"
                  .formatted(report.clientId(), report.until()));
      case FORECAST -> {
        out.println("This would happen; nothing was changed:");
        printDetails(out, report, "would go", "to be revoked");
      }
      case DEPROVISIONED -> {
        out.println(report.clientId() + " is deprovisioned:");
        printDetails(out, report, "are gone", "revoked");
      }
    }
    report.notices().forEach(notice -> out.println("note:         " + notice));
  }

  private static void printDetails(
      PrintWriter out, DeprovisionReport report, String events, String keys) {
    out.println("client:       " + report.clientId());
    out.println(
        "database:     %s on %s, %,d events (%,d bytes) %s"
            .formatted(
                report.database(), report.target(), report.events(), report.bytes(), events));
    report.exported().forEach(file -> out.println("export:       " + file));
    out.println("keys:         " + report.keysRevoked() + " " + keys);
    out.println(
        "dead letters: "
            + (report.deadLettersDiscarded() ? "discarded: " : "kept: ")
            + report.deadLetters());
  }
}
