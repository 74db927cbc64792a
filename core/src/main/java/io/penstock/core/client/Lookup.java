package io.penstock.core.client;

/** The answer to "who is this client?". */
public sealed interface Lookup {
  /** The client exists; whether it may send is for its status and keys to say. */
  record Found(ClientMetadata client) implements Lookup {}

  /** PostgreSQL said, moments ago at most, that there is no such client. */
  record Unknown() implements Lookup {}

  /**
   * Nobody could be asked: wait and ask again, and reject nothing.
   *
   * @param detail which store failed and how, for logs
   */
  record Unavailable(String detail) implements Lookup {}
}
