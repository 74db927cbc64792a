package io.penstock.core.run;

import java.io.IOException;

/** A server that was asked and did not answer in time; the message names both. */
public final class SilentServerException extends IOException {
  private static final long serialVersionUID = 1;

  SilentServerException(String message) {
    super(message);
  }
}
