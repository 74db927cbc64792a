package io.penstock.provisioning.command;

import io.micrometer.core.instrument.Counter;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Home;
import io.penstock.core.cli.ProgressBar;
import io.penstock.core.cli.Shows;
import io.penstock.core.config.ConfigKeys;
import io.penstock.core.config.HttpConfig;
import io.penstock.core.metrics.Meters;
import io.penstock.core.metrics.Metric;
import io.penstock.core.metrics.ProcessMetrics;
import io.penstock.core.observe.DeadThread;
import io.penstock.core.observe.Health;
import io.penstock.core.observe.ObserveServer;
import io.penstock.core.observe.ServiceLog;
import io.penstock.core.run.CommandRun;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.canary.Canary;
import io.penstock.provisioning.canary.CanaryConfig;
import io.penstock.provisioning.client.PendingWatch;
import io.penstock.provisioning.client.ProvisionOutcome;
import io.penstock.provisioning.client.Provisioner;
import io.penstock.provisioning.schema.Migration;
import io.penstock.provisioning.state.StateWatch;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./penstock clients provision}. */
@Command(
    name = "provision",
    description =
        "Makes pending clients active: database, tables, notice to the routers. Safe to repeat.")
@Shows(ProvisionCommand.Provisioned.class)
final class ProvisionCommand extends JobCommand {
  private static final int MAX_PARALLEL = 64;

  @Option(
      names = "--client",
      paramLabel = "ID",
      description = "Only this one; default: all that are pending.")
  private @Nullable String clientId;

  @Option(
      names = "--parallel",
      paramLabel = "N",
      description =
          "Clients at once, at most penstock.postgres.pool.size; default: ${DEFAULT-VALUE}.")
  private int parallelism = 4;

  @Option(
      names = "--watch",
      description = "Stay, and provision clients as they are created; serves metrics and health.")
  private boolean watch;

  /**
   * What came of it.
   *
   * @param provisioned how many clients are active now
   * @param unchanged how many there was nothing to do for
   * @param failed how many stay pending
   * @param failures these, and why
   * @param notTried clients that the run stopped before
   */
  record Provisioned(
      int provisioned,
      int unchanged,
      int failed,
      List<ProvisionOutcome.Failed> failures,
      List<String> notTried) {
    static Provisioned of(List<ProvisionOutcome> outcomes) {
      List<ProvisionOutcome.Failed> failed =
          ProvisionCommand.of(ProvisionOutcome.Failed.class, outcomes);
      return new Provisioned(
          ProvisionCommand.of(ProvisionOutcome.Provisioned.class, outcomes).size(),
          ProvisionCommand.of(ProvisionOutcome.Unchanged.class, outcomes).size(),
          failed.size(),
          failed,
          ProvisionCommand.of(ProvisionOutcome.NotTried.class, outcomes).stream()
              .map(ProvisionOutcome.NotTried::clientId)
              .toList());
    }
  }

  /**
   * What {@code --watch} needs besides.
   *
   * @param canary null: there is to be none
   */
  private record WatchConfig(HttpConfig http, @Nullable CanaryConfig canary) {}

  @Override
  public Integer call() {
    if (parallelism < 1 || parallelism > MAX_PARALLEL) {
      throw CommandFailure.usage("--parallel " + parallelism + " is not from 1 to " + MAX_PARALLEL);
    }
    if (watch && clientId != null) {
      throw CommandFailure.usage("Say either --client or --watch.");
    }
    return job.run(
        reader ->
            new WatchConfig(
                HttpConfig.from(reader, ConfigKeys.PROVISION_HTTP_PORT), CanaryConfig.from(reader)),
        (app, config) -> {
          Provisioner provisioner = app.provisioner(Migration.folder(Home.find()));
          return watch ? watch(app, provisioner, config) : provisionNow(app, provisioner);
        });
  }

