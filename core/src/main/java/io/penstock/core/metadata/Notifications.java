package io.penstock.core.metadata;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * Listens to PostgreSQL's notifications over one connection, which has nothing else to do
 * meanwhile, and asks it now and then for a sign of life: without that, a server that is frozen or
 * cut off would look like one that has nothing to say. What is notified while nobody listens is
 * lost, so whoever listens anew looks for itself once. It takes no rights beyond a connection. For
 * one thread.
 */
public final class Notifications implements AutoCloseable {
  /** The client's id, by a trigger in {@code V002__client_lifecycle.sql}. */
  public static final String CLIENT_PENDING = "penstock_client_pending";

  /** The client's id, by a trigger in {@code V003__client_changes.sql}, whoever made the change. */
  public static final String CLIENT_CHANGED = "penstock_client_changed";

  /** Announcements that ask routers to drop what they hold of a client. */
  public static final String CLIENT_ANNOUNCED = "penstock_client_announced";

  /** The routers' answers. */
  public static final String CLIENT_DROPPED = "penstock_client_dropped";

  private static final Duration CHECK = Duration.ofSeconds(5);

  private final Connection connection;
  private final Duration patience;
  private long checkedNanos = System.nanoTime();

  /**
   * Listens from now on.
   *
   * @param connection not closed here
   * @param patience for a sign of life; rounded up to seconds
   */
  public Notifications(Connection connection, Duration patience, String... channels)
      throws SQLException {
    this.connection = connection;
    this.patience = patience;
    execute("LISTEN " + String.join("; LISTEN ", channels));
  }

  /**
   * Waits for notifications.
   *
   * @param most how long
   * @return their messages in order; empty if none came
   * @throws SQLException if the server is cut off, or has given no sign of life
   */
  public List<String> await(Duration most) throws SQLException {
    if (System.nanoTime() - checkedNanos >= CHECK.toNanos()) {
      long seconds = patience.plusMillis(999).toSeconds();
      if (!connection.isValid(Math.toIntExact(seconds))) {
        // 08: its pool does not use the connection again.
        throw new SQLException("no answer for %d s".formatted(seconds), "08006");
      }
      checkedNanos = System.nanoTime();
    }
    // It would wait for ever for 0.
    int millis = Math.toIntExact(Math.max(1, most.toMillis()));
    PGNotification @Nullable [] heard =
        connection.unwrap(PGConnection.class).getNotifications(millis);
    return heard == null ? List.of() : Stream.of(heard).map(PGNotification::getParameter).toList();
  }

  /** Notifies whoever listens on the channel. */
  public static void send(Connection connection, String channel, String message)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("SELECT pg_notify(?, ?)")) {
      statement.setString(1, channel);
      statement.setString(2, message);
      var _ = statement.execute();
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      var _ = statement.execute(sql);
    }
  }

  /** Listens no more, so that a pool can use the connection for something else. */
  @Override
  public void close() throws SQLException {
    if (!connection.isClosed()) {
      execute("UNLISTEN *");
    }
  }
}
