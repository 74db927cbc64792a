package io.penstock.provisioning.client;

import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.client.Retention;
import io.penstock.core.metadata.ClientRow;
import io.penstock.core.metadata.Sql;
import io.penstock.provisioning.job.ClientLock;
import io.penstock.provisioning.job.JobTools;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.target.ClickHouseServer;
import io.penstock.provisioning.target.ClickHouseTargets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Suspends and resumes clients and changes what is set about them. Every change works under the
 * client's lock, stands in the audit log, and can be repeated. Thread-safe.
 */
public final class ClientLifecycle {
  private final JobTools tools;
  private final ClickHouseTargets targets;
  private final Announcer announcer;

  /** Does not own what it is given. */
  public ClientLifecycle(JobTools tools, ClickHouseTargets targets, Announcer announcer) {
    this.tools = tools;
    this.targets = targets;
    this.announcer = announcer;
  }

  /**
   * Suspends a client: its events become dead letters from now on, which are replayed when it is
   * active again.
   *
   * @param reason stands in the audit log
   * @throws StepFailed if the client is not active
   */
  public ChangeOutcome suspend(String clientId, String reason) throws SQLException, StepFailed {
    return tools.whileHeld(
        clientId,
        connection -> {
          ClientRow client = ClientLock.read(connection, clientId);
          return switch (client.status()) {
            case SUSPENDED -> unchanged(client);
            case ACTIVE ->
                changed(
                    connection,
                    client,
                    "client.suspended",
                    reason,
                    "suspended",
                    () ->
                        Sql.update(
                            connection,
                            "UPDATE clients SET status = 'suspended' WHERE client_id = ?",
                            clientId));
            case PENDING ->
                throw new StepFailed(
                    clientId
                        + " is pending: its events are refused anyway until it is provisioned");
            case DEPROVISIONING, DEPROVISIONED -> throw gone(client);
          };
        });
  }

  /**
   * Takes a suspension back, or a deprovisioning whose time of grace is not over.
   *
   * @throws StepFailed if the client is pending, or its data is going or gone
   */
  public ChangeOutcome resume(String clientId) throws SQLException, StepFailed {
    return tools.whileHeld(
        clientId,
        connection -> {
          ClientRow client = ClientLock.read(connection, clientId);
          return switch (client.status()) {
            case ACTIVE -> unchanged(client);
            case SUSPENDED -> resumed(connection, client, ClientStatus.ACTIVE);
            case DEPROVISIONING -> {
              if (client.dropStartedAt() != null) {
                throw gone(client);
              }
              yield resumed(
                  connection,
                  client,
                  client.provisioned() ? ClientStatus.ACTIVE : ClientStatus.PENDING);
            }
            case PENDING ->
                throw new StepFailed(
                    "%s is pending; ./penstock clients provision --client %1$s makes it active"
                        .formatted(clientId));
            case DEPROVISIONED -> throw gone(client);
          };
        });
  }

  private ChangeOutcome resumed(Connection connection, ClientRow client, ClientStatus to)
      throws SQLException {
    return changed(
        connection,
        client,
        "client.resumed",
        "",
        "was " + client.status().text() + ", is " + to.text(),
        () ->
            Sql.update(
                connection,
                "UPDATE clients SET status = ?, deprovision_at = NULL WHERE client_id = ?",
                to.text(),
                client.clientId()));
  }

  /**
   * Changes settings of a client; a new retention is brought to its table, too.
   *
   * @throws StepFailed if the client's data is going or gone, the name is taken, the database or
   *     target of a provisioned client would change, or ClickHouse refuses
   */
  public ChangeOutcome set(String clientId, ClientChange change) throws SQLException, StepFailed {
    return tools.whileHeld(
        clientId,
        connection -> {
          ClientRow client = ClientLock.read(connection, clientId);
          if (client.status() == ClientStatus.DEPROVISIONING
              || client.status() == ClientStatus.DEPROVISIONED) {
            throw gone(client);
          }
          List<String> assignments = new ArrayList<>();
          List<@Nullable Object> values = new ArrayList<>();
          change.assign(client, assignments, values);
          if (change.target() != null) {
            var _ = targets.get(change.target());
          }
          Retention retention = change.retention(client.retention());
          // Also where PostgreSQL says so already: an earlier run may have come so far only.
          boolean isOfTable = change.isOfRetention() && client.provisioned();
          // Nobody may take events that the table deletes at once: it is the first to keep longer,
          // and the last to keep less.
          boolean tableFirst = retention.keeps(client.retention());
          if (isOfTable && tableFirst) {
            setTtl(client, retention, false);
          }
          ChangeOutcome outcome =
              assignments.isEmpty()
                  ? new ChangeOutcome.Unchanged(
                      clientId, "everything is so already", announcer.announce(clientId))
                  : update(connection, client, change, assignments, values);
          if (isOfTable && !tableFirst) {
            setTtl(client, retention, true);
          }
          return outcome;
        });
  }

