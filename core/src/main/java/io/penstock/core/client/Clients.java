package io.penstock.core.client;

import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who clients are. Thread-safe. */
public interface Clients {
  /** Who the client is; see the outcomes for what each means. Blocks for a bounded time. */
  Lookup lookup(String clientId);

  /** The same of a client that is held, or held as unknown; null of any other. */
  @Nullable Lookup inMemory(String clientId);

  /** Whether that is not null. */
  boolean isInMemory(String clientId);

  /**
   * Several at once, in one question to each store.
   *
   * @return what was found out; of others nothing
   */
  Map<String, Lookup> lookupAll(Collection<String> clientIds);
}
