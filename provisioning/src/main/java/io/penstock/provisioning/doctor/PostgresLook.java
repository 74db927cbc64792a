package io.penstock.provisioning.doctor;

import io.penstock.core.config.PostgresConfig;
import io.penstock.core.metadata.ClientsTable;
import io.penstock.core.metadata.PostgresConnections;
import io.penstock.core.metadata.Sql;
import io.penstock.core.metadata.TargetTable;
import io.penstock.core.run.CommandRun;
import io.penstock.provisioning.doctor.PostgresFacts.Metadata;
import io.penstock.provisioning.doctor.PostgresFacts.Pooling;
import io.penstock.provisioning.doctor.PostgresFacts.Schema;
import io.penstock.provisioning.doctor.PostgresFacts.Writes;
import io.penstock.provisioning.schema.SchemaVersions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Asks PostgreSQL, on one connection of its own. */
record PostgresLook(PostgresConfig config, Path home, Duration patience) {
  private static final Pattern FILE = Pattern.compile("V(\\d+)__.*\\.sql");

  /** What the jobs need; a router only reads. */
  private static final String RIGHTS =
      """
      SELECT need.t, need.p FROM (VALUES
        ('clients', 'SELECT'), ('clients', 'INSERT'), ('clients', 'UPDATE'),
        ('api_keys', 'SELECT'), ('api_keys', 'INSERT'), ('api_keys', 'UPDATE'),
        ('schema_versions', 'SELECT'), ('schema_versions', 'INSERT'), ('schema_versions', 'UPDATE'), ('schema_versions', 'DELETE'),
        ('migration_texts', 'SELECT'), ('migration_texts', 'INSERT'),
        ('targets', 'SELECT'), ('targets', 'INSERT'),
        ('jobs', 'SELECT'), ('jobs', 'INSERT'), ('jobs', 'UPDATE'),
        ('audit_log', 'SELECT'), ('audit_log', 'INSERT')) AS need (t, p)
      WHERE to_regclass(need.t) IS NOT NULL AND NOT has_table_privilege(to_regclass(need.t), need.p)\
      """;

  /**
   * @throws SQLException if PostgreSQL does not answer
   * @throws IOException if the folder {@code postgres/sql} cannot be read
   */
  PostgresFacts look() throws SQLException, IOException {
    Set<String> files = versions(home.resolve("postgres").resolve("sql"));
    try (Connection connection = connect();
        Connection another = connect()) {
      Instant askedAt = Instant.now();
      Instant server = now(connection);
      ClockReading clock = new ClockReading(askedAt, server, Instant.now());
      Schema schema = schema(connection, files);
      return new PostgresFacts(
          Objects.requireNonNull(
              Sql.first(
                  connection, "SELECT current_setting('server_version')", row -> row.getString(1))),
          clock,
          writes(connection),
          pooling(connection, another),
          schema,
          Sql.query(connection, RIGHTS, row -> row.getString(2) + " on " + row.getString(1)),
          schema.pending().isEmpty() ? metadata(connection) : null);
    }
  }

  private static Writes writes(Connection connection) throws SQLException {
    return Objects.requireNonNull(
        Sql.first(
            connection,
            "SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only')::boolean",
            row ->
                row.getBoolean(1)
                    ? Writes.STANDBY
                    : row.getBoolean(2) ? Writes.READ_ONLY : Writes.TAKEN));
  }

  /**
   * Finds out what lies between, by the server processes of two connections. Without a pooler, or
   * with one that pools sessions, each connection keeps a server process of its own. A pooler of
   * transactions gives the process that was just set free to the next transaction, so that the two
   * connections share one, or the first gets another while the second has it.
   */
  static Pooling pooling(Connection one, Connection other) throws SQLException {
    int before = serverProcess(one);
    int others =
        Sql.inTransaction(
            other,
            () -> {
              int held = serverProcess(other);
              return serverProcess(one) == before ? held : before;
            });
    return others == before ? Pooling.TRANSACTION : Pooling.SESSION;
  }

  private static int serverProcess(Connection connection) throws SQLException {
    return Objects.requireNonNull(
        Sql.first(connection, "SELECT pg_backend_pid()", row -> row.getInt(1)));
  }

  private Connection connect() throws SQLException {
    return PostgresConnections.connect(config, "penstock doctor", patience);
  }

  private static Instant now(Connection connection) throws SQLException {
    return Objects.requireNonNull(
        Sql.first(connection, "SELECT clock_timestamp() AS at", row -> Sql.time(row, "at")));
  }

  private static Set<String> versions(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> FILE.matcher(String.valueOf(file.getFileName())))
          .filter(Matcher::matches)
          .map(name -> name.group(1))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private static Schema schema(Connection connection, Set<String> files) throws SQLException {
    Set<String> applied = new TreeSet<>();
    List<String> failed = new ArrayList<>();
    boolean any =
        Boolean.TRUE.equals(
            Sql.first(
                connection,
                "SELECT to_regclass('flyway_schema_history') IS NOT NULL",
                row -> row.getBoolean(1)));
    if (any) {
      Sql.query(
              connection,
              "SELECT version, success FROM flyway_schema_history WHERE version IS NOT NULL ORDER BY installed_rank",
              row -> Map.entry(row.getString(1), row.getBoolean(2)))
          .forEach(entry -> {
            if (entry.getValue()) {
              applied.add(entry.getKey());
            } else {
              failed.add(entry.getKey());
            }
          });
    }
    List<String> pending = files.stream().filter(file -> !applied.contains(file)).toList();
    List<String> unknown = applied.stream().filter(version -> !files.contains(version)).toList();
    String newest = applied.stream().reduce("", (first, second) -> second);
    return new Schema(newest, pending, failed, unknown);
  }

  private static Metadata metadata(Connection connection) throws SQLException {
    Instant at = now(connection);
    return new Metadata(
        at,
        List.copyOf(ClientsTable.withKeys(connection, null, PostgresLook::fail).values()),
        SchemaVersions.all(connection),
        TargetTable.rows(connection, CommandRun.current().environment()));
  }

  private static void fail(String clientId, IllegalArgumentException unreadable) {
    throw unreadable;
  }
}
