package io.penstock.provisioning.target;

import io.penstock.core.config.ClickHouseConfig;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;

/** One ClickHouse target over JDBC. */
public final class ClickHouseServer {
  private final ClickHouseConfig config;

  public ClickHouseServer(ClickHouseConfig config) {
    this.config = config;
  }

  /** Asks nothing of the server yet. The caller closes it. */
  public Connection connect() throws SQLException {
    return connect(new Properties());
  }

  /**
   * The same for a server that may not answer.
   *
   * @param patience how long to wait for a connection, and again for each answer
   */
  public Connection connect(Duration patience) throws SQLException {
    Properties properties = new Properties();
    String millis = Long.toString(patience.toMillis());
    properties.setProperty("connection_timeout", millis);
    properties.setProperty("socket_timeout", millis);
    return connect(properties);
  }

  private Connection connect(Properties properties) throws SQLException {
    properties.setProperty("user", config.user());
    properties.setProperty("password", config.password().reveal());
    if (config.caFile() != null) {
      properties.setProperty("sslrootcert", config.caFile());
    }
    return DriverManager.getConnection("jdbc:clickhouse:" + config.url(), properties);
  }

  /** {@code ON CLUSTER ...}, or nothing on a single server. */
  public String onCluster() {
    return config.cluster() == null ? "" : "ON CLUSTER " + quoted(config.cluster());
  }

  /** What stands for placeholders in migrations. The database's name must have been checked. */
  public Map<String, String> placeholders(String database, int retentionDays) {
    return Map.of(
        "database", quoted(database),
        "retention_days", Integer.toString(retentionDays),
        "cluster", onCluster(),
        "replicated", config.cluster() == null ? "" : "Replicated");
  }

  /**
   * Quotes a name that holds no quote of its own; anything else is a bug of the caller, which
   * checks names first.
   */
  public static String quoted(String identifier) {
    if (!identifier.matches("[A-Za-z_][A-Za-z0-9_]*")) {
      throw new IllegalArgumentException("not a plain identifier: " + identifier);
    }
    return "`" + identifier + "`";
  }
}
