package io.penstock.provisioning.command;

import com.fasterxml.jackson.core.JsonGenerator;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Home;
import io.penstock.core.cli.Json;
import io.penstock.core.cli.OutputOption;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.Durations;
import io.penstock.provisioning.client.ClientDetails;
import io.penstock.provisioning.client.CreateOutcome;
import io.penstock.provisioning.client.NewClient;
import io.penstock.provisioning.client.ProvisionOutcome;
import io.penstock.provisioning.client.Provisioner;
import io.penstock.provisioning.schema.Migration;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./penstock clients create|list|show|provision}. */
@Command(
    name = "clients",
    mixinStandardHelpOptions = true,
    subcommands = ListCommand.class,
    description = "Creates clients, makes them active, and shows them.")
public final class ClientsCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Say which: create, list, show or provision.");
  }

  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description = "Creates a pending client and prints its API key, this once.")
  int create(
      @Mixin JobOptions job,
      @Mixin OutputOption output,
      @Option(names = "--name", required = true, description = "For people; unique.") String name,
      @Option(names = "--id", description = "What events say; default: made from the name.")
          @Nullable String id,
      @Option(names = "--database", description = "In ClickHouse; default: client_ and the id.")
          @Nullable String database,
      @Option(
              names = "--target",
              defaultValue = ClickHouseConfig.TARGET,
              description = "Which ClickHouse; default: ${DEFAULT-VALUE}.")
          String target,
      @Option(
              names = "--retention-days",
              defaultValue = "" + NewClient.DEFAULT_RETENTION_DAYS,
              description = "How long events are kept; default: ${DEFAULT-VALUE}.")
          int retentionDays,
      @Option(
              names = "--expires",
              description = "When the key ends, from now: 12h, 90d; default: never.")
          @Nullable String expires) {
    NewClient client = new NewClient(name, id, database, target, retentionDays, lifetime(expires));
    return job.run(app -> {
      requireKnownTarget(target, app.targets().names());
      return switch (app.registry().create(client)) {
        case CreateOutcome.Created created -> {
          print(created, output.json());
          yield ExitCode.DONE;
        }
        case CreateOutcome.Taken(String message) -> throw CommandFailure.usage(message);
        case CreateOutcome.Invalid(List<String> problems) ->
            throw CommandFailure.usage(String.join(System.lineSeparator(), problems));
      };
    });
  }

  private static void requireKnownTarget(String target, Collection<String> known) {
    if (!known.contains(target)) {
      throw CommandFailure.usage(
          "There is no ClickHouse target \"%s\"; there is \"%s\"."
              .formatted(target, String.join("\", \"", known)));
    }
  }

  private static @Nullable Duration lifetime(@Nullable String expires) {
    try {
      return expires == null ? null : Durations.parse(expires);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage("--expires " + expires + " " + e.getMessage());
    }
  }

  private void print(CreateOutcome.Created created, boolean json) {
    NewClient client = created.client();
    PrintWriter out = spec.commandLine().getOut();
    if (created.warning() != null) {
      spec.commandLine()
          .getErr()
          .println(
              "Routers were not told (" + created.warning() + "); they notice within a minute.");
    }
    if (json) {
      out.println(
          Json.object(fields -> {
            fields.writeStringField("clientId", client.id());
            fields.writeStringField("name", client.name());
            fields.writeStringField("status", "pending");
            fields.writeStringField("database", client.database());
            fields.writeStringField("target", client.target());
            fields.writeNumberField("retentionDays", client.retentionDays());
            fields.writeStringField("apiKey", created.apiKey().reveal());
            fields.writeStringField("apiKeyHash", created.apiKeyHash().toHex());
          }));
    } else {
      out.println("client_id:    " + client.id());
      out.println("database:     " + client.database() + " on " + client.target());
      out.println("API key:      " + created.apiKey().reveal());
      out.println(
          "api_key_hash: "
              + created.apiKeyHash().toHex()
              + " (SHA-256 of the key, as events carry it)");
      out.println();
      out.println(
          "The key is not shown again. The client is pending; next: ./penstock clients provision");
    }
    out.flush();
  }

  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Shows a client, its keys, migrations and latest audit entries.")
  int show(
      @Mixin JobOptions job,
      @Mixin OutputOption output,
      @Parameters(paramLabel = "ID", description = "The client's id.") String id) {
    return job.run(app -> {
      ClientDetails client =
          app.registry()
              .show(id)
              .orElseThrow(() -> CommandFailure.failed("There is no client \"" + id + "\".", null));
      PrintWriter out = spec.commandLine().getOut();
      if (output.json()) {
        out.println(Json.object(json -> ClientPrinter.writeDetails(json, client)));
      } else {
        ClientPrinter.printDetails(out, client);
      }
      out.flush();
      return ExitCode.DONE;
    });
  }

  @Command(
      name = "provision",
      mixinStandardHelpOptions = true,
      description =
          "Makes pending clients active: database, tables, notice to the routers. Safe to repeat.")
  int provision(
      @Mixin JobOptions job,
      @Mixin OutputOption output,
      @Option(
              names = "--client",
              paramLabel = "ID",
              description = "Only this one; default: all that are pending.")
          @Nullable String clientId,
      @Option(
              names = "--parallel",
              paramLabel = "N",
              defaultValue = "4",
              description = "Clients at once; default: ${DEFAULT-VALUE}.")
          int parallelism) {
    Path home = Home.find();
    return job.run(app -> {
      Provisioner provisioner = app.provisioner(Migration.folder(home));
      List<ProvisionOutcome> outcomes;
      if (clientId == null) {
        outcomes = provisioner.provisionPending(parallelism, this::report);
      } else {
        ProvisionOutcome outcome = provisioner.provision(clientId);
        report(outcome);
        outcomes = List.of(outcome);
      }
      return summarise(outcomes, output.json());
    });
  }

  private void report(ProvisionOutcome outcome) {
    String line =
        switch (outcome) {
          case ProvisionOutcome.Provisioned done ->
              "%s: active, database %s, migrations applied: %d, %d ms%s"
                  .formatted(
                      done.clientId(),
                      done.database(),
                      done.migrations(),
                      done.tookMillis(),
                      done.warning() == null
                          ? ""
                          : "; routers were not told (" + done.warning() + ")");
          case ProvisionOutcome.Unchanged(String id, String why) -> id + ": unchanged, " + why;
          case ProvisionOutcome.Failed(String id, String reason) -> id + ": FAILED, " + reason;
        };
    spec.commandLine().getErr().println(line);
  }

  private int summarise(List<ProvisionOutcome> outcomes, boolean json) {
    long provisioned =
        outcomes.stream().filter(ProvisionOutcome.Provisioned.class::isInstance).count();
    List<ProvisionOutcome.Failed> failed =
        outcomes.stream()
            .filter(ProvisionOutcome.Failed.class::isInstance)
            .map(ProvisionOutcome.Failed.class::cast)
            .toList();
    long unchanged = outcomes.size() - provisioned - failed.size();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.object(fields -> writeSummary(fields, provisioned, unchanged, failed)));
    } else {
      out.println(
          "%d provisioned, %d unchanged, %d failed"
              .formatted(provisioned, unchanged, failed.size()));
    }
    out.flush();
    if (failed.isEmpty()) {
      return ExitCode.DONE;
    }
    return failed.size() == outcomes.size() ? ExitCode.FAILED : ExitCode.PARTLY;
  }

  private static void writeSummary(
      JsonGenerator json, long provisioned, long unchanged, List<ProvisionOutcome.Failed> failed)
      throws IOException {
    json.writeNumberField("provisioned", provisioned);
    json.writeNumberField("unchanged", unchanged);
    json.writeNumberField("failed", failed.size());
    json.writeArrayFieldStart("failures");
    for (ProvisionOutcome.Failed failure : failed) {
      json.writeStartObject();
      json.writeStringField("clientId", failure.clientId());
      json.writeStringField("reason", failure.reason());
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
