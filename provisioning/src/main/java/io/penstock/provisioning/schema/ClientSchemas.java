package io.penstock.provisioning.schema;

import io.penstock.core.client.ClientStatus;
import io.penstock.core.metadata.ClientsTable;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;

/**
 * Every client that has a database, and what was applied to it: two queries, however many there
 * are.
 */
record ClientSchemas(List<Client> clients) {
  /**
   * A client whose database follows the migrations.
   *
   * @param rows in the order in which the migrations ended
   */
  record Client(
      String clientId,
      ClientStatus status,
      String target,
      Migrator.Place place,
      List<SchemaVersions.Row> rows) {
    /** The newest migration for all that it has; 0: none. */
    int version() {
      return rows.stream()
          .filter(row -> row.scope() == Migration.Scope.ALL)
          .filter(row -> row.outcome() == SchemaVersions.Outcome.APPLIED)
          .mapToInt(SchemaVersions.Row::version)
          .max()
          .orElse(0);
    }
  }

  /** Active and suspended clients by id. */
  static ClientSchemas read(DataSource metadata) throws SQLException {
    try (Connection connection = metadata.getConnection()) {
      Map<String, List<SchemaVersions.Row>> rows = SchemaVersions.all(connection);
      return new ClientSchemas(
          ClientsTable.list(connection, ClientStatus.ACTIVE, ClientStatus.SUSPENDED).stream()
              .map(client ->
                  new Client(
                      client.clientId(),
                      client.status(),
                      client.target(),
                      Migrator.Place.of(client),
                      rows.getOrDefault(client.clientId(), List.of())))
              .toList());
    }
  }

  /** Only these, by id; all if none is named. */
  ClientSchemas only(List<String> clientIds) throws UnknownClientException {
    if (clientIds.isEmpty()) {
      return this;
    }
    for (String clientId : clientIds) {
      if (clients.stream().noneMatch(client -> client.clientId.equals(clientId))) {
        throw new UnknownClientException(
            clientId, clients.stream().map(client -> client.clientId).toList());
      }
    }
    return new ClientSchemas(
        clients.stream().filter(client -> clientIds.contains(client.clientId)).toList());
  }
}
