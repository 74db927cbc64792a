package io.penstock.provisioning.client;

import static io.penstock.provisioning.client.DeprovisionReport.State;

import io.penstock.core.client.ClientStatus;
import io.penstock.core.config.Durations;
import io.penstock.core.metadata.ClientRow;
import io.penstock.core.metadata.Sql;
import io.penstock.core.run.CommandRun;
import io.penstock.provisioning.client.Remains.Size;
import io.penstock.provisioning.job.ClientLock;
import io.penstock.provisioning.job.Halt;
import io.penstock.provisioning.job.Job;
import io.penstock.provisioning.job.JobRun;
import io.penstock.provisioning.job.JobTools;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.target.ClickHouseServer;
import io.penstock.provisioning.target.ClickHouseTargets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Ends clients: refuses their events, waits for what is in flight, exports and drops their data,
 * revokes their keys. A job of named steps, which the run after one that was killed goes on with.
 * Thread-safe.
 */
public final class Deprovisioner {
  private final JobTools tools;
  private final ClickHouseTargets targets;
  private final Deprovisioning.Means means;

  /** Does not own what it is given. */
  public Deprovisioner(
      JobTools tools, ClickHouseTargets targets, RoutersConfig routers, Announcer announcer) {
    this.tools = tools;
    this.targets = targets;
    this.means = new Deprovisioning.Means(tools, routers, announcer);
  }

  /** The ids of clients whose time of grace is over, or whose deprovisioning was interrupted. */
  public List<String> due() throws SQLException {
    try (Connection connection = tools.connect()) {
      return Sql.query(
          connection,
          "SELECT client_id FROM clients WHERE status = 'deprovisioning' AND (deprovision_at IS NULL OR deprovision_at <= now())"
              + " ORDER BY deprovision_at NULLS FIRST, client_id",
          row -> row.getString(1));
    }
  }

  /**
   * What {@link #run} would do; changes nothing.
   *
   * @throws StepFailed if there is no such client, or ClickHouse or Kafka cannot be asked
   */
  public DeprovisionReport forecast(DeprovisionRequest request) throws SQLException, StepFailed {
    try (Connection connection = tools.connect()) {
      ClientRow client = ClientLock.read(connection, request.clientId());
      if (client.status() == ClientStatus.DEPROVISIONED) {
        return report(client, State.UNCHANGED, Size.NOTHING, List.of(), 0, -1, request, List.of());
      }
      Remains remains = remains(client);
      Path folder = request.exportFolder();
      Integer keys =
          Sql.first(
              connection,
              "SELECT count(*) FROM api_keys WHERE client_id = ? AND revoked_at IS NULL",
              row -> row.getInt(1),
              client.clientId());
      return report(
          client,
          State.FORECAST,
          remains.size(),
          folder == null
              ? List.of()
              : List.of(request.exportFormat().text() + " files in " + folder),
          keys == null ? 0 : keys,
          remains.countDeadLetters(),
          request,
          List.of());
    }
  }

  /**
   * Does what is left to do.
   *
   * @param progress told in a sentence what is going on
   * @throws StepFailed if a step did not work; what was done before stays done
   */
  public DeprovisionReport run(DeprovisionRequest request, Consumer<String> progress)
      throws SQLException, StepFailed {
    return run(request, new Halt(), progress);
  }

  /**
   * The same for one of several clients.
   *
   * @param halt shared by all clients of the job: a server that is down fails the next client at
   *     once, and not after another time-out
   */
  public DeprovisionReport run(DeprovisionRequest request, Halt halt, Consumer<String> progress)
      throws SQLException, StepFailed {
    return tools.whileHeld(
        request.clientId(), connection -> run(connection, request, halt, progress));
  }

