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
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads clients and their keys by one query on the primary key. Thread-safe. */
public final class PostgresClientSource implements ClientSource {
  private static final String QUERY =
      """
      SELECT c.client_id, c.status, c.ch_database_name, c.ch_target, c.max_events_per_minute, %s,
        k.api_key_hash, k.created_at, k.expires_at, k.revoked_at
      FROM clients c LEFT JOIN api_keys k ON k.client_id = c.client_id
      WHERE c.client_id = ANY (?) ORDER BY c.client_id, k.created_at DESC, k.api_key_hash\
      """
          .formatted(Retention.COLUMNS);

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
    return findAll(List.of(clientId)).getOrDefault(clientId, new Lookup.Unknown());
  }

  @Override
  public Map<String, Lookup> findAll(Collection<String> clientIds) {
    Map<String, Lookup> all = new HashMap<>();
    clientIds.forEach(clientId -> all.put(clientId, new Lookup.Unknown()));
    try (Connection connection = pool.getConnection();
        PreparedStatement statement = connection.prepareStatement(QUERY)) {
      statement.setArray(1, connection.createArrayOf("text", clientIds.toArray()));
      try (ResultSet rows = statement.executeQuery()) {
        boolean _ = rows.next();
        while (rows.getRow() != 0) {
          String clientId = rows.getString("client_id");
          all.put(clientId, answer(clientId, rows));
        }
      }
    } catch (SQLException e) {
      Lookup failed =
          new Lookup.Unavailable(
              "PostgreSQL: " + e.getClass().getSimpleName() + " " + e.getSQLState());
      all.replaceAll((_, _) -> failed);
    }
    return all;
  }

  /** Reads a client's rows; the next client's row is the current one then, or none is. */
  private static Lookup answer(String clientId, ResultSet rows) throws SQLException {
    try {
      return new Lookup.Found(read(clientId, rows));
    } catch (IllegalArgumentException e) {
      while (isOf(clientId, rows)) {
        boolean _ = rows.next();
      }
      return new Lookup.Unavailable(
          "PostgreSQL holds what this version cannot read: " + e.getMessage());
    }
  }

  private static boolean isOf(String clientId, ResultSet rows) throws SQLException {
    return rows.getRow() != 0 && clientId.equals(rows.getString("client_id"));
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
    } while (rows.next() && isOf(clientId, rows));
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
