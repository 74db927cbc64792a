package io.penstock.core.client;

/** The source of truth about clients. Thread-safe; answers in bounded time. */
interface ClientSource extends AutoCloseable {
  /** {@link Lookup.Unavailable} where it cannot be asked; throws nothing expected. */
  Lookup find(String clientId);

  @Override
  void close();
}
