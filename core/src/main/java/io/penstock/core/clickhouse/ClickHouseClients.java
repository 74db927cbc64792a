package io.penstock.core.clickhouse;

import com.clickhouse.client.api.Client;
import com.clickhouse.client.api.ClientConfigProperties;
import com.clickhouse.client.api.ClientFaultCause;
import com.clickhouse.client.api.CompressionMethod;
import com.clickhouse.client.api.DataStreamWriter;
import com.clickhouse.client.api.insert.InsertResponse;
import com.clickhouse.client.api.insert.InsertSettings;
import com.clickhouse.data.ClickHouseFormat;
import io.penstock.core.client.ClientRules;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.observe.Version;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets up ClickHouse's client library in the same way everywhere, and inserts what {@link
 * RowEncoder} wrote.
 */
public final class ClickHouseClients {
  private static final Logger log = LoggerFactory.getLogger(ClickHouseClients.class);
  private static final long MAX_CONNECT_MILLIS = 5_000;
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");

  private ClickHouseClients() {}

  /**
   * How to reach a target.
   *
   * @param program what the server calls the caller by, after {@code penstock-}
   */
  public static Client.Builder connection(ClickHouseConfig config, String program) {
    Client.Builder builder =
        new Client.Builder()
            .addEndpoint(config.url().toString())
            .setUsername(config.user())
            .setPassword(config.password().reveal())
            .setClientName("penstock-" + program + "/" + Version.CURRENT);
    return config.caFile() == null ? builder : builder.setRootCertificate(config.caFile());
  }

  /**
   * A client for inserts, which repeats nothing by itself. Asks nothing of the server yet.
   *
   * @param timeout of one request, from connecting to the answer
   * @param connections how many requests at once
   */
  public static Client open(Client.Builder connection, Duration timeout, int connections) {
    return connection
        .compressClientRequest(true)
        // Said, since the client's own choice is ZSTD, the largest cost of the router by far.
        .compressionMethod(CompressionMethod.LZ4)
        .compressServerResponse(false)
        .setMaxConnections(connections)
        .setConnectTimeout(Math.min(MAX_CONNECT_MILLIS, timeout.toMillis()), ChronoUnit.MILLIS)
        .setSocketTimeout(timeout.toMillis(), ChronoUnit.MILLIS)
        .retryOnFailures(ClientFaultCause.None)
        .setMaxRetries(0)
        .build();
  }

  /**
   * Inserts rows in one request; never throws for what the server or the network does.
   *
   * @param table quoted, with its database
   * @param columns that the rows have
   * @param rows writes them in the format RowBinary
   * @return null if they are stored
   */
  public static @Nullable ClickHouseFailure insert(
      Client client, String table, List<String> columns, Framed rows, InsertSettings settings) {
    InsertSettings compressed =
        prepared(settings).setOption(ClientConfigProperties.APP_COMPRESSED_DATA.getKey(), true);
    return insert(() ->
        client.insert(
            table,
            columns,
            out -> {
              FrameOutputStream frames = new FrameOutputStream(out);
              rows.writeTo(frames);
              frames.flush();
            },
            ClickHouseFormat.RowBinary,
            compressed));
  }

  /** Writes data, as it is or in frames that were made before. */
  @FunctionalInterface
  public interface Framed {
    /** May be called more than once. */
    void writeTo(FrameOutputStream out) throws IOException;
  }

  /**
   * Inserts JSON objects, a line each, whose fields are the table's columns; never throws for what
   * the server or the network does.
   *
   * @param table quoted, with its database
   * @param lines writes them
   * @return null if they are stored
   */
  public static @Nullable ClickHouseFailure insertJson(
      Client client, String table, DataStreamWriter lines, InsertSettings settings) {
    return insert(
        () -> client.insert(table, lines, ClickHouseFormat.JSONEachRow, prepared(settings)));
  }

  private static InsertSettings prepared(InsertSettings settings) {
    return settings
        .serverSetting("async_insert", "0")
        .serverSetting("max_partitions_per_insert_block", "0")
        // The status line is sent once the outcome is known, not before.
        .serverSetting("wait_end_of_query", "1");
  }

  private static @Nullable ClickHouseFailure insert(
      Supplier<CompletableFuture<InsertResponse>> request) {
    try (InsertResponse response = request.get().get()) {
      log.debug("inserted written={}", response.getWrittenRows());
      return null;
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return new ClickHouseFailure(ClickHouseErrors.NETWORK, "interrupted");
    } catch (ExecutionException failed) {
      return ClickHouseFailure.of(failed.getCause() == null ? failed : failed.getCause());
    } catch (Exception failed) {
      return ClickHouseFailure.of(failed);
    }
  }

  /**
   * A name in statements that Penstock gave: of a database, user or cluster. What is put into
   * statements as text goes through this, {@link #literal}, {@link #escaped} or {@link #text}.
   *
   * @throws IllegalArgumentException if it is not a plain identifier; Penstock makes no other, so
   *     this one is somebody else's
   */
  public static String quoted(String identifier) {
    return "`" + plain(identifier) + "`";
  }

  /**
   * The same name as a string in statements, where system tables are asked.
   *
   * @throws IllegalArgumentException as {@link #quoted}
   */
  public static String literal(String identifier) {
    return "'" + plain(identifier) + "'";
  }

  /**
   * A name in statements that somebody else gave, as to a column of a client's own: whatever it
   * holds, it stays one name.
   */
  public static String escaped(String name) {
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`";
  }

  /** Any text as a string in statements. */
  public static String text(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }

  private static String plain(String identifier) {
    if (!PLAIN.matcher(identifier).matches()) {
      throw new IllegalArgumentException(
          ClientRules.printable(identifier)
              + " is no plain identifier, so nothing is asked of ClickHouse with it");
    }
    return identifier;
  }

  /** {@code ON CLUSTER ...}, or nothing on a single server. */
  public static String onCluster(ClickHouseConfig config) {
    return config.cluster() == null ? "" : "ON CLUSTER " + quoted(config.cluster());
  }
}
