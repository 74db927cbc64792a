package io.penstock.provisioning.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.penstock.core.cli.Shows;
import io.penstock.core.metadata.ClientRow;
import io.penstock.provisioning.client.ClientDetails;
import io.penstock.provisioning.job.Job;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code ./penstock clients show}. */
@Command(
    name = "show",
    description = "Shows a client, its open jobs, keys, migrations and latest audit entries.")
@Shows(ShowCommand.Shown.class)
final class ShowCommand extends ReadCommand {
  @Parameters(paramLabel = "ID", description = "The client's id.")
  private String id = "";

  /**
   * A client, and what was done to it.
   *
   * @param deprovisionAt until when its deprovisioning can be taken back; null: no such time was
   *     given
   * @param jobs that are open; "clients jobs" shows those that have ended, too
   * @param keys all, newest first
   * @param migrations what was applied to its database, in order
   * @param audit its latest audit entries, newest first
   */
  record Shown(
      @JsonUnwrapped ClientView client,
      Instant updatedAt,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Instant deprovisionAt,
      List<Job.Seen> jobs,
      List<ClientDetails.Key> keys,
      List<ClientDetails.Applied> migrations,
      List<ClientDetails.Audit> audit) {}

  @Override
  public Integer call() {
    return job.run(app -> show(ClientPrinter.details(app, id)));
  }

  int show(ClientDetails client) {
    ClientRow row = client.summary();
    return output.show(
        new Shown(
            ClientView.of(row),
            row.updatedAt(),
            row.deprovisionAt(),
            client.jobs(),
            client.keys(),
            client.migrations(),
            client.audit()),
        out -> ClientPrinter.printDetails(out, client, output.columns()));
  }
}
