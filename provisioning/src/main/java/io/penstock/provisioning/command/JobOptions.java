package io.penstock.provisioning.command;

import io.penstock.core.cli.ActorOption;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.config.Durations;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;

/** The same for a command that writes to the audit log, with the option that says who does it. */
final class JobOptions extends AppRun {
  @Mixin private ActorOption actor = new ActorOption();

  @Override
  String actor() {
    return actor.actor();
  }

  /**
   * Reads an option that is a duration: {@code 12h}, {@code 90d}. Null stays null.
   *
   * @throws CommandFailure if it is none
   */
  static @Nullable Duration duration(String option, @Nullable String text) {
    try {
      return text == null ? null : Durations.parse(text);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage(option + " \"" + text + "\" " + e.getMessage());
    }
  }
}
