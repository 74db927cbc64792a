package io.penstock.core.event;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.YearMonth;
import java.time.format.DateTimeFormatter;

/** Reads {@code event_time}: ISO-8601 with a zone, or epoch milliseconds. */
final class EventTime {
  /** Not a time. No real event happened then. */
  static final long NONE = Long.MIN_VALUE;

  /** {@code 2026-01-31T23:59:59}, what every ISO form that producers send begins with. */
  private static final int TO_SECONDS = 19;

  /** So far below zero that no sum with it is a number. */
  private static final int NO_DIGITS = -1_000_000;

  private EventTime() {}

  /** Epoch milliseconds from an integer number's text, or {@link #NONE}. */
  static long fromNumber(byte[] text, int from, int to) {
    boolean negative = text[from] == '-';
    int digits = negative ? from + 1 : from;
    if (to - digits > 15) {
      return NONE; // past the year 33,000
    }
    long value = 0;
    for (int i = digits; i < to; i++) {
      if (text[i] < '0' || text[i] > '9') {
        return NONE;
      }
      value = value * 10 + (text[i] - '0');
    }
    return negative ? -value : value;
  }

  /** Epoch milliseconds from an ISO-8601 text with a zone, or {@link #NONE}. */
  static long fromIso(byte[] text, int from, int to) {
    long common = fromCommonIso(text, from, to);
    if (common != NONE) {
      return common;
    }
    if (to - from > 64) {
      return NONE;
    }
    try {
      String iso = new String(text, from, to - from, StandardCharsets.UTF_8);
      return OffsetDateTime.parse(iso, DateTimeFormatter.ISO_ZONED_DATE_TIME)
          .toInstant()
          .toEpochMilli();
    } catch (DateTimeException | ArithmeticException notATime) {
      return NONE;
    }
  }

  /** {@code yyyy-MM-ddTHH:mm:ss[.fraction](Z|±HH[[:]MM])} without an allocation that survives. */
  private static long fromCommonIso(byte[] t, int from, int to) {
    if (to - from <= TO_SECONDS
        || t[from + 4] != '-'
        || t[from + 7] != '-'
        || (t[from + 10] | 0x20) != 't'
        || t[from + 13] != ':'
        || t[from + 16] != ':') {
      return NONE;
    }
    int century = twoDigits(t, from);
    int year = century * 100 + twoDigits(t, from + 2);
    int month = twoDigits(t, from + 5);
    int day = twoDigits(t, from + 8);
    int hour = twoDigits(t, from + 11);
    int minute = twoDigits(t, from + 14);
    int second = twoDigits(t, from + 17);
    if (century < 0
        || year < 0
        || (month - 1 | 12 - month | day - 1 | hour | minute | second) < 0
        || (23 - hour | 59 - minute | 59 - second) < 0
        || (day > 28 && day > YearMonth.of(year, month).lengthOfMonth())) {
      return NONE;
    }
    int i = from + TO_SECONDS;
    int millis = 0;
    if (t[i] == '.' || t[i] == ',') {
      int scale = 100;
      int fraction = ++i;
      while (i < to && t[i] >= '0' && t[i] <= '9') {
        millis += (t[i] - '0') * scale;
        scale /= 10;
        i++;
      }
      if (i == fraction || i - fraction > 9) {
        return NONE;
      }
    }
    int offsetMinutes = offsetMinutes(t, i, to);
    if (offsetMinutes == Integer.MIN_VALUE) {
      return NONE;
    }
    long days = LocalDate.of(year, month, day).toEpochDay();
    long minutes = (days * 24 + hour) * 60 + minute - offsetMinutes;
    return (minutes * 60 + second) * 1000 + millis;
  }

  /** {@code Z}, {@code ±HH:MM}, {@code ±HHMM} or {@code ±HH}. */
  private static int offsetMinutes(byte[] t, int i, int to) {
    int length = to - i;
    if (length == 1 && (t[i] | 0x20) == 'z') {
      return 0;
    }
    boolean colon = length == 6 && t[i + 3] == ':';
    if ((colon || length == 5 || length == 3) && (t[i] == '+' || t[i] == '-')) {
      int hours = twoDigits(t, i + 1);
      int minutes = length == 3 ? 0 : twoDigits(t, colon ? i + 4 : i + 3);
      if (hours >= 0 && hours <= 18 && minutes >= 0 && minutes <= 59) {
        return t[i] == '-' ? -(hours * 60 + minutes) : hours * 60 + minutes;
      }
    }
    return Integer.MIN_VALUE;
  }

  /** The number that two digits make, negative if they are none. */
  private static int twoDigits(byte[] t, int at) {
    int tens = t[at] - '0';
    int ones = t[at + 1] - '0';
    return (tens | ones | 9 - tens | 9 - ones) < 0 ? NO_DIGITS : tens * 10 + ones;
  }
}
