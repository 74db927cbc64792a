package io.penstock.provisioning.client;

import io.penstock.core.client.RedisClientCache;

/** Tells the routers that a client changed, and learns whether they know. Thread-safe. */
public final class Announcer {
  private final RedisClientCache cache;

  /** Does not own the cache. */
  public Announcer(RedisClientCache cache) {
    this.cache = cache;
  }

  /** To be called after the change is committed. */
  public Announcement announce(String clientId) {
    String failed = cache.announceChange(clientId);
    return new Announcement(
        0,
        failed == null
            ? null
            : "routers were not told (" + failed + "); they notice within a minute");
  }
}
