package io.penstock.core.client;

import com.zaxxer.hikari.HikariDataSource;
import io.penstock.core.config.PostgresConfig;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a client and its keys by one query on the primary key. Thread-safe. */
public final class PostgresClientSource implements ClientSource {
  private static final String QUERY =
      """
      SELECT c.status, c.ch_database_name, c.ch_target, c.max_events_per_minute, c.retention_days, c.retention_from,
        k.api_key_hash, k.created_at, k.expires_at, k.revoked_at
      FROM clients c LEFT JOIN api_keys k ON k.client_id = c.client_id
      WHERE c.client_id = ? ORDER BY k.created_at DESC, k.api_key_hash\
      """;

  private final HikariDataSource pool;

  PostgresClientSource(PostgresConfig config) {
    this(
        PostgresConnections.open(config, "penstock-directory", config.timeout(), config.timeout()));
  }

  /**
   * @param pool closed with this
   */
  public PostgresClientSource(HikariDataSource pool) {
    this.pool = pool;
  }

  @Override
  public Lookup find(String clientId) {
    try (Connection connection = pool.getConnection();
        PreparedStatement statement = connection.prepareStatement(QUERY)) {
      statement.setString(1, clientId);
      try (ResultSet rows = statement.executeQuery()) {
        return rows.next() ? new Lookup.Found(read(clientId, rows)) : new Lookup.Unknown();
      }
    } catch (SQLException e) {
      return new Lookup.Unavailable(
          "PostgreSQL: " + e.getClass().getSimpleName() + " " + e.getSQLState());
    } catch (IllegalArgumentException e) {
      return new Lookup.Unavailable(
          "PostgreSQL holds what this version cannot read: " + e.getMessage());
    }
  }

  private static ClientMetadata read(String clientId, ResultSet rows) throws SQLException {
    ClientStatus status = ClientStatus.of(rows.getString("status"));
    String database = rows.getString("ch_database_name");
    String target = rows.getString("ch_target");
    Integer limit = rows.getObject("max_events_per_minute", Integer.class);
    Retention retention = Retention.of(rows);
    List<ApiKey> keys = new ArrayList<>();
    do {
      String hash = rows.getString("api_key_hash");
      if (hash != null) {
        Instant created = rows.getTimestamp("created_at").toInstant();
        keys.add(
            new ApiKey(
                ApiKeyHash.ofHex(hash),
                created,
                time(rows, "expires_at"),
                time(rows, "revoked_at")));
      }
    } while (rows.next());
    return new ClientMetadata(clientId, status, database, target, keys, limit, retention);
  }

  private static @Nullable Instant time(ResultSet rows, String column) throws SQLException {
    Timestamp timestamp = rows.getTimestamp(column);
    return timestamp == null ? null : timestamp.toInstant();
  }

  @Override
  public void close() {
    pool.close();
  }
}
