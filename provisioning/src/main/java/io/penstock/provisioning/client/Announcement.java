package io.penstock.provisioning.client;

import org.jspecify.annotations.Nullable;

/**
 * How far routers know of a change.
 *
 * @param routers how many confirmed that they hold nothing older; 0 where nobody waited for it
 * @param warning null: nothing went wrong; else who may not know yet, and why
 */
public record Announcement(int routers, @Nullable String warning) {
  /** For the end of a line; "" if there is none. */
  String problem() {
    return warning == null ? "" : "; " + warning;
  }

  /** Whether every router that listens holds nothing older. */
  boolean confirmed() {
    return warning == null;
  }

  /** For a person. */
  @Override
  public String toString() {
    return warning == null
        ? (routers == 1
            ? "1 router knows"
            : routers == 0 ? "no router listens" : routers + " routers know")
        : warning;
  }
}
