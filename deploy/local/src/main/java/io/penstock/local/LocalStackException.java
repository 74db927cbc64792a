package io.penstock.local;

/**
 * A part could not be brought up or down. The message is complete and meant for the person at the
 * terminal: it names the part, the cause and what to do; it needs no stack trace.
 */
public final class LocalStackException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A failure that explains itself. */
  public LocalStackException(String message) {
    super(message);
  }

  /** A failure with the exception that caused it. */
  public LocalStackException(String message, Throwable cause) {
    super(message, cause);
  }
}
