package io.penstock.core.directory;

import io.penstock.core.config.PostgresConfig;
import io.penstock.core.metadata.Notifications;
import io.penstock.core.metadata.PostgresConnections;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What PostgreSQL notifies of: every change of a client, whoever made it, and announcements that
 * ask for an answer. One connection, opened anew when it is lost.
 */
final class PostgresAnnouncements implements ChangeFeed.Way {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresAnnouncements.class);
  private static final Duration LISTEN = Duration.ofSeconds(5);

  private final PostgresConfig config;
  private volatile @Nullable Connection connection;

  PostgresAnnouncements(PostgresConfig config) {
    this.config = config;
  }

  @Override
  public String name() {
    return "PostgreSQL";
  }

  @Override
  public Duration retry() {
    return Duration.ofSeconds(2);
  }

  @Override
  public void listen(ChangeFeed feed) throws SQLException {
    try (Connection own =
            PostgresConnections.connect(config, "penstock-changes", config.timeout());
        Notifications notifications =
            new Notifications(
                own,
                config.timeout(),
                Notifications.CLIENT_CHANGED,
                Notifications.CLIENT_ANNOUNCED)) {
      connection = own;
      feed.listening();
      while (!feed.isClosed()) {
        notifications.await(LISTEN).forEach(feed::heard);
      }
    }
  }

  @Override
  public void answer(String text) throws SQLException {
    Connection open = connection;
    if (open != null) {
      Notifications.send(open, Notifications.CLIENT_DROPPED, text);
    }
  }

  @Override
  public void close() {
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
