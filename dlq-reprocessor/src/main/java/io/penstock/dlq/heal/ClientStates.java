package io.penstock.dlq.heal;

import io.penstock.core.metadata.ClientRow;
import io.penstock.core.metadata.ClientsTable;
import io.penstock.core.metadata.Notifications;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;

/** Reads the states of clients from PostgreSQL, and hears of their changes. Thread-safe. */
final class ClientStates {
  private static final Duration LISTEN = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final DataSource postgres;

  ClientStates(DataSource postgres) {
    this.postgres = postgres;
  }

  /** Those of these clients that there are, and can be read. */
  Map<String, ClientRow> of(Collection<String> clientIds) throws SQLException {
    Map<String, ClientRow> clients = new HashMap<>();
    try (Connection connection = postgres.getConnection()) {
      ClientsTable.withKeys(connection, clientIds, (_, _) -> {})
          .forEach((clientId, found) -> clients.put(clientId, found.client()));
    }
    return clients;
  }

  /**
   * Listens for changes on a connection of its own, until that fails or {@code ended} says so.
   *
   * @param well called once it listens
   */
  void follow(RetrySchedule schedule, BooleanSupplier ended, Runnable well) throws SQLException {
    try (Connection connection = postgres.getConnection();
        Notifications changes =
            new Notifications(connection, PATIENCE, Notifications.CLIENT_CHANGED)) {
      schedule.changesMayBeLost();
      well.run();
      while (!ended.getAsBoolean()) {
        changes.await(LISTEN).forEach(schedule::changed);
      }
    }
  }
}
