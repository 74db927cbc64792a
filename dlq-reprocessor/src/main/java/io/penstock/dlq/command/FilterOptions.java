package io.penstock.dlq.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.config.Durations;
import io.penstock.core.deadletter.LetterFilter;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that select letters, the same for every command. */
final class FilterOptions {
  @Option(names = "--client", paramLabel = "ID", description = "Of this client.")
  private @Nullable String client;

  @Option(
      names = "--reason",
      paramLabel = "REASON",
      description = "Of this reason, such as UNKNOWN_CLIENT.")
  private @Nullable String reason;

  @Option(
      names = "--fingerprint",
      paramLabel = "TEXT",
      description = "Of this cause, as \"dlq stats\" shows it.")
  private @Nullable String fingerprint;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "Failed then or later: 2026-11-21T10:00:00Z, 2026-11-21 (UTC), or 2h for ago.")
  private @Nullable String since;

  @Option(names = "--until", paramLabel = "TIME", description = "Failed before then; as --since.")
  private @Nullable String until;

  @Option(
      names = "--origin",
      paramLabel = "ORIGIN",
      description = "This one letter, as \"dlq list\" shows it.")
  private @Nullable String origin;

  /**
   * Reads the options.
   *
   * @param now what times ago are counted from
   * @throws CommandFailure if a time is none, or the range is empty
   */
  LetterFilter filter(Instant now) {
    Instant from = time("--since", since, now);
    Instant to = time("--until", until, now);
    if (from != null && to != null && !from.isBefore(to)) {
      throw CommandFailure.usage("--since " + since + " is not before --until " + until);
    }
    return new LetterFilter(client, reason, fingerprint, from, to, origin);
  }

  private static @Nullable Instant time(String option, @Nullable String text, Instant now) {
    if (text == null) {
      return null;
    }
    try {
      if (text.matches("\\d+\\s*[a-z]+")) {
        return now.minus(Durations.parse(text));
      }
      return text.matches("\\d{4}-\\d\\d-\\d\\d")
          ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
          : Instant.parse(text);
    } catch (DateTimeException | IllegalArgumentException | ArithmeticException e) {
      throw CommandFailure.usage(
          option
              + " \""
              + text
              + "\" is not a time: write 2026-11-21T10:00:00Z, 2026-11-21, or 30m, 2h, 7d for ago");
    }
  }
}
