package io.penstock.core.client;

import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Answers who a client is. Thread-safe. */
public interface Clients {
  /** Who the client is; see the outcomes for what each means. Blocks for a bounded time. */
  Lookup lookup(String clientId);

  /** The answer from memory; null if memory has none. */
  @Nullable Lookup inMemory(String clientId);

  /** Whether {@link #inMemory} has an answer. */
  boolean isInMemory(String clientId);

  /**
   * Several at once, in one question to each store.
   *
   * @return what was found out; of others nothing
   */
  Map<String, Lookup> lookupAll(Collection<String> clientIds);
}
