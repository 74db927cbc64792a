package io.penstock.local.demo;

import io.penstock.core.client.Retention;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;

/** Asks for clients as an operator may: by plain SQL, for the provisioning job to complete. */
final class PendingClients {
  private PendingClients() {}

  /** Inserts all of them or none. */
  static void insert(Connection connection, List<DemoClient> clients) throws SQLException {
    connection.setAutoCommit(false);
    try (PreparedStatement client =
            connection.prepareStatement(
                "INSERT INTO clients (client_id, name, ch_database_name, retention_days) VALUES (?, ?, ?, ?)");
        PreparedStatement key =
            connection.prepareStatement(
                "INSERT INTO api_keys (client_id, api_key_hash, label) VALUES (?, ?, 'demo')")) {
      for (DemoClient one : clients) {
        client.setString(1, one.id());
        client.setString(2, one.name());
        client.setString(3, one.database());
        // The reports are from 1990 on; the longest retention keeps them.
        client.setInt(4, Retention.MAX_DAYS);
        client.addBatch();
        key.setString(1, one.id());
        key.setString(2, one.keyHash().toHex());
        key.addBatch();
      }
      var _ = client.executeBatch();
      var _ = key.executeBatch();
    }
    connection.commit();
  }
}
