package io.penstock.core.client;

import io.penstock.core.config.NearMatch;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** What to say of an id that PostgreSQL has no client of. */
public final class UnknownClient {
  /** As many are looked through for the one that was meant. */
  private static final int MAX_IDS = 100_000;

  private UnknownClient() {}

  /** Whether there is a client of this id, whatever its status. */
  public static boolean exists(Connection connection, String clientId) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT 1 FROM clients WHERE client_id = ?")) {
      select.setString(1, clientId);
      try (ResultSet rows = select.executeQuery()) {
        return rows.next();
      }
    }
  }

  /**
   * {@code there is no client "acem"; did you mean "acme"?}: without the question if none is near.
   */
  public static String sentence(Connection connection, String clientId) throws SQLException {
    List<String> ids = new ArrayList<>();
    try (PreparedStatement select =
        connection.prepareStatement("SELECT client_id FROM clients LIMIT " + MAX_IDS)) {
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          ids.add(rows.getString(1));
        }
      }
    }
    return "there is no client \"" + clientId + "\"" + NearMatch.question(clientId, ids);
  }
}
