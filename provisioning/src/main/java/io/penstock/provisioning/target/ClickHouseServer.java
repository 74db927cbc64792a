package io.penstock.provisioning.target;

import com.clickhouse.client.api.Client;
import com.clickhouse.client.api.query.QueryResponse;
import com.clickhouse.client.api.query.QuerySettings;
import com.clickhouse.data.ClickHouseFormat;
import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.client.Retention;
import io.penstock.core.config.ClickHouseConfig;
import java.io.IOException;
import java.io.InputStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;

/** One ClickHouse target over JDBC. */
public final class ClickHouseServer {
  /** How long a server may work at an answer that it sends whole. */
  private static final Duration DOWNLOAD_TIMEOUT = Duration.ofMinutes(30);

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

  /** Takes what a server answers. */
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
    Client.Builder builder =
        ClickHouseClients.connection(config, "provisioning")
            .setSocketTimeout(DOWNLOAD_TIMEOUT.toMillis(), ChronoUnit.MILLIS);
    QuerySettings settings =
        new QuerySettings()
            .setFormat(ClickHouseFormat.valueOf(format))
            .serverSetting("wait_end_of_query", "1");
    try (Client client = builder.build();
        QueryResponse response = client.query(sql, settings).get()) {
      download.read(response.getInputStream());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
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

  /** {@code ON CLUSTER ...}, or nothing on a single server. */
  public String onCluster() {
    return ClickHouseClients.onCluster(config);
  }

  /** What stands for placeholders in migrations. The database's name must have been checked. */
  public Map<String, String> placeholders(String database, Retention retention) {
    return Map.of(
        "database", quoted(database),
        "retention_days", Integer.toString(retention.days()),
        "expiry", expiry(retention),
        "cluster", onCluster(),
        "replicated", config.cluster() == null ? "" : "Replicated");
  }

  /**
   * When a row of {@code events_base} is over, as a TTL: cut off at the last second that 32 bits
   * hold, since a sum beyond it wraps and is long past.
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

  /** See {@link ClickHouseClients#quoted}. */
  public static String quoted(String identifier) {
    return ClickHouseClients.quoted(identifier);
  }
}
