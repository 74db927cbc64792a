package io.penstock.core.client;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.penstock.core.config.PostgresConfig;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;

/** Opens connection pools to the metadata database. */
public final class PostgresConnections {
  private PostgresConnections() {}

  /**
   * A pool that opens its first connection when one is asked for, so that a process starts while
   * PostgreSQL is down.
   *
   * @param connectTimeout how long a caller waits for a connection
   * @param answerTimeout how long a statement may keep silent before its connection is given up;
   *     rounded up to seconds
   */
  public static HikariDataSource open(
      PostgresConfig config, String poolName, Duration connectTimeout, Duration answerTimeout) {
    long seconds = Math.max(1, answerTimeout.plusMillis(999).toSeconds());
    long connectSeconds = Math.max(1, connectTimeout.plusMillis(999).toSeconds());
    HikariConfig hikari = new HikariConfig();
    hikari.setPoolName(poolName);
    hikari.setJdbcUrl(config.url());
    hikari.setUsername(config.user());
    hikari.setPassword(config.password().reveal());
    hikari.setMaximumPoolSize(config.poolSize());
    hikari.setMinimumIdle(0);
    hikari.setIdleTimeout(Duration.ofMinutes(2).toMillis());
    hikari.setConnectionTimeout(connectTimeout.toMillis());
    hikari.setValidationTimeout(Math.min(connectTimeout.toMillis(), 1_000));
    hikari.setInitializationFailTimeout(-1);
    hikari.addDataSourceProperty("socketTimeout", Long.toString(seconds));
    hikari.addDataSourceProperty("connectTimeout", Long.toString(connectSeconds));
    hikari.addDataSourceProperty("loginTimeout", Long.toString(connectSeconds));
    hikari.addDataSourceProperty("ApplicationName", poolName);
    hikari.addDataSourceProperty("tcpKeepAlive", "true");
    return new HikariDataSource(hikari);
  }

  /**
   * One connection outside any pool, for who listens on it.
   *
   * @param name shown in {@code pg_stat_activity}
   * @param timeout for the connection, and again for each answer; rounded up to seconds
   */
  public static Connection connect(PostgresConfig config, String name, Duration timeout)
      throws SQLException {
    String seconds = Long.toString(Math.max(1, timeout.plusMillis(999).toSeconds()));
    Properties properties = new Properties();
    properties.setProperty("user", config.user());
    properties.setProperty("password", config.password().reveal());
    properties.setProperty("ApplicationName", name);
    properties.setProperty("connectTimeout", seconds);
    properties.setProperty("loginTimeout", seconds);
    properties.setProperty("socketTimeout", seconds);
    properties.setProperty("tcpKeepAlive", "true");
    return DriverManager.getConnection(config.url(), properties);
  }
}
