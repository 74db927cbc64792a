package io.penstock.core.config;

import java.math.BigDecimal;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * How a value is written, what it may be, and how it is described in the documentation.
 *
 * @param parser throws {@link IllegalArgumentException} with a message that continues a sentence
 *     about the value ("is not ...")
 * @param formatter writes a value as {@code parser} reads it
 * @param description the type and its bounds, for the documentation
 * @param placeholder stands in for a value that is missing or wrong while the reader collects
 *     further problems; never reaches an application
 */
public record ConfigType<T>(
    Function<String, T> parser, Function<T, String> formatter, String description, T placeholder) {
  private static final Pattern PERCENTAGE = Pattern.compile("\\d{1,3}(\\.\\d{1,6})?%");

  /** Any text. */
  public static ConfigType<String> text() {
    return new ConfigType<>(Function.identity(), Function.identity(), "text", "");
  }

  /** Text of a form; {@code what} names it, as in "a topic name". */
  public static ConfigType<String> text(Pattern form, String what) {
    return new ConfigType<>(
        value -> {
          if (!form.matcher(value).matches()) {
            throw new IllegalArgumentException("is not " + what);
          }
          return value;
        },
        Function.identity(),
        what,
        "");
  }

  /** Text that is masked wherever values are shown. */
  public static ConfigType<Secret> secret() {
    return new ConfigType<>(Secret::of, Secret::toString, "secret", Secret.of(""));
  }

  /** The same, of so many characters at least. */
  public static ConfigType<Secret> secret(int minCharacters) {
    return new ConfigType<>(
        value -> {
          if (value.length() < minCharacters) {
            throw new IllegalArgumentException(
                "has %d characters, not the %d that are the least"
                    .formatted(value.length(), minCharacters));
          }
          return Secret.of(value);
        },
        Secret::toString,
        "secret of %d characters or more".formatted(minCharacters),
        Secret.of(""));
  }

  /** One of an enum's constants, written in lower case with {@code -} for {@code _}. */
  public static <E extends Enum<E>> ConfigType<E> oneOf(Class<E> type) {
    List<E> constants = List.of(type.getEnumConstants());
    String choices = String.join(", ", constants.stream().map(ConfigType::lowerCase).toList());
    return new ConfigType<>(
        value -> {
          for (E constant : constants) {
            if (lowerCase(constant).equals(value)) {
              return constant;
            }
          }
          throw new IllegalArgumentException("is not one of " + choices);
        },
        ConfigType::lowerCase,
        "one of " + choices,
        constants.getFirst());
  }

  private static String lowerCase(Enum<?> constant) {
    return constant.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }

  /** A whole number in bounds, both included. */
  public static ConfigType<Integer> integer(int min, int max) {
    return bounded(ConfigType::parseInt, Object::toString, "whole number", min, max);
  }

  private static int parseInt(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("is not a whole number below 2^31", e);
    }
  }

  /** A duration in bounds, both included. */
  public static ConfigType<Duration> duration(Duration min, Duration max) {
    return bounded(Durations::parse, Durations::format, "duration", min, max);
  }

  /** A size in bounds, both included. */
  public static ConfigType<DataSize> dataSize(DataSize min, DataSize max) {
    return bounded(DataSize::parse, DataSize::toString, "size", min, max);
  }

  /**
   * A share in percent, written as {@code 99.9%}, in bounds, both included, which are written so
   * too.
   */
  public static ConfigType<BigDecimal> percentage(String min, String max) {
    return bounded(
        ConfigType::parsePercentage,
        percent -> percent.toPlainString() + "%",
        "share",
        parsePercentage(min),
        parsePercentage(max));
  }

  private static BigDecimal parsePercentage(String text) {
    if (!PERCENTAGE.matcher(text).matches()) {
      throw new IllegalArgumentException("is not a share such as 99.9%");
    }
    return new BigDecimal(text.substring(0, text.length() - 1));
  }

  /** A moment in ISO-8601 with a zone, such as {@code 1980-01-01T00:00:00Z}. */
  public static ConfigType<Instant> instant() {
    return new ConfigType<>(
        value -> {
          try {
            return OffsetDateTime.parse(value).toInstant();
          } catch (DateTimeException e) {
            throw new IllegalArgumentException("is not a time such as 1980-01-01T00:00:00Z", e);
          }
        },
        Instant::toString,
        "time in ISO-8601 with a zone",
        Instant.EPOCH);
  }

  /**
   * An absolute URL of one of the schemes, with a host and without user and password, which have
   * keys of their own.
   */
  public static ConfigType<URI> url(String... schemes) {
    List<String> allowed = List.of(schemes);
    String choices = String.join(" or ", allowed.stream().map(scheme -> scheme + "://").toList());
    return new ConfigType<>(
        value -> parseUrl(value, allowed, choices),
        URI::toString,
        "URL, " + choices,
        URI.create("placeholder://none"));
  }

  private static URI parseUrl(String value, List<String> schemes, String choices) {
    URI uri;
    try {
      uri = URI.create(value);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("is not a URL", e);
    }
    if (uri.getScheme() == null || !schemes.contains(uri.getScheme()) || uri.getHost() == null) {
      throw new IllegalArgumentException(
          "is not a URL that begins with " + choices + " and names a host");
    }
    if (uri.getUserInfo() != null) {
      throw new IllegalArgumentException(
          "must not hold a user or a password; they have keys of their own");
    }
    return uri;
  }

  private static <T extends Comparable<? super T>> ConfigType<T> bounded(
      Function<String, T> parser, Function<T, String> formatter, String kind, T min, T max) {
    if (min.compareTo(max) > 0) {
      throw new IllegalArgumentException(
          "the lower bound is above the upper one: " + min + ", " + max);
    }
    String bounds = formatter.apply(min) + " to " + formatter.apply(max);
    return new ConfigType<>(
        value -> {
          T parsed = parser.apply(value);
          if (parsed.compareTo(min) < 0 || parsed.compareTo(max) > 0) {
            throw new IllegalArgumentException("is out of range: " + bounds);
          }
          return parsed;
        },
        formatter,
        kind + ", " + bounds,
        min);
  }
}
