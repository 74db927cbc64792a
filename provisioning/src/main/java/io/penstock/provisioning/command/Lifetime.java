package io.penstock.provisioning.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.config.Durations;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Reads options that are durations: {@code 12h}, {@code 90d}. */
final class Lifetime {
  private Lifetime() {}

  /** Null stays null. */
  static @Nullable Duration parse(String option, @Nullable String text) {
    try {
      return text == null ? null : Durations.parse(text);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage(option + " \"" + text + "\" " + e.getMessage());
    }
  }
}
