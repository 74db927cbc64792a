package io.penstock.core.directory;

import io.penstock.core.config.PostgresConfig;
import io.penstock.core.metadata.PostgresConnections;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * A {@link DropRequest} through PostgreSQL's notifications, for routers that Redis does not reach.
 * Notifications need no rights beyond a connection. Thread-safe.
 */
public final class PostgresAnnouncement {
  private final PostgresConfig config;
  private final Duration timeout;

  /**
   * Connects when it is used.
   *
   * @param timeout for the connection, and again for each answer
   */
  public PostgresAnnouncement(PostgresConfig config, Duration timeout) {
    this.config = config;
    this.timeout = timeout;
  }

  /**
   * Asks routers to drop the client, and waits until enough have confirmed it, for {@code patience}
   * and the time-outs at most. To be called after the change is committed.
   *
   * @param enough whether those routers are all that are waited for
   */
  public Confirmations announceAndAwait(
      String clientId, Predicate<Set<String>> enough, Duration patience) {
    DropRequest request = DropRequest.of(clientId);
    Set<String> routers = new HashSet<>();
    try (Connection connection =
            PostgresConnections.connect(config, "penstock-announcement", timeout);
        Statement statement = connection.createStatement()) {
      var _ = statement.execute("LISTEN " + PostgresChangeFeed.DROPPED);
      PostgresChangeFeed.notify(connection, PostgresChangeFeed.ANNOUNCED, request.text());
      long deadline = System.nanoTime() + patience.toNanos();
      PGConnection notifications = connection.unwrap(PGConnection.class);
      while (!enough.test(routers)) {
        long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
        if (leftMillis <= 0) {
          break;
        }
        PGNotification @Nullable [] heard =
            notifications.getNotifications(Math.toIntExact(leftMillis));
        for (PGNotification one : heard == null ? new PGNotification[0] : heard) {
          String router = request.routerIn(one.getParameter());
          if (router != null && !router.isEmpty()) {
            routers.add(router);
          }
        }
      }
      return new Confirmations(routers, null);
    } catch (SQLException e) {
      return new Confirmations(
          routers, "PostgreSQL: " + e.getClass().getSimpleName() + " " + e.getSQLState());
    }
  }
}
