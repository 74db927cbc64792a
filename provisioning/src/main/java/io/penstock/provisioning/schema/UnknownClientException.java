package io.penstock.provisioning.schema;

/** A client that was named is not there, or has no database yet or no longer. */
public final class UnknownClientException extends Exception {
  private static final long serialVersionUID = 1;

  UnknownClientException(String clientId) {
    super("There is no active or suspended client \"" + clientId + "\".");
  }
}
