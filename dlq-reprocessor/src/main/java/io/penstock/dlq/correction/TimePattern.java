package io.penstock.dlq.correction;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalQueries;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A form that times come in, and the way from there to ISO-8601 in UTC with milliseconds, finer
 * fractions cut off. It does not guess: a date that no calendar has (30 February), and a local time
 * that the zone skips or has twice, are no times. Immutable, thread-safe.
 */
public final class TimePattern {
  /**
   * The forms that count from 1970, as a number or a text, with or without a fraction or an
   * exponent, and how many digits more than milliseconds each has.
   */
  private static final Map<String, Integer> EPOCHS =
      Map.of("epoch-seconds", -3, "epoch-millis", 0, "epoch-micros", 3, "epoch-nanos", 6);

  private static final DateTimeFormatter ISO =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);
  private static final Instant FIRST = Instant.parse("0000-01-01T00:00:00Z");
  private static final Instant AFTER_LAST = Instant.parse("+10000-01-01T00:00:00Z");

  /** Any date and time whose parts differ. */
  private static final ZonedDateTime SAMPLE =
      ZonedDateTime.of(2026, 11, 21, 15, 47, 38, 123_456_789, ZoneOffset.UTC);

  private static final int MAX_DIGITS = 40;

  private final String name;
  private final ZoneId zone;
  private final @Nullable DateTimeFormatter formatter;

  private TimePattern(String name, ZoneId zone, @Nullable DateTimeFormatter formatter) {
    this.name = name;
    this.zone = zone;
    this.formatter = formatter;
  }

  /**
   * Reads a pattern of {@link DateTimeFormatter}, with English names of months and days, case
   * ignored, or epoch-seconds, epoch-millis, epoch-micros or epoch-nanos.
   *
   * @param zone where a time without a zone of its own was taken
   * @throws IllegalArgumentException if it is no pattern, or tells no date; the message says which
   */
  public static TimePattern of(String pattern, ZoneId zone) {
    if (EPOCHS.containsKey(pattern)) {
      return new TimePattern(pattern, zone, null);
    }
    DateTimeFormatter formatter =
        new DateTimeFormatterBuilder()
            .parseCaseInsensitive()
            .appendPattern(withProlepticYears(pattern))
            .toFormatter(Locale.ENGLISH)
            .withResolverStyle(ResolverStyle.STRICT);
    TimePattern parsed = new TimePattern(pattern, zone, formatter);
    try {
      var _ = parsed.read(formatter, formatter.format(SAMPLE));
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "it tells no date, or not which time of day it is: " + e.getMessage(), e);
    }
    return parsed;
  }

  /**
   * Year-of-era to year, where the pattern has no era: people write yyyy, and the strict resolver
   * then misses the era.
   */
  private static String withProlepticYears(String pattern) {
    StringBuilder changed = new StringBuilder(pattern.length());
    boolean quoted = false;
    boolean era = false;
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      quoted ^= c == '\'';
      era |= !quoted && c == 'G';
      changed.append(!quoted && c == 'y' ? 'u' : c);
    }
    return era ? pattern : changed.toString();
  }

  /**
   * The same time as {@code 2026-11-21T15:47:38.123Z}.
   *
   * @param field what the text is of, for the message
   * @throws NotCorrectable if the text does not fit
   */
  String toIso(FieldPath field, String text) throws NotCorrectable {
    Instant instant;
    try {
      instant = formatter == null ? readNumber(text) : read(formatter, text);
    } catch (DateTimeException | ArithmeticException | NumberFormatException notThatForm) {
      throw new NotCorrectable(field + " does not fit " + this);
    }
    if (instant.isBefore(FIRST) || !instant.isBefore(AFTER_LAST)) {
      throw new NotCorrectable(field + " is not within the years 0 to 9999, read as " + this);
    }
    return ISO.format(instant);
  }

  private Instant readNumber(String text) {
    if (text.length() > MAX_DIGITS) {
      throw new NumberFormatException("too long");
    }
    BigDecimal number = new BigDecimal(text);
    if (Math.abs((long) number.scale()) > MAX_DIGITS) {
      throw new NumberFormatException("too large or too small"); // and so would be the rounding
    }
    return Instant.ofEpochMilli(
        number
            .movePointLeft(EPOCHS.getOrDefault(name, 0))
            .setScale(0, RoundingMode.FLOOR)
            .longValueExact());
  }

  private Instant read(DateTimeFormatter exact, String text) {
    TemporalAccessor parsed = exact.parse(text);
    for (ChronoField part : ChronoField.values()) {
      // What the formatter could not resolve, such as hours of 1 to 12 without AM or PM.
      if (part.isTimeBased()
          && parsed.isSupported(part)
          && !parsed.isSupported(ChronoField.NANO_OF_DAY)) {
        throw new DateTimeException("the time of day is not told");
      }
    }
    LocalDateTime local =
        parsed.isSupported(ChronoField.NANO_OF_DAY)
            ? LocalDateTime.from(parsed)
            : LocalDate.from(parsed).atStartOfDay();
    ZoneOffset offset = parsed.query(TemporalQueries.offset());
    if (offset != null) {
      return local.toInstant(offset);
    }
    ZoneId told = parsed.query(TemporalQueries.zone());
    List<ZoneOffset> offsets = (told == null ? zone : told).getRules().getValidOffsets(local);
    if (offsets.size() != 1) {
      throw new DateTimeException("the zone has no such time, or has it twice");
    }
    return local.toInstant(offsets.getFirst());
  }

  /** The pattern as it was given, and the zone where one is used. */
  @Override
  public String toString() {
    return formatter == null ? name : name + " (zone " + zone + ")";
  }
}
