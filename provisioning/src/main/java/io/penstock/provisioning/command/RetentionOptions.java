package io.penstock.provisioning.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.client.Retention;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How long a client's events are kept, as options. */
final class RetentionOptions {
  @Option(
      names = "--retention-days",
      paramLabel = "DAYS",
      description =
          "How long events are kept, 1 to " + Retention.MAX_DAYS + "; a new client's: 365.")
  private @Nullable Integer days;

  @Option(
      names = "--retention-from",
      paramLabel = "event_time|arrival",
      description =
          "What the days are counted from; a new client's: event_time, and events that are older when they come become dead letters.")
  private @Nullable String from;

  @Nullable Integer days() {
    return days;
  }

  Retention.@Nullable From from() {
    try {
      return from == null ? null : Retention.From.of(from);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage(String.valueOf(e.getMessage()));
    }
  }

  /** What is given, and for the rest the default. */
  Retention retention() {
    Retention.From given = from();
    try {
      return new Retention(
          days == null ? Retention.DEFAULT.days() : days,
          given == null ? Retention.DEFAULT.from() : given);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage(String.valueOf(e.getMessage()));
    }
  }
}
