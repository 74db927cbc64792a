package io.penstock.provisioning.command;

import com.fasterxml.jackson.core.JsonGenerator;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Home;
import io.penstock.core.cli.Json;
import io.penstock.core.cli.OutputOption;
import io.penstock.core.cli.ProgressBar;
import io.penstock.core.config.ConfigKeys;
import io.penstock.core.config.HttpConfig;
import io.penstock.core.observe.DeadThread;
import io.penstock.core.observe.Health;
import io.penstock.core.observe.ObserveServer;
import io.penstock.core.run.CommandRun;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.client.PendingWatch;
import io.penstock.provisioning.client.ProvisionOutcome;
import io.penstock.provisioning.client.Provisioner;
import io.penstock.provisioning.schema.Migration;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./penstock clients provision}. */
@Command(
    name = "provision",
    mixinStandardHelpOptions = true,
    description =
        "Makes pending clients active: database, tables, notice to the routers. Safe to repeat.")
final class ProvisionCommand implements Callable<Integer> {
  private static final int MAX_PARALLEL = 64;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private JobOptions job = new JobOptions();
  @Mixin private OutputOption output = new OutputOption();

  @Option(
      names = "--client",
      paramLabel = "ID",
      description = "Only this one; default: all that are pending.")
  private @Nullable String clientId;

  @Option(
      names = "--parallel",
      paramLabel = "N",
      defaultValue = "4",
      description =
          "Clients at once, at most penstock.postgres.pool.size; default: ${DEFAULT-VALUE}.")
  private int parallelism = 4;

  @Option(
      names = "--watch",
      description = "Stay, and provision clients as they are created; serves metrics and health.")
  private boolean watch;

  @Override
  public Integer call() {
    if (parallelism < 1 || parallelism > MAX_PARALLEL) {
      throw CommandFailure.usage("--parallel " + parallelism + " is not from 1 to " + MAX_PARALLEL);
    }
    if (watch && clientId != null) {
      throw CommandFailure.usage("Say either --client or --watch.");
    }
    return job.run(
        reader -> HttpConfig.from(reader, ConfigKeys.PROVISION_HTTP_PORT),
        (app, http) -> {
          Provisioner provisioner = app.provisioner(Migration.folder(Home.find()));
          return watch ? watch(app, provisioner, http) : provisionNow(app, provisioner);
        });
  }

  private int provisionNow(ProvisioningApp app, Provisioner provisioner) throws SQLException {
    int atOnce = AtOnce.bounded(parallelism, app.connections(), spec.commandLine().getErr());
    List<String> clients = clientId == null ? provisioner.pending() : List.of(clientId);
    try (ProgressBar bar =
        new ProgressBar(spec.commandLine().getErr(), "clients", clients.size())) {
      List<ProvisionOutcome> outcomes =
          provisioner.provision(
              clients,
              atOnce,
              outcome -> {
                if (!(outcome instanceof ProvisionOutcome.NotTried)) {
                  bar.message(text(outcome));
                  bar.step();
                }
              });
      bar.close();
      return summarise(outcomes);
    }
  }

