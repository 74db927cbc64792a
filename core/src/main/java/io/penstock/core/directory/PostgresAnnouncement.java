package io.penstock.core.directory;

import io.penstock.core.config.PostgresConfig;
import io.penstock.core.metadata.Notifications;
import io.penstock.core.metadata.PostgresConnections;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;

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
        Notifications answers =
            new Notifications(connection, timeout, Notifications.CLIENT_DROPPED)) {
      Notifications.send(connection, Notifications.CLIENT_ANNOUNCED, request.text());
      long deadline = System.nanoTime() + patience.toNanos();
      for (long left = patience.toNanos();
          left > 0 && !enough.test(routers);
          left = deadline - System.nanoTime()) {
        for (String answer : answers.await(Duration.ofNanos(left))) {
          String router = request.routerIn(answer);
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
