package io.penstock.local.npm;

/** Something could not be fetched; the message tells the person at the terminal what to do. */
public final class NpmException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NpmException(String message) {
    super(message);
  }

  NpmException(String message, Throwable cause) {
    super(message, cause);
  }
}
