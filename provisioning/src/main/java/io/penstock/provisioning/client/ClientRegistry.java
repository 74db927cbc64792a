package io.penstock.provisioning.client;

import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.client.ApiKeys;
import io.penstock.core.config.Secret;
import io.penstock.core.metadata.AuditLog;
import io.penstock.core.metadata.ClientRow;
import io.penstock.core.metadata.ClientsTable;
import io.penstock.core.metadata.Sql;
import io.penstock.provisioning.job.Job;
import io.penstock.provisioning.job.JobTools;
import io.penstock.provisioning.job.Jobs;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;
import org.postgresql.util.ServerErrorMessage;

/**
 * Creates clients and shows them. Thread-safe. Throws {@link SQLException} where PostgreSQL cannot
 * be asked.
 */
public final class ClientRegistry {
  /** The fields that differ, without those that every change changes. */
  private static final String HISTORY =
      """
      SELECT at, actor, action, detail, d.fields, d.befores, d.afters FROM (
        SELECT * FROM audit_log WHERE client_id = ? ORDER BY audit_id DESC LIMIT ?) a
      CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(field ORDER BY field), '{}') AS fields,
          coalesce(array_agg(coalesce(a.before ->> field, '') ORDER BY field), '{}') AS befores,
          coalesce(array_agg(coalesce(a.after ->> field, '') ORDER BY field), '{}') AS afters
        FROM jsonb_object_keys(CASE WHEN jsonb_typeof(coalesce(a.before, '{}') || coalesce(a.after, '{}')) = 'object'
          THEN coalesce(a.before, '{}') || coalesce(a.after, '{}') ELSE '{}' END) AS k(field)
        WHERE field NOT IN ('version', 'updated_at') AND a.before -> field IS DISTINCT FROM a.after -> field
          AND NOT (coalesce(a.before -> field, 'null') = 'null' AND coalesce(a.after -> field, 'null') = 'null')) d
      ORDER BY audit_id\
      """;

  private static final int RECENT_AUDIT_ENTRIES = 10;

  private final JobTools tools;
  private final Announcer announcer;
  private final SecureRandom random;

  /** Does not own what it is given. */
  public ClientRegistry(JobTools tools, Announcer announcer, SecureRandom random) {
    this.tools = tools;
    this.announcer = announcer;
    this.random = random;
  }

  /** Creates a pending client with one API key, of which only the hash is kept. */
  public CreateOutcome create(NewClient request) throws SQLException {
    NewClient client = request.withDefaults();
    List<String> problems = client.problems();
    if (!problems.isEmpty()) {
      return new CreateOutcome.Invalid(problems);
    }
    Secret apiKey = Secret.of(ApiKeys.generate(random));
    ApiKeyHash hash = ApiKeyHash.ofKey(apiKey.reveal());
    try (Connection connection = tools.connect()) {
      tools.before("create");
      var _ =
          Sql.inTransaction(
              connection,
              () -> {
                insert(connection, client, hash);
                return client;
              });
    } catch (SQLException e) {
      String taken = taken(e, client.id(), client.name(), client.database());
      if (taken != null) {
        return new CreateOutcome.Taken(taken);
      }
      throw e;
    }
    String clientId = Objects.requireNonNull(client.id());
    tools.before("tell the routers");
    return new CreateOutcome.Created(client, apiKey, hash, announcer.tell(clientId));
  }

  private void insert(Connection connection, NewClient client, ApiKeyHash hash)
      throws SQLException {
    String clientId = Objects.requireNonNull(client.id());
    var _ =
        Sql.update(
            connection,
            "INSERT INTO clients (client_id, name, ch_database_name, ch_target, retention_days, retention_from, max_events_per_minute)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?::integer)",
            clientId,
            client.name(),
            client.database(),
            client.target(),
            client.retention().days(),
            client.retention().from().text(),
            client.maxEventsPerMinute());
    KeyRing.insert(connection, clientId, hash, "first", client.keyLifetime());
    String detail = "database " + client.database() + ", target " + client.target();
    String after = AuditLog.snapshot(connection, clientId);
    tools.audit().write(connection, "client.created", clientId, detail, null, after);
  }

  /** Whether a client of this id, name and database is there, as an earlier run made it. */
  public boolean exists(NewClient request) throws SQLException {
    NewClient client = request.withDefaults();
    try (Connection connection = tools.connect()) {
      ClientRow there = ClientsTable.find(connection, Objects.requireNonNull(client.id()));
      return there != null
          && there.name().equals(client.name())
          && there.database().equals(client.database());
    }
  }

