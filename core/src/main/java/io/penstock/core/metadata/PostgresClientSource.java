package io.penstock.core.metadata;

import com.zaxxer.hikari.HikariDataSource;
import io.penstock.core.client.ClientSource;
import io.penstock.core.client.Lookup;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads clients and their keys by one query on the primary key. Thread-safe. */
public final class PostgresClientSource implements ClientSource {
  private final HikariDataSource pool;

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
    try (Connection connection = pool.getConnection()) {
      Map<String, Lookup> unreadable = new HashMap<>();
      ClientsTable.withKeys(
              connection,
              clientIds,
              (clientId, e) ->
                  unreadable.put(
                      clientId,
                      new Lookup.Unavailable(
                          "PostgreSQL holds what this version cannot read: " + e.getMessage())))
          .forEach((clientId, client) -> all.put(clientId, new Lookup.Found(client.metadata())));
      all.putAll(unreadable);
    } catch (SQLException e) {
      Lookup failed =
          new Lookup.Unavailable(
              "PostgreSQL: " + e.getClass().getSimpleName() + " " + e.getSQLState());
      all.replaceAll((_, _) -> failed);
    }
    return all;
  }

  @Override
  public void close() {
    pool.close();
  }
}
