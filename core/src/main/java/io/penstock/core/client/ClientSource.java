package io.penstock.core.client;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** The source of truth about clients. Thread-safe; answers in bounded time. */
public interface ClientSource extends AutoCloseable {
  /** {@link Lookup.Unavailable} where it cannot be asked; throws nothing expected. */
  Lookup find(String clientId);

  /** The same of several, an answer for each. */
  default Map<String, Lookup> findAll(Collection<String> clientIds) {
    Map<String, Lookup> all = new HashMap<>();
    clientIds.forEach(clientId -> all.put(clientId, find(clientId)));
    return all;
  }

  @Override
  void close();
}
