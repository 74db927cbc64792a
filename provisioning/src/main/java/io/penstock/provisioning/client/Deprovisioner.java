package io.penstock.provisioning.client;

import static io.penstock.provisioning.client.DeprovisionReport.State;

import io.penstock.core.client.ClientStatus;
import io.penstock.core.config.Durations;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.OutstandingLetters;
import io.penstock.provisioning.job.AuditLog;
import io.penstock.provisioning.job.ClientLock;
import io.penstock.provisioning.job.Sql;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.job.Steps;
import io.penstock.provisioning.target.ClickHouseServer;
import io.penstock.provisioning.target.ClickHouseTargets;
import io.penstock.provisioning.target.Export;
import io.penstock.provisioning.target.ReaderAccess;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * Ends clients: refuses their events, waits for what is in flight, exports and drops their data,
 * revokes their keys. Each step can be repeated, so a run after one that was killed completes it.
 * Thread-safe.
 */
public final class Deprovisioner {
  private final DataSource metadata;
  private final ClickHouseTargets targets;
  private final KafkaConfig kafka;
  private final Drain drain;
  private final Duration refresh;
  private final Announcer announcer;
  private final AuditLog audit;
  private final Steps steps;

  private record Size(long events, long bytes) {}

  /**
   * Does not own what it is given.
   *
   * @param group the routers' consumer group
   * @param refresh within which routers look a client up again that nobody told them of
   */
  public Deprovisioner(
      DataSource metadata,
      ClickHouseTargets targets,
      KafkaConfig kafka,
      String group,
      Duration refresh,
      Announcer announcer,
      AuditLog audit,
      Steps steps) {
    this.metadata = metadata;
    this.targets = targets;
    this.kafka = kafka;
    this.drain = new Drain(kafka, group);
    this.refresh = refresh;
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
      ClientRow client = ClientRow.read(connection, request.clientId());
      if (client.status() == ClientStatus.DEPROVISIONED) {
        return report(
            client, State.UNCHANGED, new Size(0, 0), List.of(), 0, -1, request, List.of());
      }
      Integer keys =
          Sql.first(
              connection,
              "SELECT count(*) FROM api_keys WHERE client_id = ? AND revoked_at IS NULL",
              row -> row.getInt(1),
              client.clientId());
      return report(
          client,
          State.PLANNED,
          size(targets.get(client.target()), client.database()),
          request.exportFolder() == null
              ? List.of()
              : List.of(exportOf(request, client).toString()),
          keys == null ? 0 : keys,
          countDeadLetters(client.clientId()),
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
    List<String> done = new ArrayList<>();
    Consumer<String> noting =
        line -> {
          done.add(line);
          progress.accept(line);
        };
    try {
      return ClientLock.whileHeld(
          metadata, request.clientId(), connection -> run(connection, request, noting));
    } catch (StepFailed e) {
      throw done.isEmpty() ? e : unfinished(request.clientId(), e.reason());
    } catch (SQLException e) {
      if (done.isEmpty()) {
        throw e;
      }
      throw unfinished(request.clientId(), "PostgreSQL: " + StepFailed.firstLine(e));
    }
  }

  private static StepFailed unfinished(String clientId, String reason) {
    return StepFailed.partly(
        "%s is not deprovisioned yet, but its events are refused: %s. Run this again to go on."
            .formatted(clientId, reason));
  }

  private DeprovisionReport run(
      Connection connection, DeprovisionRequest request, Consumer<String> progress)
      throws SQLException, StepFailed {
    String clientId = request.clientId();
    ClientRow client = ClientRow.read(connection, clientId);
    if (client.status() == ClientStatus.DEPROVISIONED) {
      Announcement told = announcer.announce(clientId);
      return report(
          client, State.UNCHANGED, new Size(0, 0), List.of(), 0, -1, request, notices(told));
    }
    ClickHouseServer server = targets.get(client.target());
    client = refuseEvents(connection, client, request);
    progress.accept("events are refused");
    steps.before("tell the routers");
    Announcement announcement = announcer.announce(clientId);
    progress.accept(announcement.toString());
    Instant until = client.deprovisionAt();
    if (until != null && until.isAfter(now(connection)) && client.dropStartedAt() == null) {
      return report(
          client,
          State.WAITING,
          size(server, client.database()),
          List.of(),
          0,
          -1,
          request,
          notices(announcement));
    }
    if (client.dropStartedAt() == null && request.drainLimit() != null) {
      steps.before("wait for what is in flight");
      awaitForgetting(announcement, progress);
      drain.await(
          request.drainLimit(),
          left -> progress.accept("waiting for the routers: %,d records".formatted(left)));
    }
    List<String> exported = new ArrayList<>();
    if (client.dropStartedAt() == null) {
      if (request.exportFolder() != null) {
        steps.before("export");
        progress.accept("exporting to " + request.exportFolder());
        exportOf(request, client)
            .run(client.database())
            .forEach(file -> exported.add(file.file() + " (%,d events)".formatted(file.events())));
      }
      noteDrop(connection, client, size(server, client.database()), exported);
    }
    progress.accept("dropping the database");
    List<String> notices = new ArrayList<>(notices(announcement));
    drop(server, client.database());
    dropReader(connection, server, client);
    int revoked = revokeKeys(connection, clientId);
    steps.before("discard dead letters");
    long deadLetters =
        request.discardDeadLetters() ? discardDeadLetters(clientId) : countDeadLetters(clientId);
    finish(connection, client, revoked, deadLetters, request.discardDeadLetters());
    steps.before("tell the routers");
    notices.addAll(notices(announcer.announce(clientId)));
    return report(
        client,
        State.DEPROVISIONED,
        noted(connection, clientId),
        exported,
        revoked,
        deadLetters,
        request,
        notices.stream().distinct().toList());
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
    return ClientRow.read(connection, client.clientId());
  }

  /** Until no router goes on with what it held of the client. */
  private void awaitForgetting(Announcement announcement, Consumer<String> progress)
      throws StepFailed {
    int routers = drain.routers();
    if (announcement.confirmed() && announcement.routers() >= routers) {
      return;
    }
    progress.accept(
        "%d of %d routers confirmed; waiting %d s, until the others have looked the client up again"
            .formatted(announcement.routers(), routers, refresh.toSeconds() + 1));
    try {
      TimeUnit.NANOSECONDS.sleep(refresh.plusSeconds(1).toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StepFailed("interrupted while waiting for the routers");
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
                size.events,
                size.bytes,
                exported.isEmpty() ? "" : ", exported: " + String.join(", ", exported)),
        () ->
            Sql.update(
                connection,
                "UPDATE clients SET drop_started_at = now() WHERE client_id = ?",
                client.clientId()));
  }

  private void drop(ClickHouseServer server, String database) throws StepFailed {
    steps.before("drop the database");
    try {
      server.execute(
          List.of(
              "DROP DATABASE IF EXISTS %s %s SYNC"
                  .formatted(ClickHouseServer.quoted(database), server.onCluster())));
    } catch (SQLException e) {
      throw new StepFailed("drop the database: ClickHouse: " + StepFailed.firstLine(e));
    }
  }

  /** Where there is no access management there is no reader, unless the audit log has one. */
  private void dropReader(Connection connection, ClickHouseServer server, ClientRow client)
      throws SQLException, StepFailed {
    ReaderAccess access = new ReaderAccess(server, client.database(), steps);
    if (access.drop() == ReaderAccess.Outcome.NO_ACCESS_MANAGEMENT
        && Sql.first(
                connection,
                "SELECT 1 FROM audit_log WHERE client_id = ? AND action = 'reader.granted' LIMIT 1",
                row -> row.getInt(1),
                client.clientId())
            != null) {
      throw new StepFailed(
          "ClickHouse does not let Penstock drop the user %s, which it once created; give Penstock's user the right, then run this again"
              .formatted(access.user()));
    }
  }

  private int revokeKeys(Connection connection, String clientId) throws SQLException {
    steps.before("revoke the keys");
    return Sql.update(
        connection,
        "UPDATE api_keys SET revoked_at = now() WHERE client_id = ? AND revoked_at IS NULL",
        clientId);
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

  private Export exportOf(DeprovisionRequest request, ClientRow client) throws StepFailed {
    return new Export(
        targets.get(client.target()),
        java.util.Objects.requireNonNull(request.exportFolder()),
        request.exportFormat());
  }

  private long countDeadLetters(String clientId) throws StepFailed {
    try {
      return new OutstandingLetters(kafka, clientId).count();
    } catch (KafkaException e) {
      throw new StepFailed("the dead letters cannot be counted: " + StepFailed.firstLine(e));
    }
  }

  private long discardDeadLetters(String clientId) throws StepFailed {
    try {
      return new OutstandingLetters(kafka, clientId).discard();
    } catch (KafkaException e) {
      throw new StepFailed("the dead letters cannot be discarded: " + StepFailed.firstLine(e));
    }
  }

  private static Size size(ClickHouseServer server, String database) throws StepFailed {
    String sql =
        "SELECT sum(rows), sum(bytes_on_disk) FROM system.parts WHERE active AND database = '%s'"
            .formatted(database);
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next() ? new Size(row.getLong(1), row.getLong(2)) : new Size(0, 0);
    } catch (SQLException e) {
      throw new StepFailed("measure the database: ClickHouse: " + StepFailed.firstLine(e));
    }
  }

  /** What was there before the drop, as the run that began it noted. */
  private static Size noted(Connection connection, String clientId) throws SQLException {
    Size size =
        Sql.first(
            connection,
            "SELECT coalesce((regexp_match(detail, 'events=(\\d+)'))[1], '0')::bigint, coalesce((regexp_match(detail, 'bytes=(\\d+)'))[1], '0')::bigint"
                + " FROM audit_log WHERE client_id = ? AND action = 'client.drop-started' ORDER BY audit_id DESC LIMIT 1",
            row -> new Size(row.getLong(1), row.getLong(2)),
            clientId);
    return size == null ? new Size(0, 0) : size;
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
        size.events,
        size.bytes,
        exported,
        keysRevoked,
        deadLetters,
        request.discardDeadLetters(),
        client.dropStartedAt() == null ? client.deprovisionAt() : null,
        notices);
  }
}
