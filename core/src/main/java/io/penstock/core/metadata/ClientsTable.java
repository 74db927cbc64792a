package io.penstock.core.metadata;

import io.penstock.core.client.ApiKey;
import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.client.ClientMetadata;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.client.Retention;
import io.penstock.core.config.NearMatch;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads PostgreSQL's table {@code clients}. Every method throws {@link SQLException} where
 * PostgreSQL does not answer, and {@link IllegalArgumentException} where a row holds what this
 * version cannot read. Changes are made by the jobs, each with its entry in the {@link AuditLog}.
 */
public final class ClientsTable {
  /**
   * The columns that {@link #row} reads, of {@code clients c}. Those of the retention can be read
   * before metadata V004, too, so that routers may be brought up to date before or after it.
   */
  public static final String COLUMNS =
      """
      c.client_id, c.name, c.status, c.ch_database_name, c.ch_target, c.max_events_per_minute,
      least(c.retention_days, %d) AS retention_days, coalesce(to_jsonb(c) ->> 'retention_from', 'event_time') AS retention_from,
      c.created_at, c.updated_at, c.provisioned_at, c.deprovision_at, c.drop_started_at\
      """
          .formatted(Retention.MAX_DAYS);

  private static final String SELECT = "SELECT " + COLUMNS + " FROM clients c ";

  private static final String WITH_KEYS =
      "SELECT "
          + COLUMNS
          + """
          , k.api_key_hash, k.created_at AS key_created_at, k.expires_at, k.revoked_at
          FROM clients c LEFT JOIN api_keys k USING (client_id)
          WHERE (?::text[] IS NULL OR c.client_id = ANY (?::text[]))
          ORDER BY c.client_id, k.created_at DESC, k.api_key_hash\
          """;

  /** As many are looked through for the one that was meant. */
  private static final int MAX_IDS = 100_000;

  private ClientsTable() {}

  /** The client of this id, whatever its status; null if there is none. */
  public static @Nullable ClientRow find(Connection connection, String clientId)
      throws SQLException {
    return Sql.first(connection, SELECT + "WHERE client_id = ?", ClientsTable::row, clientId);
  }

  /** Those that have one of these statuses, by id; all if none is given. */
  public static List<ClientRow> list(Connection connection, ClientStatus... statuses)
      throws SQLException {
    String[] texts = new String[statuses.length];
    for (int i = 0; i < statuses.length; i++) {
      texts[i] = statuses[i].text();
    }
    return Sql.query(
        connection,
        SELECT + "WHERE cardinality(?::text[]) = 0 OR status = ANY (?::text[]) ORDER BY client_id",
        ClientsTable::row,
        texts,
        texts);
  }

  /** Reads {@link #COLUMNS}. */
  public static ClientRow row(ResultSet row) throws SQLException {
    return new ClientRow(
        row.getString("client_id"),
        row.getString("name"),
        ClientStatus.of(row.getString("status")),
        row.getString("ch_database_name"),
        row.getString("ch_target"),
        new Retention(
            row.getInt("retention_days"), Retention.From.of(row.getString("retention_from"))),
        row.getObject("max_events_per_minute", Integer.class),
        Sql.time(row, "created_at"),
        Sql.time(row, "updated_at"),
        Sql.maybeTime(row, "provisioned_at"),
        Sql.maybeTime(row, "deprovision_at"),
        Sql.maybeTime(row, "drop_started_at"));
  }

  /**
   * A client and its keys.
   *
   * @param keys newest first
   */
  public record WithKeys(ClientRow client, List<ApiKey> keys) {
    /** What routers need of it. */
    public ClientMetadata metadata() {
      return new ClientMetadata(
          client.clientId(),
          client.status(),
          client.database(),
          client.target(),
          keys,
          client.maxEventsPerMinute(),
          client.retention());
    }
  }

  /**
   * Clients with their keys, by id, in one question.
   *
   * @param clientIds null: all
   * @param unreadable told of each client of which a row cannot be read; it is left out
   */
  public static Map<String, WithKeys> withKeys(
      Connection connection,
      @Nullable Collection<String> clientIds,
      BiConsumer<String, IllegalArgumentException> unreadable)
      throws SQLException {
    String[] ids = clientIds == null ? null : clientIds.toArray(String[]::new);
    Map<String, WithKeys> all = new LinkedHashMap<>();
    Set<String> broken = new HashSet<>();
    var _ =
        Sql.query(
            connection,
            WITH_KEYS,
            row -> {
              String clientId = row.getString("client_id");
              try {
                WithKeys held = all.get(clientId);
                if (held == null) {
                  held = new WithKeys(row(row), new ArrayList<>());
                  all.put(clientId, held);
                }
                String hash = row.getString("api_key_hash");
                if (hash != null) {
                  held.keys.add(key(hash, row));
                }
              } catch (IllegalArgumentException e) {
                broken.add(clientId);
                unreadable.accept(clientId, e);
              }
              return clientId;
            },
            ids,
            ids);
    all.keySet().removeAll(broken);
    return all;
  }

  private static ApiKey key(String hash, ResultSet row) throws SQLException {
    return new ApiKey(
        ApiKeyHash.ofHex(hash),
        Sql.time(row, "key_created_at"),
        Sql.maybeTime(row, "expires_at"),
        Sql.maybeTime(row, "revoked_at"));
  }

  /** The ClickHouse database of each client, by id, whatever its status. */
  public static Map<String, String> databases(Connection connection) throws SQLException {
    Map<String, String> all = new LinkedHashMap<>();
    Sql.query(
            connection,
            "SELECT client_id, ch_database_name FROM clients",
            row -> Map.entry(row.getString(1), row.getString(2)))
        .forEach(client -> all.put(client.getKey(), client.getValue()));
    return all;
  }

  /** Whether there is a client of this id, whatever its status. */
  public static boolean exists(Connection connection, String clientId) throws SQLException {
    return Sql.first(
            connection, "SELECT 1 FROM clients WHERE client_id = ?", row -> row.getInt(1), clientId)
        != null;
  }

  /**
   * {@code there is no client "acem"; did you mean "acme"?}: without the question if none is near.
   */
  public static String unknown(Connection connection, String clientId) throws SQLException {
    List<String> ids =
        Sql.query(
            connection,
            "SELECT client_id FROM clients LIMIT " + MAX_IDS,
            row -> row.getString("client_id"));
    return "there is no client \"" + clientId + "\"" + NearMatch.question(clientId, ids);
  }
}
