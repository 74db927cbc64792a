package io.penstock.delivery;

import io.penstock.core.client.ClientMetadata;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Counts the events of limited clients that one partition has accepted, in minutes of the broker's
 * time. So a backlog is judged as it was sent, however fast it is read. It begins empty when a
 * partition starts: of the minute that the first record is in, what was accepted before is not
 * known, and that minute may get more than the limit.
 *
 * <p>Clients without a limit cost nothing here. Not thread-safe.
 */
final class Quotas {
  private static final long MINUTE_MILLIS = Duration.ofMinutes(1).toMillis();

  /** From so many clients on, those of minutes gone by are forgotten. */
  private static final int MANY_CLIENTS = 10_000;

  private final Map<String, Window> windows = new HashMap<>();
  private int sweepAt = MANY_CLIENTS;

  /** One client's current minute. */
  private static final class Window {
    long minute;
    int accepted;
  }

  /**
   * Whether one more event fits the client's limit; {@link #accepted} counts it.
   *
   * @param timestampMillis the broker's timestamp of the record
   */
  boolean allows(ClientMetadata client, long timestampMillis) {
    Integer limit = client.maxEventsPerMinute();
    return limit == null || window(client.clientId(), timestampMillis).accepted < limit;
  }

  /** The event was accepted. */
  void accepted(ClientMetadata client, long timestampMillis) {
    if (client.maxEventsPerMinute() != null) {
      window(client.clientId(), timestampMillis).accepted++;
    }
  }

  private Window window(String clientId, long timestampMillis) {
    long minute = Math.floorDiv(timestampMillis, MINUTE_MILLIS);
    Window window = windows.get(clientId);
    if (window == null) {
      if (windows.size() >= sweepAt) {
        windows.values().removeIf(other -> other.minute < minute - 1);
        sweepAt = Math.max(MANY_CLIENTS, 2 * windows.size());
      }
      window = new Window();
      window.minute = minute;
      windows.put(clientId, window);
    } else if (minute != window.minute && minute != window.minute - 1) {
      // A new minute. Clocks of brokers differ a little: a record of the minute before counts in
      // the current one, or records of two leaders in turn would begin a new minute each.
      window.minute = minute;
      window.accepted = 0;
    }
    return window;
  }

  /** How many clients are counted. */
  int size() {
    return windows.size();
  }
}
