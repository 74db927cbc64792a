package io.penstock.provisioning;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** Writes who did what; in the transaction of the change where there is one. */
record AuditLog(String actor) {
  /** The largest detail kept; the rest of a longer one is cut off. */
  private static final int MAX_DETAIL = 2_000;

  void write(Connection connection, String action, String clientId, String detail)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO audit_log (actor, action, client_id, detail) VALUES (?, ?, ?, ?)")) {
      insert.setString(1, actor);
      insert.setString(2, action);
      insert.setString(3, clientId);
      insert.setString(4, detail.length() > MAX_DETAIL ? detail.substring(0, MAX_DETAIL) : detail);
      insert.executeUpdate();
    }
  }
}
