package io.penstock.provisioning.canary;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;

import com.clickhouse.client.api.Client;
import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.clickhouse.ClickHouseFailure;
import io.penstock.core.config.ClickHouseConfig;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Asks the canary's table which events are stored: one bounded question at a time, which reads what
 * came since the oldest of them. Not thread-safe.
 */
final class CanaryRows implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private @Nullable Client client;
  private @Nullable ClickHouseConfig target;

  /** ClickHouse did not answer, or refused; the message is for a person. */
  static final class Unanswered extends Exception {
    private static final long serialVersionUID = 1;

    Unanswered(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * Those of the events that are stored.
   *
   * @param wanted at least one
   */
  Set<UUID> stored(ClickHouseConfig where, String database, List<Outstanding.Sent> wanted)
      throws Unanswered {
    try {
      return connected(where).queryAll(question(database, wanted)).stream()
          .map(row -> row.getUUID(1))
          .collect(toSet());
    } catch (RuntimeException e) {
      throw new Unanswered(
          "ClickHouse at %s: %s".formatted(where.url(), ClickHouseFailure.describe(e)), e);
    }
  }

  private static String question(String database, List<Outstanding.Sent> wanted) {
    return """
    SELECT event_id FROM %s.events_base
    WHERE event_name = %s AND event_time >= fromUnixTimestamp64Milli(%d) AND event_id IN (%s)
    SETTINGS max_execution_time = %d\
    """
        .formatted(
            ClickHouseClients.quoted(database),
            ClickHouseClients.text(CanaryEvents.EVENT_NAME),
            wanted.stream().mapToLong(Outstanding.Sent::millis).min().orElseThrow(),
            wanted.stream()
                .map(event -> ClickHouseClients.text(event.id().toString()))
                .collect(joining(", ")),
            TIMEOUT.toSeconds());
  }

  private Client connected(ClickHouseConfig where) {
    Client open = client;
    if (open == null || !where.equals(target)) {
      close();
      open = ClickHouseClients.open(ClickHouseClients.connection(where, "canary"), TIMEOUT, 1);
      client = open;
      target = where;
    }
    return open;
  }

  @Override
  public void close() {
    if (client != null) {
      client.close();
      client = null;
    }
  }
}
