package io.penstock.provisioning.account;

import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.metadata.ClientRow;
import io.penstock.core.rows.EventRows;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.target.ClickHouseTargets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/** The tables of clients' events, by one connection to each target. Not thread-safe. */
final class ClientTables implements AutoCloseable {
  /** The table that is compared. */
  static final String NAME = EventRows.TABLE.name();

  private final ClickHouseTargets targets;
  private final Map<String, Connection> connections = new HashMap<>();

  ClientTables(ClickHouseTargets targets) {
    this.targets = targets;
  }

  /**
   * A client's table; whether it is there, the first question to it tells.
   *
   * @throws SQLException if its target does not answer
   * @throws StepFailed if its target cannot be used from here
   */
  ClientTable of(ClientRow client) throws SQLException, StepFailed {
    Connection connection = connections.get(client.target());
    if (connection == null) {
      connection = targets.get(client.target()).connect();
      connections.put(client.target(), connection);
    }
    return new ClientTable(connection, ClickHouseClients.quoted(client.database()) + "." + NAME);
  }

  @Override
  public void close() throws SQLException {
    for (Connection connection : connections.values()) {
      connection.close();
    }
  }
}
