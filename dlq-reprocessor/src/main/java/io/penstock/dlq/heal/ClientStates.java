package io.penstock.dlq.heal;

import io.penstock.core.metadata.ClientRow;
import io.penstock.core.metadata.ClientsTable;
import io.penstock.core.metadata.ListenCheck;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** Reads the states of clients from PostgreSQL, and hears of their changes. Thread-safe. */
final class ClientStates {
  /** The trigger in {@code V003__client_changes.sql} notifies here. */
  private static final String CHANNEL = "penstock_client_changed";

  private static final Duration LISTEN = Duration.ofSeconds(1);

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
        Statement statement = connection.createStatement()) {
      var _ = statement.execute("LISTEN " + CHANNEL);
      try {
        schedule.changesMayBeLost();
        well.run();
        PGConnection notifications = connection.unwrap(PGConnection.class);
        ListenCheck check = new ListenCheck(System::nanoTime);
        while (!ended.getAsBoolean()) {
          check.requireAnswer(connection);
          PGNotification @Nullable [] heard =
              notifications.getNotifications(Math.toIntExact(LISTEN.toMillis()));
          if (heard != null) {
            for (PGNotification one : heard) {
              schedule.changed(one.getParameter());
            }
          }
        }
      } finally {
        if (!connection.isClosed()) {
          var _ = statement.execute("UNLISTEN *");
        }
      }
    }
  }
}
