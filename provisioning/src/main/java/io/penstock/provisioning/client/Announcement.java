package io.penstock.provisioning.client;

import org.jspecify.annotations.Nullable;

/**
 * How far routers know of a change.
 *
 * @param routers how many confirmed that they hold nothing older
 * @param warning null: every router that listens confirmed it; else why that is not known
 */
public record Announcement(int routers, @Nullable String warning) {
  /** For the end of a line; "" if there is none. */
  String problem() {
    return warning == null ? "" : "; " + warning;
  }

  /** For a person. */
  @Override
  public String toString() {
    return warning == null
        ? (routers == 1 ? "1 router knows" : routers + " routers know")
        : warning;
  }
}
