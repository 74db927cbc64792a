package io.penstock.provisioning.command;

import static java.util.stream.Collectors.joining;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.Shows;
import io.penstock.core.cli.Table;
import io.penstock.core.client.KeyMask;
import io.penstock.provisioning.job.Job;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ./penstock clients jobs}. */
@Command(
    name = "jobs",
    description = "Shows which provisionings and deprovisionings are open, and how far they are.")
@Shows(JobsCommand.Shown.class)
final class JobsCommand extends ReadCommand {
  @Parameters(paramLabel = "ID", arity = "0..1", description = "Only this client's.")
  private @Nullable String id;

  @Option(names = "--all", description = "Also those that have ended.")
  private boolean all;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100",
      description = "The newest N; default: ${DEFAULT-VALUE}.")
  private int limit = 100;

  /**
   * Jobs on clients.
   *
   * @param jobs newest first
   */
  record Shown(List<Job.Seen> jobs) {}

  @Override
  public Integer call() {
    if (limit < 1) {
      throw CommandFailure.usage("--limit " + limit + " is not positive");
    }
    return job.run(app -> {
      String client = id;
      if (client != null) {
        var _ = ClientPrinter.details(app, client);
      }
      return show(new Shown(app.jobs(client, all, limit)));
    });
  }

  int show(Shown view) {
    return output.show(
        view,
        out -> {
          Table table =
              new Table(
                  "client_id",
                  "job",
                  "step",
                  "state",
                  "progress",
                  "by",
                  "begun",
                  "updated",
                  "problem");
          for (Job.Seen seen : view.jobs) {
            Job job = seen.job();
            table.row(
                job.clientId(),
                job.kind().text(),
                job.step(),
                state(seen),
                progress(job),
                job.actor(),
                ClientPrinter.shown(job.startedAt()),
                ClientPrinter.shown(job.updatedAt()),
                job.error() == null ? "" : job.error());
          }
          table.whole("client_id").print(out, output.columns());
        });
  }

  /** An open job, in one line. */
  static String line(Job.Seen seen) {
    Job job = seen.job();
    return KeyMask.mask(
        "%s at %s, %s, by %s, updated %s%s"
            .formatted(
                job.kind().text(),
                job.step(),
                state(seen),
                job.actor(),
                ClientPrinter.shown(job.updatedAt()),
                job.error() == null ? "" : ": " + job.error()));
  }

  private static String state(Job.Seen seen) {
    Job.Outcome outcome = seen.job().outcome();
    if (outcome == null) {
      return seen.inWork() ? "in work" : seen.job().error() == null ? "open" : "stopped";
    }
    return switch (outcome) {
      case DONE -> "done";
      case TAKEN_BACK -> "taken back";
    };
  }

  private static String progress(Job job) {
    Stream<String> counts =
        job.progress().entrySet().stream().map(one -> one.getKey() + " " + one.getValue());
    Stream<String> files =
        job.files().isEmpty() ? Stream.of() : Stream.of("files " + job.files().size());
    return Stream.concat(counts, files).collect(joining(", "));
  }
}
