package io.penstock.provisioning.client;

import static io.penstock.provisioning.client.DeprovisionReport.State;

import io.penstock.core.client.ClientStatus;
import io.penstock.core.config.Durations;
import io.penstock.core.metadata.AuditLog;
import io.penstock.core.metadata.ClientRow;
import io.penstock.core.metadata.Sql;
import io.penstock.core.run.CommandRun;
import io.penstock.provisioning.client.Remains.Size;
import io.penstock.provisioning.job.ClientLock;
import io.penstock.provisioning.job.Halt;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.job.Steps;
import io.penstock.provisioning.target.ClickHouseServer;
import io.penstock.provisioning.target.ClickHouseTargets;
import io.penstock.provisioning.target.ReaderAccess;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Ends clients: refuses their events, waits for what is in flight, exports and drops their data,
 * revokes their keys. Each step can be repeated, so a run after one that was killed completes it.
 * Thread-safe.
 */
public final class Deprovisioner {
  private final DataSource metadata;
  private final ClickHouseTargets targets;
  private final RoutersConfig routers;
  private final Drain drain;
  private final Announcer announcer;
  private final AuditLog audit;
  private final Steps steps;

  /** Does not own what it is given. */
  public Deprovisioner(
      DataSource metadata,
      ClickHouseTargets targets,
      RoutersConfig routers,
      Announcer announcer,
      AuditLog audit,
      Steps steps) {
    this.metadata = metadata;
    this.targets = targets;
    this.routers = routers;
    this.drain = new Drain(routers.kafka(), routers.group());
    this.announcer = announcer;
    this.audit = audit;
    this.steps = steps;
  }

