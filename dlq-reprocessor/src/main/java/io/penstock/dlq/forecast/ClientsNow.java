package io.penstock.dlq.forecast;

import com.zaxxer.hikari.HikariDataSource;
import io.penstock.core.client.Lookup;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.metadata.ClientsTable;
import io.penstock.core.metadata.PostgresClientSource;
import io.penstock.core.metadata.TargetTable;
import io.penstock.core.run.CommandRun;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The clients and ClickHouse targets as PostgreSQL has them, asked once each and then remembered.
 * The list of all clients is read first, so that unknown client ids cost nothing, however many
 * there are. Not thread-safe.
 */
final class ClientsNow {
  private final HikariDataSource postgres;
  private final PostgresClientSource source;
  private final ClickHouseConfig configured;
  private TargetTable targets;
  private final Map<String, String> databases = new HashMap<>();
  private final Map<String, Lookup> found = new HashMap<>();
  private boolean loaded;

  /** Connects when a client is looked up first. */
  ClientsNow(HikariDataSource postgres, ClickHouseConfig configured) {
    this.postgres = postgres;
    this.source = new PostgresClientSource(postgres);
    this.configured = configured;
    this.targets = new TargetTable(configured, List.of());
  }

  Lookup find(String clientId) {
    Lookup known = found.get(clientId);
    if (known != null) {
      return known;
    }
    if (!loaded) {
      try {
        load();
      } catch (SQLException e) {
        return new Lookup.Unavailable("PostgreSQL: " + e.getMessage());
      }
    }
    if (!databases.containsKey(clientId)) {
      return new Lookup.Unknown();
    }
    Lookup answer = source.find(clientId);
    if (!(answer instanceof Lookup.Unavailable)) {
      found.put(clientId, answer);
    }
    return answer;
  }

  private void load() throws SQLException {
    try (Connection connection = postgres.getConnection()) {
      databases.putAll(ClientsTable.databases(connection));
      targets = TargetTable.read(connection, configured, CommandRun.current().environment());
    }
    loaded = true;
  }

  /** The databases of all clients; known once a client was found. */
  Set<String> databases() {
    return Set.copyOf(databases.values());
  }

  /** What is known of the target of this name; to be asked once a client was found. */
  TargetTable.Answer target(String name) {
    return targets.find(name);
  }
}
