package io.penstock.core.directory;

import io.penstock.core.client.Lookup;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The cache that the routers share, between their memory and the source of truth. Thread-safe;
 * answers in bounded time.
 */
interface ClientCache extends AutoCloseable {
  /** What is held of the client; null: nothing; {@link Lookup.Unavailable}: it cannot be asked. */
  @Nullable Lookup get(String clientId);

  /** The same of several; those of which nothing is held are absent. */
  default Map<String, Lookup> getAll(Collection<String> clientIds) {
    Map<String, Lookup> all = new HashMap<>();
    for (String clientId : clientIds) {
      Lookup held = get(clientId);
      if (held != null) {
        all.put(clientId, held);
      }
    }
    return all;
  }

  /**
   * Holds what the source said; {@link Lookup.Unavailable} is never passed in.
   *
   * @return whether it arrived
   */
  boolean put(String clientId, Lookup lookup, Duration timeToLive);

  /**
   * Forgets the client; if that fails, the entry ends with its time to live.
   *
   * @return whether it arrived
   */
  boolean remove(String clientId);

  @Override
  void close();
}