  private DeprovisionReport run(
      Connection connection, DeprovisionRequest request, Halt halt, Consumer<String> progress)
      throws SQLException, StepFailed {
    ClientRow client = ClientLock.read(connection, request.clientId());
    String why = halt.why(client.target());
    if (why != null) {
      throw StepFailed.notTried(why);
    }
    if (client.status() == ClientStatus.DEPROVISIONED) {
      Announcement told = means.announcer().announce(client.clientId());
      return report(
          client, State.UNCHANGED, Size.NOTHING, List.of(), 0, -1, request, notices(told));
    }
    // A target that is not known fails before anything is changed.
    Remains remains = remains(client);
    JobRun job = refuseEvents(connection, client, request);
    progress.accept("events are refused");
    try {
      return run(connection, request, remains, job, progress);
    } catch (CommandRun.Interrupted e) {
      throw unfinished(request.clientId(), Halt.INTERRUPTED, e);
    } catch (SQLException e) {
      throw unfinished(request.clientId(), "PostgreSQL: " + StepFailed.firstLine(e), e);
    } catch (StepFailed e) {
      if (ClickHouseServer.isDown(e)) {
        halt.target(client.target(), e.reason());
      } else if (e.getCause() instanceof org.apache.kafka.common.errors.TimeoutException) {
        halt.everywhere(e.reason());
      }
      throw unfinished(request.clientId(), e.reason(), e);
    }
  }

  private static StepFailed unfinished(String clientId, String reason, Exception cause) {
    return StepFailed.partly(
        "%s is not deprovisioned yet, but its events are refused: %s. Run this again to go on."
            .formatted(clientId, reason),
        cause);
  }

  private DeprovisionReport run(
      Connection connection,
      DeprovisionRequest request,
      Remains remains,
      JobRun job,
      Consumer<String> progress)
      throws SQLException, StepFailed {
    ClientRow client = ClientLock.read(connection, request.clientId());
    Deprovisioning steps =
        new Deprovisioning(means, connection, client, request, remains, job, progress);
    if (!steps.run()) {
      return report(
          client, State.WAITING, remains.size(), List.of(), 0, -1, request, notices(steps.told()));
    }
    tools.before("tell the routers");
    Announcement last = means.announcer().announce(client.clientId());
    boolean discarded = job.has(Deprovisioning.DISCARDED);
    return new DeprovisionReport(
        client.clientId(),
        State.DEPROVISIONED,
        client.database(),
        client.target(),
        job.count(Deprovisioning.EVENTS),
        job.count(Deprovisioning.BYTES),
        job.files(),
        Math.toIntExact(job.count(Deprovisioning.KEYS)),
        job.count(discarded ? Deprovisioning.DISCARDED : Deprovisioning.LETTERS),
        discarded,
        null,
        notices(last));
  }

  /**
   * Takes up the client's job. Opens it, or begins it anew with another time of grace, in the
   * transaction that has its events refused.
   */
  private JobRun refuseEvents(Connection connection, ClientRow client, DeprovisionRequest request)
      throws SQLException {
    boolean already = client.status() == ClientStatus.DEPROVISIONING;
    if (already && (request.grace() == null || client.dropStartedAt() != null)) {
      return takeUp(
          connection,
          client,
          client.dropStartedAt() == null ? Deprovisioning.GRACE : Deprovisioning.DROP,
          false);
    }
    double seconds = request.grace() == null ? 0 : request.grace().toMillis() / 1000.0;
    tools.before("client.deprovisioning");
    return tools.change(
        connection,
        "client.deprovisioning",
        client.clientId(),
        request.grace() == null
            ? "at once"
            : "data is kept for " + Durations.format(request.grace()),
        () -> {
          var _ =
              Sql.update(
                  connection,
                  "UPDATE clients SET status = 'deprovisioning', deprovision_at = now() + make_interval(secs => ?) WHERE client_id = ?",
                  seconds,
                  client.clientId());
          return takeUp(connection, client, Deprovisioning.GRACE, true);
        });
  }

  private JobRun takeUp(Connection connection, ClientRow client, String first, boolean anew)
      throws SQLException {
    return tools.takeUp(connection, Job.Kind.DEPROVISION, client.clientId(), first, anew);
  }

  private Remains remains(ClientRow client) throws StepFailed {
    return new Remains(
        targets.get(client.target()), client, means.routers().kafka(), tools.effects());
  }

  private static List<String> notices(Announcement announcement) {
    @Nullable String warning = announcement.warning();
    return warning == null ? List.of() : List.of(warning);
  }

  private static DeprovisionReport report(
      ClientRow client,
      State state,
      Size size,
      List<String> exported,
      int keysRevoked,
      long deadLetters,
      DeprovisionRequest request,
      List<String> notices) {
    return new DeprovisionReport(
        client.clientId(),
        state,
        client.database(),
        client.target(),
        size.events(),
        size.bytes(),
        exported,
        keysRevoked,
        deadLetters,
        request.discardDeadLetters(),
        client.dropStartedAt() == null ? client.deprovisionAt() : null,
        notices);
  }
}
