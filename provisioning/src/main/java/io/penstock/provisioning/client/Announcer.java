package io.penstock.provisioning.client;

import io.penstock.core.client.AnnounceOutcome;
import io.penstock.core.client.RedisClientCache;
import java.time.Duration;

/** Tells the routers that a client changed, and learns whether they know. Thread-safe. */
public final class Announcer {
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final String LATER =
      "; routers notice within penstock.client.cache.refresh (30 s)";

  private final RedisClientCache cache;

  /** Does not own the cache. */
  public Announcer(RedisClientCache cache) {
    this.cache = cache;
  }

  /**
   * Tells them and goes on, for changes after which a client's events are still refused. To be
   * called after the change is committed.
   */
  public Announcement tell(String clientId) {
    String failed = cache.announceChange(clientId);
    return new Announcement(0, failed == null ? null : "routers were not told: " + failed + LATER);
  }

  /**
   * Tells them and waits, for three seconds at most, until they confirm that they hold nothing
   * older. To be called after the change is committed.
   */
  public Announcement announce(String clientId) {
    return switch (cache.announceAndAwait(clientId, PATIENCE)) {
      case AnnounceOutcome.Confirmed(int routers) -> new Announcement(routers, null);
      case AnnounceOutcome.Unconfirmed(int heard, int confirmed) ->
          new Announcement(
              confirmed,
              "%d of %d routers confirmed that they know%s".formatted(confirmed, heard, LATER));
      case AnnounceOutcome.Failed(String detail) ->
          new Announcement(0, "routers were not told: " + detail + LATER);
    };
  }
}