  /**
   * Which events a change of the retention would delete, by the month of their time; changes
   * nothing. Empty: none.
   *
   * @throws StepFailed if there is no such client, or ClickHouse cannot be asked
   */
  public SortedMap<YearMonth, Long> wouldDelete(String clientId, ClientChange change)
      throws SQLException, StepFailed {
    ClientRow client;
    try (Connection connection = tools.connect()) {
      client = ClientLock.read(connection, clientId);
    }
    Retention after = change.retention(client.retention());
    SortedMap<YearMonth, Long> months = new TreeMap<>();
    if (!client.provisioned() || after.keeps(client.retention())) {
      return months;
    }
    String query =
        "SELECT toYear(event_time), toMonth(event_time), count() FROM %s.events WHERE %s <= now() AND %s > now() GROUP BY 1, 2"
            .formatted(
                ClickHouseClients.quoted(client.database()),
                ClickHouseServer.expiry(after),
                ClickHouseServer.expiry(client.retention()));
    try {
      var _ =
          targets
              .get(client.target())
              .query(
                  query,
                  row -> months.put(YearMonth.of(row.getInt(1), row.getInt(2)), row.getLong(3)));
    } catch (SQLException e) {
      throw new StepFailed(
          "which events it would delete, ClickHouse does not say (%s); nothing was changed"
              .formatted(StepFailed.firstLine(e)));
    }
    return months;
  }

  private ChangeOutcome update(
      Connection connection,
      ClientRow client,
      ClientChange change,
      List<String> assignments,
      List<@Nullable Object> values)
      throws SQLException, StepFailed {
    List<@Nullable Object> parameters = new ArrayList<>(values);
    parameters.add(client.clientId());
    List<String> shown = new ArrayList<>();
    for (int i = 0; i < assignments.size(); i++) {
      Object value = values.get(i);
      shown.add(assignments.get(i) + " = " + (value == null ? "none" : value));
    }
    try {
      return changed(
          connection,
          client,
          "client.set",
          "",
          String.join(", ", shown),
          () ->
              Sql.update(
                  connection,
                  "UPDATE clients SET %s = ? WHERE client_id = ?"
                      .formatted(String.join(" = ?, ", assignments)),
                  parameters.toArray()));
    } catch (SQLException e) {
      String taken = ClientRegistry.taken(e, client.clientId(), change.name(), change.database());
      if (taken != null) {
        throw new StepFailed(taken);
      }
      throw e;
    }
  }

  private void setTtl(ClientRow client, Retention retention, boolean isNoted) throws StepFailed {
    tools.before("change the retention");
    ClickHouseServer server = targets.get(client.target());
    String alter =
        "ALTER TABLE %s.events_base %s MODIFY TTL %s"
            .formatted(
                ClickHouseClients.quoted(client.database()),
                server.onCluster(),
                ClickHouseServer.expiry(retention));
    try {
      server.execute(List.of(alter));
    } catch (SQLException e) {
      String why = StepFailed.firstLine(e);
      throw isNoted
          ? StepFailed.partly(
              "the retention of %d days is noted, but ClickHouse does not have it yet (%s); run this again"
                  .formatted(retention.days(), why))
          : new StepFailed(
              "ClickHouse does not take the retention of %d days (%s); nothing was changed"
                  .formatted(retention.days(), why));
    }
  }

  private ChangeOutcome changed(
      Connection connection,
      ClientRow client,
      String action,
      String detail,
      String done,
      Sql.Work<Integer> work)
      throws SQLException {
    tools.before(action);
    var _ = tools.change(connection, action, client.clientId(), detail, work);
    tools.before("tell the routers");
    return new ChangeOutcome.Changed(
        client.clientId(), done, announcer.announce(client.clientId()));
  }

  private ChangeOutcome unchanged(ClientRow client) {
    return new ChangeOutcome.Unchanged(
        client.clientId(),
        "is " + client.status().text() + " already",
        announcer.announce(client.clientId()));
  }

  private static StepFailed gone(ClientRow client) {
    return new StepFailed(
        client.status() == ClientStatus.DEPROVISIONED
            ? client.clientId() + " is deprovisioned; its data is gone"
            : client.clientId()
                + " is being deprovisioned"
                + (client.dropStartedAt() == null
                    ? "; ./penstock clients resume " + client.clientId() + " takes it back"
                    : ", and its data is going"));
  }
}
