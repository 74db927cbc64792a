package io.penstock.dlq.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.dlq.correction.Correction;
import io.penstock.dlq.correction.Corrections;
import io.penstock.dlq.correction.FieldPath;
import io.penstock.dlq.correction.NewValue;
import io.penstock.dlq.correction.TimePattern;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/**
 * The options of {@code dlq edit} that say what to correct; {@link Corrections} says what they
 * mean.
 */
final class CorrectionOptions {
  @ArgGroup(
      multiplicity = "0..*",
      heading =
          "%nCorrections, at least one, made in the order given. FIELD is a member of the event such as"
              + " user_id, or of an object in it such as event_properties.price.%n")
  private List<Step> steps = new ArrayList<>();

  @Option(
      names = "--zone",
      paramLabel = "ZONE",
      description =
          "Where the times that --parse-time reads were taken if they do not say it: Europe/Berlin, +02:00; default: UTC.")
  private @Nullable String zone;

  /** One option of the command line: picocli keeps the order of groups, not that of options. */
  static final class Step {
    @Option(
        names = "--set",
        paramLabel = "FIELD=VALUE",
        description =
            "Gives the field this value. VALUE is JSON if it is valid JSON, else a string; for fields that must be strings, such as user_id, 42 means \"42\".")
    private @Nullable String set;

    @Option(
        names = "--default",
        paramLabel = "FIELD=VALUE",
        description = "The same, only where the field is absent or null.")
    private @Nullable String fallback;

    @Option(
        names = "--rename",
        paramLabel = "OLD=NEW",
        description =
            "Renames the field where it is there, within its object: event_properties.cost=event_properties.price. A letter that has both is left alone.")
    private @Nullable String rename;

    @Option(
        names = "--parse-time",
        paramLabel = "FIELD=PATTERN",
        description =
            "Reads a time such as \"dd.MM.yyyy HH:mm:ss\" (Java's DateTimeFormatter, English names), or epoch-seconds, -millis, -micros or -nanos, be it a number or a text, and writes it as ISO-8601 in UTC.")
    private @Nullable String parseTime;

    @Option(
        names = "--to-string",
        paramLabel = "FIELD",
        description =
            "Makes a number or a boolean a string, digit for digit: 42 becomes \"42\". A string stays.")
    private @Nullable String toText;

    private Correction correction(ZoneId zone) {
      if (set != null) {
        Argument argument = Argument.split("--set", set, "FIELD=VALUE");
        return new Correction.SetField(argument.field, argument.newValue());
      }
      if (fallback != null) {
        Argument argument = Argument.split("--default", fallback, "FIELD=VALUE");
        return new Correction.DefaultField(argument.field, argument.newValue());
      }
      if (rename != null) {
        return rename(Argument.split("--rename", rename, "OLD=NEW"));
      }
      if (parseTime != null) {
        return parseTime(Argument.split("--parse-time", parseTime, "FIELD=PATTERN"), zone);
      }
      if (toText != null) {
        return new Correction.ToText(FieldPath.parse("--to-string", toText));
      }
      throw new IllegalStateException("picocli made a group without an option");
    }
  }

  /** What stands before and after the first equals sign. */
  private record Argument(String option, FieldPath field, String right) {
    /** The message of a failure repeats nothing that may be a secret. */
    static Argument split(String option, String text, String form) {
      if (text.indexOf('\ufffd') >= 0 || !StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
        throw CommandFailure.usage(
            option
                + ": a character was lost on its way here; set a UTF-8 locale, or write a VALUE as a"
                + " quoted JSON string with \\uXXXX");
      }
      int equals = text.indexOf('=');
      if (equals < 0) {
        throw CommandFailure.usage(option + " needs " + form + "; there is no \"=\"");
      }
      return new Argument(
          option, FieldPath.parse(option, text.substring(0, equals)), text.substring(equals + 1));
    }

    NewValue newValue() {
      return NewValue.parse(option, field, right);
    }
  }

  private static Correction rename(Argument argument) {
    FieldPath from = argument.field;
    FieldPath to = FieldPath.parse(argument.option, argument.right);
    if (from.equals(to)) {
      throw CommandFailure.usage("--rename " + from + "=" + to + ": both names are the same");
    }
    if (!from.parents().equals(to.parents())) {
      throw CommandFailure.usage(
          "--rename %s=%s: a field stays in its object; write %s=%s"
              .formatted(
                  from,
                  to,
                  from,
                  from.depth() == 1 ? to.last() : from.prefix(from.depth() - 1) + "." + to.last()));
    }
    return new Correction.RenameField(from, to);
  }

  private static Correction parseTime(Argument argument, ZoneId zone) {
    if (argument.field.header() != null) {
      throw CommandFailure.usage("--parse-time " + argument.field + ": that is never a time");
    }
    try {
      return new Correction.ParseTime(argument.field, TimePattern.of(argument.right, zone));
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage(
          "--parse-time %s: \"%s\" is no pattern to read times by: %s"
              .formatted(argument.field, argument.right, e.getMessage()));
    }
  }

  /**
   * Reads the options.
   *
   * @throws CommandFailure if there is none, or one is wrong
   */
  Corrections corrections() {
    if (steps.isEmpty()) {
      throw CommandFailure.usage(
          "Say what to correct: --set, --default, --rename, --parse-time or --to-string, once or more.");
    }
    if (zone != null && steps.stream().allMatch(step -> step.parseTime == null)) {
      throw CommandFailure.usage("--zone is for --parse-time; there is none");
    }
    ZoneId where = zone();
    return new Corrections(steps.stream().map(step -> step.correction(where)).toList());
  }

  private ZoneId zone() {
    try {
      return zone == null ? ZoneOffset.UTC : ZoneId.of(zone);
    } catch (DateTimeException e) {
      throw CommandFailure.usage(
          "--zone \"" + zone + "\" is no zone: write Europe/Berlin, UTC or +02:00");
    }
  }
}
