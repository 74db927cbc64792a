package io.penstock.provisioning.schema;

import io.penstock.core.metadata.Sql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What was applied to one client's database. */
public record SchemaVersions(Connection connection, String clientId) {
  private static final String COLUMNS =
      "SELECT client_id, scope, version, description, checksum, outcome, statements_done, applied_at FROM schema_versions ";

  /** How far a migration came. */
  public enum Outcome {
    RUNNING,
    APPLIED,
    FAILED;

    String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * One migration of one client.
   *
   * @param outcome {@code RUNNING} where nobody holds the client's lock: it was interrupted
   * @param done how many of its statements have run
   */
  public record Row(
      String clientId,
      Migration.Scope scope,
      int version,
      String description,
      String checksum,
      Outcome outcome,
      int done,
      Instant at) {
    /** Whether it is this file's. */
    public boolean isOf(Migration migration) {
      return scope == migration.scope() && version == migration.version();
    }

    String label() {
      return scope.label(version) + " (" + description + ")";
    }
  }

  /** The client's rows in the order in which its migrations ended. */
  List<Row> rows() throws SQLException {
    return Sql.query(
        connection,
        COLUMNS + "WHERE client_id = ? ORDER BY applied_at, scope, version",
        SchemaVersions::row,
        clientId);
  }

  /** The rows of all clients that have any, each client's in the order of {@link #rows}. */
  public static Map<String, List<Row>> all(Connection connection) throws SQLException {
    Map<String, List<Row>> byClient = new TreeMap<>();
    for (Row row :
        Sql.query(
            connection, COLUMNS + "ORDER BY applied_at, scope, version", SchemaVersions::row)) {
      byClient.computeIfAbsent(row.clientId, id -> new ArrayList<>()).add(row);
    }
    return byClient;
  }

  private static Row row(ResultSet row) throws SQLException {
    return new Row(
        row.getString("client_id"),
        Migration.Scope.of(row.getString("scope")),
        row.getInt("version"),
        row.getString("description"),
        row.getString("checksum"),
        Outcome.valueOf(row.getString("outcome").toUpperCase(Locale.ROOT)),
        row.getInt("statements_done"),
        Sql.time(row, "applied_at"));
  }

  /** The text that has this checksum; null if it was applied before texts were kept. */
  static @Nullable String text(Connection connection, String checksum) throws SQLException {
    return Sql.first(
        connection,
        "SELECT sql FROM migration_texts WHERE checksum = ?",
        row -> row.getString(1),
        checksum);
  }

  /**
   * Keeps the migration's text, and notes how far it came; takes the place of what an earlier try
   * noted.
   *
   * @param done how many of its statements have run
   */
  void record(Migration migration, Outcome outcome, int done, long nanos) throws SQLException {
    var _ =
        Sql.update(
            connection,
            """
            WITH kept AS (INSERT INTO migration_texts (checksum, sql) VALUES (?, ?) ON CONFLICT DO NOTHING)
            INSERT INTO schema_versions (client_id, scope, version, description, checksum, duration_ms, outcome, statements_done)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (client_id, scope, version) DO UPDATE SET description = excluded.description, checksum = excluded.checksum,
              applied_at = now(), duration_ms = excluded.duration_ms, outcome = excluded.outcome, statements_done = excluded.statements_done\
            """,
            migration.checksum(),
            migration.sql(),
            clientId,
            migration.scope().text(),
            migration.version(),
            migration.description(),
            migration.checksum(),
            nanos / 1_000_000,
            outcome.text(),
            done);
  }
}
