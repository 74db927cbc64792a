package io.penstock.dlq.forecast;

import static io.penstock.core.clickhouse.ClickHouseClients.quoted;

import com.clickhouse.client.api.Client;
import com.clickhouse.client.api.command.CommandResponse;
import com.clickhouse.client.api.insert.InsertSettings;
import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.clickhouse.ClickHouseErrors;
import io.penstock.core.clickhouse.ClickHouseFailure;
import io.penstock.core.clickhouse.Scratch;
import io.penstock.core.client.ClientRules;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.rows.EventRows;
import io.penstock.core.rows.RowInserts;
import io.penstock.core.run.CommandRun;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One ClickHouse target on which rows are tried: each client's table is copied, without its data,
 * as a table of the engine Null in a scratch database. An insert there computes defaults and
 * materialized columns and checks constraints as the client's own does, and stores nothing. What it
 * does not see: the client's materialized views, and expressions of partitions and indexes. Not
 * thread-safe.
 */
final class TrialTarget implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TrialTarget.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final Duration PAUSE = Duration.ofMillis(300);
  private static final int ATTEMPTS = 3;

  private final String name;
  private final Set<String> clientDatabases;
  private final String onCluster;
  private final String server;
  private final Client client;
  private final RowInserts inserts;

  /** By the client's database. */
  private final Map<String, Table> tables = new HashMap<>();

  private @Nullable String scratch;

  /**
   * The result for every table of the target, if nothing can be tried there; null as long as rows
   * can be tried.
   */
  private @Nullable TrialResult everywhere;

  /** A client's table to try, or why there is none. */
  private sealed interface Table {
    record Ready(String name) implements Table {}

    record Missing(TrialResult result) implements Table {}
  }

  /** Asks nothing of the server yet. */
  TrialTarget(String name, ClickHouseConfig config, Set<String> clientDatabases) {
    this.name = name;
    this.clientDatabases = clientDatabases;
    this.onCluster = ClickHouseClients.onCluster(config);
    this.server = "ClickHouse at " + config.url();
    Duration timeout = CommandRun.current().patience().atMost(TIMEOUT).answer();
    this.client = ClickHouseClients.open(ClickHouseClients.connection(config, "dlq"), timeout, 1);
    this.inserts = new RowInserts(client, System::nanoTime);
  }

  /** Tries the rows {@code [from, to)} on the table of the client with this database. */
  TrialResult insert(String database, TrialRows rows, int from, int to) {
    TrialResult known = everywhere;
    if (known != null) {
      // Where nothing may be tried, a client's table may still be missing.
      return known instanceof TrialResult.Untried ? orMissing(database, known) : known;
    }
    switch (tables.computeIfAbsent(database, this::prepare)) {
      case Table.Missing(TrialResult result) -> {
        return result;
      }
      case Table.Ready(String table) -> {
        ClickHouseFailure failure =
            patiently(() ->
                inserts.insert(
                    EventRows.TABLE,
                    table,
                    (out, bytesLess) -> rows.writeTo(out, from, to, bytesLess),
                    new InsertSettings()));
        if (failure == null) {
          return new TrialResult.Taken();
        }
        TrialResult result =
            result(
                new ClickHouseFailure(
                    failure.code(),
                    failure
                        .detail()
                        .replace(table.replace("`", ""), database + "." + EventRows.TABLE.name())));
        if (result instanceof TrialResult.Untried) {
          tables.put(database, new Table.Missing(result));
        }
        return result;
      }
    }
  }

  private TrialResult orMissing(String database, TrialResult known) {
    Table table =
        tables.computeIfAbsent(
            database,
            key -> {
              TrialResult missing = missing(key);
              return new Table.Missing(missing == null ? known : missing);
            });
    return table instanceof Table.Missing(TrialResult result) ? result : known;
  }

  private Table prepare(String database) {
    TrialResult missing = missing(database);
    if (missing == null) {
      missing = makeScratch();
    }
    if (missing != null) {
      return new Table.Missing(missing);
    }
    String table = quoted(String.valueOf(scratch)) + ".t" + tables.size();
    ClickHouseFailure failure =
        execute(
            "CREATE TABLE %s %s AS %s ENGINE = Null".formatted(table, onCluster, events(database)));
    return failure == null ? new Table.Ready(table) : new Table.Missing(result(failure));
  }

  /** Why nothing can be tried on the client's table; null if the table is there. */
  private @Nullable TrialResult missing(String database) {
    String odd = ClientRules.databaseProblem(database);
    if (odd != null) {
      return new TrialResult.ClientTrouble(odd);
    }
    boolean[] exists = {false};
    ClickHouseFailure failure =
        patiently(() -> {
          try {
            exists[0] =
                client.queryAll("EXISTS TABLE " + events(database)).getFirst().getLong(1) == 1;
            return null;
          } catch (RuntimeException e) {
            return failure(e);
          }
        });
    if (failure != null) {
      return result(failure);
    }
    return exists[0]
        ? null
        : new TrialResult.ClientTrouble(
            "there is no table %s on the ClickHouse target \"%s\""
                .formatted(events(database), name));
  }

  /** Makes the scratch database unless it exists; returns why that failed, or null. */
  private @Nullable TrialResult makeScratch() {
    if (scratch != null || everywhere != null) {
      return everywhere;
    }
    String database = Scratch.FORECAST.newName(clientDatabases);
    ClickHouseFailure failure = execute(Scratch.FORECAST.create(database, onCluster));
    if (failure != null) {
      everywhere = result(failure);
      return everywhere;
    }
    scratch = database;
    sweep();
    return null;
  }

  /** Drops what killed runs left behind. If that fails, the next run tries again. */
  private void sweep() {
    try {
      List<String> names =
          client.queryAll(Scratch.FORECAST.names()).stream().map(row -> row.getString(1)).toList();
      for (String stale : Scratch.FORECAST.stale(names, clientDatabases, Instant.now())) {
        drop(stale);
      }
    } catch (RuntimeException e) {
      log.debug("scratch databases of {} could not be listed", name, e);
    }
  }

  private void drop(String database) {
    ClickHouseFailure failure = execute(Scratch.drop(database, onCluster));
    if (failure != null) {
      log.atWarn()
          .addKeyValue("target", name)
          .addKeyValue("database", database)
          .addKeyValue("cause", failure.detail())
          .log("A scratch database stays; a later run drops it");
    }
  }

  private TrialResult result(ClickHouseFailure failure) {
    if (ClickHouseErrors.isDenied(failure.code())) {
      return new TrialResult.Untried(
          "the ClickHouse target \"%s\" refuses it: %s".formatted(name, failure.detail()));
    }
    return switch (failure.errorClass()) {
      case ROWS -> new TrialResult.RowsRejected(failure.detail());
      case CLIENT -> new TrialResult.ClientTrouble(failure.detail());
      case UNKNOWN -> new TrialResult.Unclear(failure.detail());
      case SERVER, PASSING, TABLE -> {
        everywhere = new TrialResult.Down(failure.detail());
        yield everywhere;
      }
    };
  }

  private static String events(String database) {
    return quoted(database) + "." + EventRows.TABLE.name();
  }

  private @Nullable ClickHouseFailure execute(String sql) {
    return patiently(() -> {
      try (CommandResponse done = client.execute(sql).get()) {
        log.debug("executed, {} rows", done.getWrittenRows());
        return null;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return ClickHouseFailure.of(e);
      } catch (Exception e) {
        return failure(e);
      }
    });
  }

  private static ClickHouseFailure failure(Exception e) {
    Throwable cause = e;
    while (cause instanceof ExecutionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return ClickHouseFailure.of(cause);
  }

  private @Nullable ClickHouseFailure patiently(Supplier<@Nullable ClickHouseFailure> request) {
    try (CommandRun.Wait _ = CommandRun.current().waitFor(server)) {
      ClickHouseFailure failure = request.get();
      for (int attempt = 1; attempt < ATTEMPTS && mayPass(failure); attempt++) {
        LockSupport.parkNanos(PAUSE.toNanos());
        failure = request.get();
      }
      return failure;
    }
  }

  private static boolean mayPass(@Nullable ClickHouseFailure failure) {
    return failure != null
        && failure.errorClass().isRetryable()
        && !ClickHouseErrors.isDenied(failure.code());
  }

  @Override
  public void close() {
    try (client) {
      if (scratch != null) {
        drop(scratch);
      }
    }
  }
}