  /**
   * A message about the id, name or database that another client has; null if the failure is
   * another one.
   */
  static @Nullable String taken(
      SQLException e, @Nullable String id, @Nullable String name, @Nullable String database) {
    if (!PSQLState.UNIQUE_VIOLATION.getState().equals(e.getSQLState())
        || !(e instanceof PSQLException refused)) {
      return null;
    }
    ServerErrorMessage error = refused.getServerErrorMessage();
    String constraint = error == null ? "" : String.valueOf(error.getConstraint());
    if (constraint.contains("ch_database_name")) {
      return "Another client has the database \"" + database + "\"; choose one with --database.";
    }
    if (constraint.contains("name")) {
      return "Another client is named \"" + name + "\"; choose another with --name.";
    }
    return "Another client has the id \"" + id + "\"; choose one with --id.";
  }

  /**
   * One client with its open jobs, keys, migrations and latest audit entries; empty if there is
   * none of this id.
   */
  public Optional<ClientDetails> show(String clientId) throws SQLException {
    try (Connection connection = tools.connect()) {
      ClientRow client = ClientsTable.find(connection, clientId);
      return client == null
          ? Optional.empty()
          : Optional.of(
              new ClientDetails(
                  client,
                  Jobs.list(connection, clientId, false, Job.Kind.values().length),
                  keys(connection, clientId),
                  migrations(connection, clientId),
                  recent(connection, clientId)));
    }
  }

  /** A message about an id that no client has, with the id that was probably meant. */
  public String unknown(String clientId) throws SQLException {
    try (Connection connection = tools.connect()) {
      return ClientsTable.unknown(connection, clientId);
    }
  }

  /**
   * What was done to a client, oldest first; empty if there never was one of this id.
   *
   * @param limit the latest so many
   */
  public List<AuditEntry> history(String clientId, int limit) throws SQLException {
    try (Connection connection = tools.connect()) {
      return Sql.query(connection, HISTORY, ClientRegistry::entry, clientId, limit);
    }
  }

  private static AuditEntry entry(ResultSet row) throws SQLException {
    List<AuditEntry.Change> changes = new ArrayList<>();
    String[] fields = strings(row, "fields");
    String[] before = strings(row, "befores");
    String[] after = strings(row, "afters");
    for (int i = 0; i < fields.length; i++) {
      changes.add(new AuditEntry.Change(fields[i], before[i], after[i]));
    }
    return new AuditEntry(
        Sql.time(row, "at"),
        row.getString("actor"),
        row.getString("action"),
        row.getString("detail"),
        changes);
  }

  private static String[] strings(ResultSet row, String column) throws SQLException {
    return (String[]) row.getArray(column).getArray();
  }

  private static List<ClientDetails.Key> keys(Connection connection, String clientId)
      throws SQLException {
    return Sql.query(
        connection,
        "SELECT left(api_key_hash, 8) AS fingerprint, label, created_at, expires_at, revoked_at FROM api_keys"
            + " WHERE client_id = ? ORDER BY created_at DESC, api_key_hash",
        row ->
            ClientDetails.Key.at(
                Instant.now(),
                row.getString("fingerprint"),
                row.getString("label"),
                Sql.time(row, "created_at"),
                Sql.maybeTime(row, "expires_at"),
                Sql.maybeTime(row, "revoked_at")),
        clientId);
  }

  private static List<ClientDetails.Applied> migrations(Connection connection, String clientId)
      throws SQLException {
    return Sql.query(
        connection,
        "SELECT scope, version, description, outcome, applied_at, duration_ms FROM schema_versions WHERE client_id = ? ORDER BY scope, version",
        row ->
            new ClientDetails.Applied(
                row.getString("scope"),
                row.getInt("version"),
                row.getString("description"),
                row.getString("outcome"),
                Sql.time(row, "applied_at"),
                row.getLong("duration_ms")),
        clientId);
  }

  private static List<ClientDetails.Audit> recent(Connection connection, String clientId)
      throws SQLException {
    return Sql.query(
        connection,
        "SELECT at, actor, action, detail FROM audit_log WHERE client_id = ? ORDER BY audit_id DESC LIMIT "
            + RECENT_AUDIT_ENTRIES,
        row ->
            new ClientDetails.Audit(
                Sql.time(row, "at"),
                row.getString("actor"),
                row.getString("action"),
                row.getString("detail")),
        clientId);
  }
}
