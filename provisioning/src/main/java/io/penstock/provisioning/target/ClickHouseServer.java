package io.penstock.provisioning.target;

import com.clickhouse.client.api.Client;
import com.clickhouse.client.api.ServerException;
import com.clickhouse.client.api.query.QueryResponse;
import com.clickhouse.client.api.query.QuerySettings;
import com.clickhouse.data.ClickHouseFormat;
import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.client.Retention;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.Patience;
import io.penstock.core.metadata.Sql;
import io.penstock.core.run.AskedConnection;
import io.penstock.core.run.CommandRun;
import io.penstock.core.run.GuardedCall;
import io.penstock.core.run.SilentServerException;
import io.penstock.core.run.SlowStatementException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.FileSystemException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * One ClickHouse target over JDBC. Callers wait as long as the command's patience allows: longer
 * for a slow statement of a server that gives signs of life than for a server that hangs.
 */
public final class ClickHouseServer {
  private final ClickHouseConfig config;

  public ClickHouseServer(ClickHouseConfig config) {
    this.config = config;
  }

  /** A connection, which asks nothing of the server yet. The caller closes it. */
  public Connection connect() throws SQLException {
    return connect(CommandRun.current().patience());
  }

  /**
   * The same for a server that is given less time.
   *
   * @param most how long to wait for a connection, and again for each answer
   */
  public Connection connect(Duration most) throws SQLException {
    Patience patience = CommandRun.current().patience();
    Duration shorter = patience.answer().compareTo(most) < 0 ? patience.answer() : most;
    // The guard is the first to give up, and says so.
    return connect(new Patience(shorter, shorter.multipliedBy(2)));
  }

  private Connection connect(Patience patience) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("connection_timeout", Long.toString(patience.connect().toMillis()));
    properties.setProperty("socket_timeout", Long.toString(patience.statement().toMillis()));
    properties.setProperty("user", config.user());
    properties.setProperty("password", config.password().reveal());
    if (config.caFile() != null) {
      properties.setProperty("sslrootcert", config.caFile());
    }
    Asking asking = new Asking(name(), guarded(patience));
    // The driver asks the server while it connects.
    Connection connection =
        (Connection)
            Objects.requireNonNull(
                asking.ask(
                    () ->
                        DriverManager.getConnection("jdbc:clickhouse:" + config.url(), properties),
                    false));
    return AskedConnection.of(connection, asking);
  }

  private GuardedCall guarded(Patience patience) {
    return new GuardedCall(name(), patience, this::answers);
  }

  private String name() {
    return "ClickHouse at " + config.url();
  }

  /** Whether the server answers at all, if only by a refusal. */
  private boolean answers(Duration within) {
    try (Client client =
        ClickHouseClients.open(ClickHouseClients.connection(config, "provisioning"), within, 1)) {
      return client.queryAll("SELECT 1").size() == 1;
    } catch (Exception e) {
      return !isDown(e);
    }
  }

  /** Whether a failure is the server's as a whole: it decided nothing, or was not reached. */
  public static boolean isDown(Throwable failure) {
    boolean network = false;
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ServerException
          || cause instanceof FileSystemException
          || cause instanceof Export.FileFailedException) {
        return false;
      }
      network |= cause instanceof IOException;
    }
    return network;
  }

  /** Asks over one connection; after a call was given up the connection is abandoned. */
  private static final class Asking implements AskedConnection.Asker {
    private final String server;
    private final GuardedCall guarded;
    private volatile @Nullable SQLException givenUp;

    Asking(String server, GuardedCall guarded) {
      this.server = server;
      this.guarded = guarded;
    }

    @Override
    public @Nullable Object ask(Callable<@Nullable Object> call, boolean closes)
        throws SQLException {
      SQLException before = givenUp;
      if (before != null && closes) {
        var _ = Thread.ofVirtual().start(new FutureTask<>(call));
        return null;
      }
      if (before != null) {
        throw before;
      }
      try {
        return guarded.ask(call);
      } catch (SilentServerException | SlowStatementException | InterruptedIOException e) {
        SQLException silent = AskedConnection.sql(e);
        givenUp = silent;
        throw silent;
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw isDown(e) ? unreached(e) : AskedConnection.sql(e);
      }
    }

    /** The driver's own message says that a request failed, and not why. */
    private SQLException unreached(Exception e) {
      Throwable cause = e;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      return new SQLException(
          "%s cannot be reached: %s"
              .formatted(
                  server,
                  cause.getMessage() == null
                      ? cause.getClass().getSimpleName()
                      : cause.getMessage()),
          e);
    }
  }

  /** Reads a server's answer. */
  public interface Download {
    /** Reads to the end; does not close. */
    void read(InputStream in) throws IOException;
  }

  /**
   * Asks and hands the answer on as it comes. It is complete: the server sends it only when it has
   * it whole.
   *
   * @param format one of ClickHouse's output formats
   * @throws IOException if the server refuses, does not answer, or the answer cannot be taken
   */
  public void download(String sql, String format, Download download) throws IOException {
    Patience patience = CommandRun.current().patience();
    Client.Builder builder =
        ClickHouseClients.connection(config, "provisioning")
            .setConnectTimeout(patience.connect().toMillis(), ChronoUnit.MILLIS)
            .setSocketTimeout(patience.statement().toMillis(), ChronoUnit.MILLIS);
    QuerySettings settings =
        new QuerySettings()
            .setFormat(ClickHouseFormat.valueOf(format))
            .serverSetting("wait_end_of_query", "1");
    try {
      boolean _ =
          guarded(patience)
              .ask(() -> {
                try (Client client = builder.build();
                    QueryResponse response = client.query(sql, settings).get()) {
                  download.read(response.getInputStream());
                  return true;
                }
              });
    } catch (ExecutionException e) {
      throw new IOException(e.getCause() == null ? e : e.getCause());
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  /**
   * Runs statements one after the other.
   *
   * @throws SQLException at the first that fails
   */
  public void execute(List<String> statements) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        var _ = statement.execute(sql);
      }
    }
  }

  /** Every row that a query has. */
  public <T> List<T> query(String sql, Sql.RowReader<T> reader) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      return Sql.query(statement, sql, reader);
    }
  }

  /** {@code ON CLUSTER ...}, or nothing on a single server. */
  public String onCluster() {
    return ClickHouseClients.onCluster(config);
  }

  /** What stands for placeholders in migrations. The database's name must have been checked. */
  public Map<String, String> placeholders(String database, Retention retention) {
    return Map.of(
        "database", ClickHouseClients.quoted(database),
        "retention_days", Integer.toString(retention.days()),
        "expiry", expiry(retention),
        "cluster", onCluster(),
        "replicated", config.cluster() == null ? "" : "Replicated");
  }

  /**
   * The end of a row of {@code events_base}, as a TTL expression: at most the last second that 32
   * bits hold, since a later one wraps into the past.
   */
  public static String expiry(Retention retention) {
    String from =
        switch (retention.from()) {
          case EVENT_TIME -> "event_time";
          case ARRIVAL -> "received_at";
        };
    return "toDateTime(least(greatest(intDiv(toUnixTimestamp64Milli(%s), 1000) + %d, 1), 4294967295))"
        .formatted(from, Duration.ofDays(retention.days()).toSeconds());
  }
}
