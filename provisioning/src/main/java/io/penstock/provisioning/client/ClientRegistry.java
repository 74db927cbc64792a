package io.penstock.provisioning.client;

import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.client.RedisClientCache;
import io.penstock.core.config.Secret;
import io.penstock.provisioning.job.AuditLog;
import io.penstock.provisioning.job.Sql;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;
import org.postgresql.util.ServerErrorMessage;

/**
 * Creates clients and shows them. Thread-safe. Throws {@link SQLException} where PostgreSQL cannot
 * be asked.
 */
public final class ClientRegistry {
  private static final String SUMMARY =
      "SELECT client_id, name, status, ch_database_name, ch_target, retention_days, created_at, updated_at FROM clients ";
  private static final int RECENT_AUDIT_ENTRIES = 10;

  private final DataSource metadata;
  private final RedisClientCache cache;
  private final SecureRandom random;
  private final AuditLog audit;

  /** Does not own what it is given. */
  public ClientRegistry(
      DataSource metadata, RedisClientCache cache, SecureRandom random, AuditLog audit) {
    this.metadata = metadata;
    this.cache = cache;
    this.random = random;
    this.audit = audit;
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
    try (Connection connection = metadata.getConnection()) {
      connection.setAutoCommit(false);
      try {
        insert(connection, client, hash);
        connection.commit();
      } catch (PSQLException e) {
        connection.rollback();
        if (PSQLState.UNIQUE_VIOLATION.getState().equals(e.getSQLState())) {
          return new CreateOutcome.Taken(describeTaken(client, e.getServerErrorMessage()));
        }
        throw e;
      } finally {
        connection.setAutoCommit(true);
      }
    }
    String clientId = Objects.requireNonNull(client.id());
    return new CreateOutcome.Created(client, apiKey, hash, cache.announceChange(clientId));
  }

  private void insert(Connection connection, NewClient client, ApiKeyHash hash)
      throws SQLException {
    String clientId = Objects.requireNonNull(client.id());
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO clients (client_id, name, ch_database_name, ch_target, retention_days) VALUES (?, ?, ?, ?, ?)")) {
      insert.setString(1, clientId);
      insert.setString(2, client.name());
      insert.setString(3, client.database());
      insert.setString(4, client.target());
      insert.setInt(5, client.retentionDays());
      insert.executeUpdate();
    }
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO api_keys (client_id, api_key_hash, label, expires_at)"
                + " VALUES (?, ?, ?, now() + make_interval(secs => ?))")) {
      insert.setString(1, clientId);
      insert.setString(2, hash.toHex());
      insert.setString(3, "first");
      Duration lifetime = client.keyLifetime();
      if (lifetime == null) {
        insert.setNull(4, Types.DOUBLE);
      } else {
        insert.setDouble(4, lifetime.toMillis() / 1000.0);
      }
      insert.executeUpdate();
    }
    audit.write(
        connection,
        "client.created",
        clientId,
        "database " + client.database() + ", target " + client.target());
  }

  private static String describeTaken(NewClient client, @Nullable ServerErrorMessage error) {
    String constraint = error == null ? "" : String.valueOf(error.getConstraint());
    if (constraint.contains("ch_database_name")) {
      return "The database "
          + client.database()
          + " belongs to another client; choose one with --database.";
    }
    if (constraint.contains("name")) {
      return "Another client is named \"" + client.name() + "\"; choose another with --name.";
    }
    return "The id " + client.id() + " belongs to another client; choose one with --id.";
  }

  /**
   * One client with its keys, migrations and latest audit entries; empty if there is none of this
   * id.
   */
  public Optional<ClientDetails> show(String clientId) throws SQLException {
    try (Connection connection = metadata.getConnection();
        PreparedStatement select = connection.prepareStatement(SUMMARY + "WHERE client_id = ?")) {
      select.setString(1, clientId);
      try (ResultSet rows = select.executeQuery()) {
        if (!rows.next()) {
          return Optional.empty();
        }
        return Optional.of(
            new ClientDetails(
                summary(rows),
                Sql.time(rows, "updated_at"),
                keys(connection, clientId),
                migrations(connection, clientId),
                recent(connection, clientId)));
      }
    }
  }

  private static List<ClientDetails.Key> keys(Connection connection, String clientId)
      throws SQLException {
    return Sql.query(
        connection,
        "SELECT left(api_key_hash, 8) AS fingerprint, label, created_at, expires_at, revoked_at FROM api_keys"
            + " WHERE client_id = ? ORDER BY created_at DESC, api_key_hash",
        row ->
            new ClientDetails.Key(
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
        "SELECT version, description, outcome, applied_at, duration_ms FROM schema_versions WHERE client_id = ? ORDER BY version",
        row ->
            new ClientDetails.Applied(
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

  private static ClientDetails.Summary summary(ResultSet row) throws SQLException {
    return new ClientDetails.Summary(
        row.getString("client_id"),
        row.getString("name"),
        ClientStatus.of(row.getString("status")),
        row.getString("ch_database_name"),
        row.getString("ch_target"),
        row.getInt("retention_days"),
        Sql.time(row, "created_at"));
  }
}
