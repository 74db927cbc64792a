package io.penstock.core.directory;

import io.penstock.core.config.PostgresConfig;
import io.penstock.core.metadata.PostgresConnections;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears of changed clients from PostgreSQL, besides {@link ChangeFeed}, which hears of them from
 * Redis. PostgreSQL notifies of every change, whoever made it, and of announcements that ask for an
 * answer. One virtual thread with one connection, which is asked for a sign of life every few
 * seconds and opened anew when it is lost.
 */
final class PostgresChangeFeed implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresChangeFeed.class);

  /** The trigger in {@code V003__client_changes.sql} notifies here, with the client's id. */
  static final String CHANGED = "penstock_client_changed";

  /** Where {@link DropRequest}s are made. */
  static final String ANNOUNCED = "penstock_client_announced";

  /** Where they are answered. */
  static final String DROPPED = "penstock_client_dropped";

  private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(5);
  private static final Duration RETRY = Duration.ofSeconds(2);

  private final PostgresConfig config;
  private final String router;
  private final Consumer<String> onChange;
  private final Runnable onListening;
  private final Thread listener =
      Thread.ofVirtual().name("penstock-notifications").unstarted(this::follow);
  private volatile @Nullable Connection connection;
  private volatile boolean closed;

  /** Whether the present silence was logged. */
  private boolean told;

  private PostgresChangeFeed(
      PostgresConfig config, String router, Consumer<String> onChange, Runnable onListening) {
    this.config = config;
    this.router = router;
    this.onChange = onChange;
    this.onListening = onListening;
  }

  /**
   * Begins at once and keeps trying while PostgreSQL is down.
   *
   * @param router the name of this process, as the consumer group has it
   * @param onChange drops what is held of the client, before it returns
   * @param onListening called each time it begins to listen: announcements made before were missed
   */
  static PostgresChangeFeed start(
      PostgresConfig config, String router, Consumer<String> onChange, Runnable onListening) {
    PostgresChangeFeed feed = new PostgresChangeFeed(config, router, onChange, onListening);
    feed.listener.start();
    return feed;
  }

  private void follow() {
    while (!closed) {
      try (Connection own =
          PostgresConnections.connect(config, "penstock-changes", config.timeout())) {
        connection = own;
        listen(own);
      } catch (SQLException e) {
        if (!closed && !told) {
          told = true;
          LOG.atWarn()
              .addKeyValue("error", e.getClass().getSimpleName())
              .addKeyValue("sqlState", e.getSQLState())
              .log("PostgreSQL's notifications of changed clients are not heard; trying again");
        }
      }
      if (!closed) {
        LockSupport.parkNanos(RETRY.toNanos());
      }
    }
  }

  private void listen(Connection own) throws SQLException {
    PGConnection notifications = own.unwrap(PGConnection.class);
    try (Statement statement = own.createStatement()) {
      var _ = statement.execute("LISTEN " + CHANGED + "; LISTEN " + ANNOUNCED);
      told = false;
      LOG.info("Following PostgreSQL's notifications of changed clients");
      onListening.run();
      while (!closed) {
        PGNotification @Nullable [] heard =
            notifications.getNotifications(Math.toIntExact(SIGN_OF_LIFE.toMillis()));
        if (heard == null || heard.length == 0) {
          var _ = statement.execute("SELECT 1");
          continue;
        }
        for (PGNotification one : heard) {
          String message = one.getParameter();
          onChange.accept(DropRequest.clientIn(message));
          if (DropRequest.asksForAnswer(message)) {
            notify(own, DROPPED, DropRequest.answer(message, router));
          }
        }
      }
    }
  }

  /** Sends a notification. */
  static void notify(Connection connection, String channel, String message) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("SELECT pg_notify(?, ?)")) {
      statement.setString(1, channel);
      statement.setString(2, message);
      var _ = statement.execute();
    }
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(listener);
    Connection open = connection;
    if (open != null) {
      try {
        open.abort(Runnable::run); // ends its reading, too
      } catch (SQLException e) {
        LOG.debug("The connection for notifications was cut off already");
      }
    }
  }
}