  private int provisionNow(ProvisioningApp app, Provisioner provisioner) throws SQLException {
    int atOnce = atOnce(parallelism, app);
    List<String> clients = clientId == null ? provisioner.pending() : List.of(clientId);
    try (ProgressBar bar = new ProgressBar(output.err(), "clients", clients.size())) {
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

  /**
   * Watches until the process is told to end; the next run completes a client that was in work
   * then.
   */
  private int watch(ProvisioningApp app, Provisioner provisioner, WatchConfig config) {
    ServiceLog lines =
        new ServiceLog(
            "penstock-provision-watch", output.err(), CommandRun.current().environment());
    DeadThread.endsTheProcess(lines);
    CommandRun.current().stays(lines::failed);
    // The watch listens on a connection of its own, and the canary must not wait for clients.
    int others = config.canary == null ? 1 : 2;
    int atOnce = Math.min(parallelism, app.connections() - others);
    if (atOnce < 1) {
      throw CommandFailure.usage(
          "--watch%s needs a penstock.postgres.pool.size of %d at least."
              .formatted(config.canary == null ? "" : " with penstock.canary=on", others + 1));
    }
    Meters meters = new Meters();
    app.measuredBy(meters);
    Counter done = meters.counter(Metric.PROVISIONED_CLIENTS, "done");
    Counter failed = meters.counter(Metric.PROVISIONED_CLIENTS, "failed");
    PendingWatch pending =
        app.pendingWatch(
            provisioner,
            outcome -> {
              if (outcome instanceof ProvisionOutcome.NotTried) {
                return;
              }
              (outcome instanceof ProvisionOutcome.Failed ? failed : done).increment();
              lines.info(text(outcome));
            },
            lines::info);
    try (ProcessMetrics _ = new ProcessMetrics(meters);
        Canary canary =
            config.canary == null ? null : app.canary(config.canary, meters, lines::info);
        StateWatch state = app.stateWatch(meters);
        ObserveServer server =
            new ObserveServer(
                config.http,
                meters.registry(),
                () -> Health.GOOD,
                () -> {
                  Health ready = pending.ready().and(state.problems());
                  return canary == null ? ready : ready.and(canary.problems());
                })) {
      lines.info(
          "Waiting for pending clients; metrics and health on port "
              + server.port()
              + ". Ctrl-C ends.");
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
    Provisioned view = Provisioned.of(outcomes);
    boolean whole = view.notTried.isEmpty();
    if (whole || !output.json()) {
      var _ =
          output.show(
              view,
              out ->
                  out.println(
                      "%d provisioned, %d unchanged, %d failed%s"
                          .formatted(
                              view.provisioned,
                              view.unchanged,
                              view.failed,
                              whole ? "" : ", %d not tried".formatted(view.notTried.size()))));
    }
    if (!whole) {
      NotTried closing = new NotTried();
      of(ProvisionOutcome.NotTried.class, outcomes)
          .forEach(one -> closing.add(one.clientId(), one.why()));
      throw closing
          .failure(
              view.provisioned + view.unchanged,
              outcomes.size(),
              ExitCode.of(view.failed + view.notTried.size(), outcomes.size()),
              "./penstock clients provision")
          .result(view);
    }
    if (view.failed == 0) {
      return outcomes.stream().allMatch(ProvisionCommand::told) ? ExitCode.DONE : ExitCode.PARTLY;
    }
    return ExitCode.of(view.failed, outcomes.size());
  }

  private static <T extends ProvisionOutcome> List<T> of(
      Class<T> kind, List<ProvisionOutcome> outcomes) {
    return outcomes.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  private static boolean told(ProvisionOutcome outcome) {
    return switch (outcome) {
      case ProvisionOutcome.Provisioned done -> done.announcement().warning() == null;
      case ProvisionOutcome.Unchanged unchanged -> unchanged.told();
      case ProvisionOutcome.Failed _, ProvisionOutcome.NotTried _ -> false;
    };
  }
}
