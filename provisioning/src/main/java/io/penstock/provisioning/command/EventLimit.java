package io.penstock.provisioning.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.provisioning.client.ClientChange;
import org.jspecify.annotations.Nullable;

/** Reads {@code --max-events-per-minute}. */
final class EventLimit {
  private EventLimit() {}

  /** Null stays null; "none" is {@link ClientChange#NO_LIMIT}. */
  static @Nullable Integer parse(@Nullable String text) {
    if (text == null) {
      return null;
    }
    if ("none".equals(text)) {
      return ClientChange.NO_LIMIT;
    }
    try {
      int limit = Integer.parseInt(text);
      if (limit > 0) {
        return limit;
      }
    } catch (NumberFormatException e) {
      // Told below, like a number that is too small.
    }
    throw CommandFailure.usage(
        "--max-events-per-minute " + text + " is not a positive whole number, nor \"none\"");
  }
}
