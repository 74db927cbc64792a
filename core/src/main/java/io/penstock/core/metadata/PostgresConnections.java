package io.penstock.core.metadata;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.penstock.core.config.Durations;
import io.penstock.core.config.Patience;
import io.penstock.core.config.PostgresConfig;
import io.penstock.core.run.AskedConnection;
import io.penstock.core.run.CommandRun;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;

/** Opens connection pools to the metadata database. */
public final class PostgresConnections {
  private PostgresConnections() {}

  /**
   * Opens the pool of a command: it waits as long as the command's patience allows, and says what
   * it waits for.
   */
  public static HikariDataSource ofCommand(PostgresConfig config, String poolName) {
    Patience patience = CommandRun.current().patience();
    return open(config, poolName, patience.connect(), patience.answer());
  }

  /** The server with its address, for a person. */
  public static String name(PostgresConfig config) {
    return "PostgreSQL at " + config.url().replaceFirst("\\?.*", "");
  }

  /**
   * Whether the server as a whole is down: it does not answer, is stopping, or takes no connection.
   */
  public static boolean isDown(SQLException e) {
    String state = e.getSQLState();
    return e instanceof SQLTransientConnectionException
        || (state != null
            && (state.startsWith("08") || state.startsWith("57P0") || state.equals("53300")));
  }

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
    timeouts(connectTimeout, answerTimeout).forEach(hikari::addDataSourceProperty);
    hikari.addDataSourceProperty("ApplicationName", poolName);
    hikari.addDataSourceProperty("tcpKeepAlive", "true");
    return new Pool(hikari, name(config));
  }

  /**
   * How long a connection waits, as properties of PostgreSQL's driver.
   *
   * @param connect for the connection; rounded up to seconds, as is {@code answer}
   * @param answer for each answer
   */
  public static Map<String, String> timeouts(Duration connect, Duration answer) {
    return Map.of(
        "connectTimeout", seconds(connect),
        "loginTimeout", seconds(connect),
        "socketTimeout", seconds(answer));
  }

  private static String seconds(Duration timeout) {
    return Long.toString(Math.max(1, timeout.plusMillis(999).toSeconds()));
  }

  /** A pool that says what it waits for, if it works for a command. */
  private static final class Pool extends HikariDataSource {
    private final String server;

    Pool(HikariConfig config, String server) {
      super(config);
      this.server = server;
    }

    @Override
    public Connection getConnection() throws SQLException {
      CommandRun run = CommandRun.current();
      if (!run.isCommand()) {
        return super.getConnection();
      }
      try (CommandRun.Wait _ = run.waitFor(server)) {
        return AskedConnection.of(
            connection(run.patience().connect()),
            (call, closes) -> {
              try (CommandRun.Wait _ = run.waitFor(server)) {
                return call.call();
              } catch (RuntimeException bug) {
                throw bug;
              } catch (Exception e) {
                throw AskedConnection.sql(e);
              }
            });
      }
    }

    /** Takes a connection; the exception has the server's message in place of the pool's. */
    private Connection connection(Duration patience) throws SQLException {
      try {
        return super.getConnection();
      } catch (SQLTransientConnectionException e) {
        if (e.getCause() != null) {
          throw e;
        }
        throw new SQLTransientConnectionException(
            "does not answer within %s (penstock.command.timeout, for a connection 10s at most)"
                .formatted(Durations.format(patience)),
            e.getSQLState());
      }
    }
  }

  /**
   * One connection outside any pool, for who listens on it.
   *
   * @param name shown in {@code pg_stat_activity}
   * @param timeout for the connection, and again for each answer; rounded up to seconds
   */
  public static Connection connect(PostgresConfig config, String name, Duration timeout)
      throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", config.user());
    properties.setProperty("password", config.password().reveal());
    properties.setProperty("ApplicationName", name);
    properties.putAll(timeouts(timeout, timeout));
    properties.setProperty("tcpKeepAlive", "true");
    try (CommandRun.Wait _ = CommandRun.current().waitFor(name(config))) {
      return DriverManager.getConnection(config.url(), properties);
    }
  }
}