  /** The ids of clients whose time of grace is over, or whose deprovisioning was interrupted. */
  public List<String> due() throws SQLException {
    try (Connection connection = metadata.getConnection()) {
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
  public DeprovisionReport plan(DeprovisionRequest request) throws SQLException, StepFailed {
    try (Connection connection = metadata.getConnection()) {
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
          State.PLANNED,
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
    List<String> done = new ArrayList<>();
    Consumer<String> noting =
        line -> {
          done.add(line);
          progress.accept(line);
        };
    try {
      return ClientLock.whileHeld(
          metadata, request.clientId(), connection -> run(connection, request, halt, noting));
    } catch (StepFailed e) {
      throw done.isEmpty() ? e : unfinished(request.clientId(), e.reason(), e);
    } catch (SQLException e) {
      if (done.isEmpty()) {
        throw e;
      }
      throw unfinished(request.clientId(), "PostgreSQL: " + StepFailed.firstLine(e), e);
    }
  }

  private static StepFailed unfinished(String clientId, String reason, Exception cause) {
    return StepFailed.partly(
        "%s is not deprovisioned yet, but its events are refused: %s. Run this again to go on."
            .formatted(clientId, reason),
        cause);
  }

  private DeprovisionReport run(
      Connection connection, DeprovisionRequest request, Halt halt, Consumer<String> progress)
      throws SQLException, StepFailed {
    ClientRow client = ClientLock.read(connection, request.clientId());
    String why = halt.why(client.target());
    if (why != null) {
      throw StepFailed.notTried(why);
    }
    try {
      return run(connection, client, request, progress);
    } catch (StepFailed e) {
      if (ClickHouseServer.isDown(e)) {
        halt.target(client.target(), e.reason());
      } else if (e.getCause() instanceof org.apache.kafka.common.errors.TimeoutException) {
        halt.everywhere(e.reason());
      }
      throw e;
    }
  }

  private DeprovisionReport run(
      Connection connection, ClientRow found, DeprovisionRequest request, Consumer<String> progress)
      throws SQLException, StepFailed {
    ClientRow client = found;
    String clientId = request.clientId();
    if (client.status() == ClientStatus.DEPROVISIONED) {
      Announcement told = announcer.announce(clientId);
      return report(
          client, State.UNCHANGED, Size.NOTHING, List.of(), 0, -1, request, notices(told));
    }
    Remains remains = remains(client);
    client = refuseEvents(connection, client, request);
    progress.accept("events are refused");
    steps.before("tell the routers");
    Announcement announcement = announcer.announce(clientId);
    progress.accept(announcement.toString());
    Instant until = client.deprovisionAt();
    if (until != null && until.isAfter(now(connection)) && client.dropStartedAt() == null) {
      return report(
          client, State.WAITING, remains.size(), List.of(), 0, -1, request, notices(announcement));
    }
    if (client.dropStartedAt() == null && request.drainLimit() != null) {
      goOn();
      steps.before("wait for what is in flight");
      awaitForgetting(announcement, progress);
      drain.await(
          request.drainLimit(),
          left -> progress.accept("waiting for the routers: %,d records".formatted(left)));
    }
    goOn();
    List<String> exported = List.of();
    if (client.dropStartedAt() == null) {
      Path folder = request.exportFolder();
      if (folder != null) {
        progress.accept("exporting to " + folder);
        exported = remains.export(folder, request.exportFormat());
      }
      goOn();
      noteDrop(connection, client, remains.size(), exported);
    }
    progress.accept("dropping the database");
    remains.dropDatabase();
    dropReader(connection, remains.reader(), clientId);
    int revoked = revokeKeys(connection, clientId);
    long deadLetters =
        request.discardDeadLetters() ? remains.discardDeadLetters() : remains.countDeadLetters();
    finish(connection, client, revoked, deadLetters, request.discardDeadLetters());
    steps.before("tell the routers");
    Announcement last = announcer.announce(clientId);
    return report(
        client,
        State.DEPROVISIONED,
        noted(connection, clientId),
        exported,
        revoked,
        deadLetters,
        request,
        notices(last));
  }

  private ClientRow refuseEvents(
      Connection connection, ClientRow client, DeprovisionRequest request)
      throws SQLException, StepFailed {
    boolean already = client.status() == ClientStatus.DEPROVISIONING;
    if (already && request.grace() == null) {
      return client;
    }
    double seconds = request.grace() == null ? 0 : request.grace().toMillis() / 1000.0;
    change(
        connection,
        client.clientId(),
        "client.deprovisioning",
        request.grace() == null
            ? "at once"
            : "data is kept for " + Durations.format(request.grace()),
        () ->
            Sql.update(
                connection,
                "UPDATE clients SET status = 'deprovisioning', deprovision_at = now() + make_interval(secs => ?) WHERE client_id = ?",
                seconds,
                client.clientId()));
    return ClientLock.read(connection, client.clientId());
  }

  private Remains remains(ClientRow client) throws StepFailed {
    return new Remains(targets.get(client.target()), client, routers.kafka(), steps);
  }

  /** Waits until no router uses what it held of the client any more. */
  private void awaitForgetting(Announcement announcement, Consumer<String> progress)
      throws StepFailed {
    if (announcement.knownBy() == null) {
      return;
    }
    Duration wait = routers.noticedWithin();
    progress.accept(
        "waiting %d s, until who has not confirmed has looked the client up again"
            .formatted(wait.toSeconds()));
    try {
      boolean _ = CommandRun.current().sleep(wait);
      goOn();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StepFailed("interrupted while waiting for the routers");
    }
  }

  /** Ends an interrupted command, as long as the data is still there. */
  private static void goOn() throws StepFailed {
    if (CommandRun.current().interrupted()) {
      throw new StepFailed(Halt.INTERRUPTED);
    }
  }

  private void noteDrop(Connection connection, ClientRow client, Size size, List<String> exported)
      throws SQLException {
    change(
        connection,
        client.clientId(),
        "client.drop-started",
        "database %s on %s, events=%d bytes=%d%s"
            .formatted(
                client.database(),
                client.target(),
                size.events(),
                size.bytes(),
                exported.isEmpty() ? "" : ", exported: " + String.join(", ", exported)),
        () ->
            Sql.update(
                connection,
                "UPDATE clients SET drop_started_at = now() WHERE client_id = ?",
                client.clientId()));
  }

  /**
   * Drops the reader. A server without access management has none, unless the audit log says
   * otherwise.
   */
  private static void dropReader(Connection connection, ReaderAccess access, String clientId)
      throws SQLException, StepFailed {
    if (access.drop() == ReaderAccess.Outcome.NO_ACCESS_MANAGEMENT
        && Sql.first(
                connection,
                "SELECT 1 FROM audit_log WHERE client_id = ? AND action = 'reader.granted' LIMIT 1",
                row -> row.getInt(1),
                clientId)
            != null) {
      throw new StepFailed(
          "ClickHouse does not let Penstock drop the user %s, which it once created; give Penstock's user the right, then run this again"
              .formatted(access.user()));
    }
  }

  /** How many keys this and interrupted runs before it have revoked. */
  private int revokeKeys(Connection connection, String clientId) throws SQLException {
    steps.before("revoke the keys");
    var _ =
        Sql.update(
            connection,
            "UPDATE api_keys SET revoked_at = now() WHERE client_id = ? AND revoked_at IS NULL",
            clientId);
    Integer revoked =
        Sql.first(
            connection,
            "SELECT count(*) FROM api_keys JOIN clients USING (client_id) WHERE client_id = ? AND revoked_at >= drop_started_at",
            row -> row.getInt(1),
            clientId);
    return revoked == null ? 0 : revoked;
  }

  private void finish(
      Connection connection, ClientRow client, int revoked, long deadLetters, boolean discarded)
      throws SQLException {
    change(
        connection,
        client.clientId(),
        "client.deprovisioned",
        "keys revoked: %d, dead letters %s: %d"
            .formatted(revoked, discarded ? "discarded" : "kept", deadLetters),
        () ->
            Sql.update(
                connection,
                "UPDATE clients SET status = 'deprovisioned' WHERE client_id = ?",
                client.clientId()));
  }

  private void change(
      Connection connection, String clientId, String action, String detail, Sql.Work<Integer> work)
      throws SQLException {
    steps.before(action);
    audit.change(connection, action, clientId, detail, work);
  }

  /** The size of the database before it was dropped, as noted by the run that began to drop it. */
  private static Size noted(Connection connection, String clientId) throws SQLException {
    Size size =
        Sql.first(
            connection,
            "SELECT coalesce((regexp_match(detail, 'events=(\\d+)'))[1], '0')::bigint, coalesce((regexp_match(detail, 'bytes=(\\d+)'))[1], '0')::bigint"
                + " FROM audit_log WHERE client_id = ? AND action = 'client.drop-started' ORDER BY audit_id DESC LIMIT 1",
            row -> new Size(row.getLong(1), row.getLong(2)),
            clientId);
    return size == null ? Size.NOTHING : size;
  }

  private static Instant now(Connection connection) throws SQLException {
    Instant now = Sql.first(connection, "SELECT now() AS now", row -> Sql.time(row, "now"));
    return now == null ? Instant.MAX : now;
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
