package io.penstock.provisioning.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.Shows;
import io.penstock.core.config.DataSize;
import io.penstock.core.config.Secret;
import io.penstock.provisioning.client.ReaderGrant;
import io.penstock.provisioning.target.ReaderAccess;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./penstock clients access}. */
@Command(
    name = "access",
    description = {
      "Gives a client's analysts a ClickHouse user that reads its database and nothing else, and prints the password, this once.",
      "Run again, it sets a new password and the limits named."
    })
@Shows(AccessCommand.Access.class)
final class AccessCommand extends JobCommand.OnClient {
  @Option(names = "--revoke", description = "Drop the user instead.")
  private boolean revoke;

  @Option(
      names = "--max-memory",
      paramLabel = "SIZE",
      description = "Of one query; default: ${DEFAULT-VALUE}.")
  private String maxMemory = "4GiB";

  @Option(
      names = "--max-time",
      paramLabel = "TIME",
      description = "Of one query; default: ${DEFAULT-VALUE}.")
  private String maxTime = "1m";

  @Option(
      names = "--max-rows",
      paramLabel = "N",
      description = "That one query may read; default: ${DEFAULT-VALUE}.")
  private long maxRows = 1_000_000_000;

  @Option(
      names = "--max-queries",
      paramLabel = "N",
      description = "In an hour; default: ${DEFAULT-VALUE}.")
  private int maxQueries = 10_000;

  /**
   * A user of a client's analysts.
   *
   * @param user its name in ClickHouse
   * @param supported whether ClickHouse lets Penstock manage users
   * @param password shown this once; null: the user is gone, or not supported
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Access(String clientId, String user, boolean supported, @Nullable String password) {}

  @Override
  public Integer call() {
    ReaderAccess.Limits limits = limits();
    return job.run(app -> {
      ReaderGrant grant = revoke ? app.readers().drop(id) : app.readers().grant(id, limits);
      return show(grant);
    });
  }

  private ReaderAccess.Limits limits() {
    Duration time = JobOptions.duration("--max-time", maxTime);
    if (time == null || time.toSeconds() < 1 || maxRows < 1 || maxQueries < 1) {
      throw CommandFailure.usage("--max-time, --max-rows and --max-queries must be positive");
    }
    try {
      return new ReaderAccess.Limits(DataSize.parse(maxMemory), time, maxRows, maxQueries);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage("--max-memory " + maxMemory + " " + e.getMessage());
    }
  }

  int show(ReaderGrant grant) {
    boolean supported = grant.outcome() == ReaderAccess.Outcome.DONE;
    Secret password = supported ? grant.password() : null;
    Access view =
        new Access(
            grant.clientId(), grant.user(), supported, password == null ? null : password.reveal());
    return output.showSecret(
        view,
        out -> {
          if (!supported) {
            out.println(
                "Skipped: this ClickHouse has no SQL access management, or Penstock's user there has no right to it.");
          } else if (view.password == null) {
            out.println("The user " + view.user + " is gone.");
          } else {
            out.println("user:     " + view.user);
            out.println("password: " + view.password);
            out.println();
            out.println("The password is not shown again.");
          }
        });
  }
}
