package io.penstock.provisioning.schema;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/** What was applied to one client's database. */
record SchemaVersions(Connection connection, String clientId) {
  /** Checksums of the migrations that succeeded, by version. */
  Map<Integer, String> applied() throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT version, checksum FROM schema_versions WHERE client_id = ? AND outcome = 'applied'")) {
      select.setString(1, clientId);
      try (ResultSet rows = select.executeQuery()) {
        Map<Integer, String> applied = new HashMap<>();
        while (rows.next()) {
          applied.put(rows.getInt(1), rows.getString(2));
        }
        return applied;
      }
    }
  }

  /** Replaces what an earlier failed try left. */
  void record(Migration migration, String outcome, long nanos) throws SQLException {
    try (PreparedStatement upsert =
        connection.prepareStatement(
            """
            INSERT INTO schema_versions (client_id, version, description, checksum, duration_ms, outcome)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (client_id, scope, version) DO UPDATE SET description = excluded.description, checksum = excluded.checksum,
              applied_at = now(), duration_ms = excluded.duration_ms, outcome = excluded.outcome\
            """)) {
      upsert.setString(1, clientId);
      upsert.setInt(2, migration.version());
      upsert.setString(3, migration.description());
      upsert.setString(4, migration.checksum());
      upsert.setLong(5, nanos / 1_000_000);
      upsert.setString(6, outcome);
      upsert.executeUpdate();
    }
  }
}