  /** Until the process is told to end; a client in work then is completed by the next run. */
  private int watch(ProvisioningApp app, Provisioner provisioner, HttpConfig http) {
    DeadThread.endsTheProcess();
    CommandRun.current().stays();
    PrintWriter err = spec.commandLine().getErr();
    // The watch listens on a connection of its own.
    int atOnce = Math.min(parallelism, app.connections() - 1);
    if (atOnce < 1) {
      throw CommandFailure.usage("--watch needs a penstock.postgres.pool.size of 2 at least.");
    }
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    PendingWatch pending =
        app.pendingWatch(
            provisioner,
            outcome -> {
              if (outcome instanceof ProvisionOutcome.NotTried) {
                return;
              }
              registry
                  .counter(
                      "penstock.provisioned.clients",
                      "outcome",
                      outcome instanceof ProvisionOutcome.Failed ? "failed" : "done")
                  .increment();
              err.println(text(outcome));
              err.flush();
            },
            line -> {
              err.println(line);
              err.flush();
            });
    try (ObserveServer server =
        new ObserveServer(http, registry, () -> Health.GOOD, pending::ready)) {
      err.println(
          "Waiting for pending clients; metrics and health on port "
              + server.port()
              + ". Ctrl-C ends.");
      err.flush();
      pending.run(atOnce, CommandRun.current()::interrupted);
    } catch (IOException cannotServe) {
      throw CommandFailure.failed(String.valueOf(cannotServe.getMessage()), cannotServe);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return ExitCode.DONE;
  }

  private static String text(ProvisionOutcome outcome) {
    return switch (outcome) {
      case ProvisionOutcome.Provisioned done ->
          "%s: active, database %s, migrations applied: %d, %d ms; %s"
              .formatted(
                  done.clientId(),
                  done.database(),
                  done.migrations(),
                  done.tookMillis(),
                  done.announcement());
      case ProvisionOutcome.Unchanged(String id, String why, boolean _) ->
          id + ": unchanged, " + why;
      case ProvisionOutcome.Failed(String id, String reason) -> id + ": FAILED, " + reason;
      case ProvisionOutcome.NotTried(String id, String why) -> id + ": not tried, " + why;
    };
  }

  int summarise(List<ProvisionOutcome> outcomes) {
    long provisioned =
        outcomes.stream().filter(ProvisionOutcome.Provisioned.class::isInstance).count();
    List<ProvisionOutcome.Failed> failed =
        outcomes.stream()
            .filter(ProvisionOutcome.Failed.class::isInstance)
            .map(ProvisionOutcome.Failed.class::cast)
            .toList();
    List<ProvisionOutcome.NotTried> notTried =
        outcomes.stream()
            .filter(ProvisionOutcome.NotTried.class::isInstance)
            .map(ProvisionOutcome.NotTried.class::cast)
            .toList();
    long unchanged = outcomes.size() - provisioned - failed.size() - notTried.size();
    PrintWriter out = spec.commandLine().getOut();
    if (!output.json()) {
      out.println(
          "%d provisioned, %d unchanged, %d failed%s"
              .formatted(
                  provisioned,
                  unchanged,
                  failed.size(),
                  notTried.isEmpty() ? "" : ", %d not tried".formatted(notTried.size())));
      out.flush();
    }
    if (!notTried.isEmpty()) {
      NotTried closing = new NotTried();
      notTried.forEach(one -> closing.add(one.clientId(), one.why()));
      throw closing.failure(
          provisioned + unchanged,
          outcomes.size(),
          ExitCode.of(failed.size() + notTried.size(), outcomes.size()),
          "./penstock clients provision",
          fields -> write(fields, provisioned, unchanged, failed, notTried));
    }
    if (output.json()) {
      out.println(Json.object(fields -> write(fields, provisioned, unchanged, failed, notTried)));
      out.flush();
    }
    if (failed.isEmpty()) {
      return outcomes.stream().allMatch(ProvisionCommand::told) ? ExitCode.DONE : ExitCode.PARTLY;
    }
    return ExitCode.of(failed.size(), outcomes.size());
  }

  private static boolean told(ProvisionOutcome outcome) {
    return switch (outcome) {
      case ProvisionOutcome.Provisioned done -> done.announcement().warning() == null;
      case ProvisionOutcome.Unchanged unchanged -> unchanged.told();
      case ProvisionOutcome.Failed _, ProvisionOutcome.NotTried _ -> false;
    };
  }

  private static void write(
      JsonGenerator json,
      long provisioned,
      long unchanged,
      List<ProvisionOutcome.Failed> failed,
      List<ProvisionOutcome.NotTried> notTried)
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
    json.writeArrayFieldStart("notTried");
    for (ProvisionOutcome.NotTried one : notTried) {
      json.writeString(one.clientId());
    }
    json.writeEndArray();
  }
}
