package io.penstock.provisioning.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Json;
import io.penstock.core.cli.OutputOption;
import io.penstock.core.config.DataSize;
import io.penstock.provisioning.client.ReaderGrant;
import io.penstock.provisioning.target.ReaderAccess;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./penstock clients access}. */
@Command(
    name = "access",
    mixinStandardHelpOptions = true,
    description = {
      "Gives a client's analysts a ClickHouse user that reads its database and nothing else, and prints the password, this once.",
      "Run again, it sets a new password and the limits named."
    })
final class AccessCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private JobOptions job = new JobOptions();
  @Mixin private OutputOption output = new OutputOption();

  @Parameters(paramLabel = "ID", description = "The client's id.")
  private String id = "";

  @Option(names = "--revoke", description = "Drop the user instead.")
  private boolean revoke;

  @Option(
      names = "--max-memory",
      paramLabel = "SIZE",
      defaultValue = "4GiB",
      description = "Of one query; default: ${DEFAULT-VALUE}.")
  private String maxMemory = "4GiB";

  @Option(
      names = "--max-time",
      paramLabel = "TIME",
      defaultValue = "1m",
      description = "Of one query; default: ${DEFAULT-VALUE}.")
  private String maxTime = "1m";

  @Option(
      names = "--max-rows",
      paramLabel = "N",
      defaultValue = "1000000000",
      description = "That one query may read; default: ${DEFAULT-VALUE}.")
  private long maxRows = 1_000_000_000;

  @Option(
      names = "--max-queries",
      paramLabel = "N",
      defaultValue = "10000",
      description = "In an hour; default: ${DEFAULT-VALUE}.")
  private int maxQueries = 10_000;

  @Override
  public Integer call() {
    ReaderAccess.Limits limits = limits();
    return job.run(app -> {
      ReaderGrant grant = revoke ? app.readers().drop(id) : app.readers().grant(id, limits);
      return print(grant);
    });
  }

  private ReaderAccess.Limits limits() {
    Duration time = Lifetime.parse("--max-time", maxTime);
    if (time == null || time.toSeconds() < 1 || maxRows < 1 || maxQueries < 1) {
      throw CommandFailure.usage("--max-time, --max-rows and --max-queries must be positive");
    }
    try {
      return new ReaderAccess.Limits(DataSize.parse(maxMemory), time, maxRows, maxQueries);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage("--max-memory " + maxMemory + " " + e.getMessage());
    }
  }

  int print(ReaderGrant grant) {
    PrintWriter out = spec.commandLine().getOut();
    boolean supported = grant.outcome() == ReaderAccess.Outcome.DONE;
    if (output.json()) {
      out.println(
          Json.objectWithSecrets(json -> {
            json.writeStringField("clientId", grant.clientId());
            json.writeStringField("user", grant.user());
            json.writeBooleanField("supported", supported);
            if (supported && grant.password() != null) {
              json.writeStringField("password", grant.password().reveal());
            }
          }));
    } else if (!supported) {
      out.println(
          "Skipped: this ClickHouse has no SQL access management, or Penstock's user there has no right to it.");
    } else if (grant.password() == null) {
      out.println("The user " + grant.user() + " is gone.");
    } else {
      out.println("user:     " + grant.user());
      out.println("password: " + grant.password().reveal());
      out.println();
      out.println("The password is not shown again.");
    }
    out.flush();
    return ExitCode.DONE;
  }
}
