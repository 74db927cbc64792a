package io.penstock.core.event;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;

/** Reads {@code event_time}: ISO-8601 with a zone, or epoch milliseconds. */
final class EventTime {
  /** Not a time. No real event happened then. */
  static final long NONE = Long.MIN_VALUE;

  /** {@code 2026-01-31T23:59:59}, what every ISO form that producers send begins with. */
  private static final int TO_SECONDS = 19;

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

  /** {@code yyyy-MM-ddTHH:mm:ss[.fraction](Z|±HH:MM)} without an allocation that survives. */
  private static long fromCommonIso(byte[] t, int from, int to) {
    if (to - from <= TO_SECONDS
        || t[from + 4] != '-'
        || t[from + 7] != '-'
        || (t[from + 10] | 0x20) != 't'
        || t[from + 13] != ':'
        || t[from + 16] != ':') {
      return NONE;
    }
    int year = digits(t, from, 4);
    int month = digits(t, from + 5, 2);
    int day = digits(t, from + 8, 2);
    int hour = digits(t, from + 11, 2);
    int minute = digits(t, from + 14, 2);
    int second = digits(t, from + 17, 2);
    if (year < 0 || month < 1 || month > 12 || day < 1 || day > 31) {
      return NONE;
    }
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) {
      return NONE;
    }
    if (day > 28 && day > LocalDate.of(year, month, 1).lengthOfMonth()) {
      return NONE;
    }
    int i = from + TO_SECONDS;
    int millis = 0;
    if (t[i] == '.') {
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

  private static int offsetMinutes(byte[] t, int i, int to) {
    if (to - i == 1 && (t[i] | 0x20) == 'z') {
      return 0;
    }
    if (to - i == 6 && (t[i] == '+' || t[i] == '-') && t[i + 3] == ':') {
      int hours = digits(t, i + 1, 2);
      int minutes = digits(t, i + 4, 2);
      if (hours >= 0 && hours <= 18 && minutes >= 0 && minutes <= 59) {
        return t[i] == '-' ? -(hours * 60 + minutes) : hours * 60 + minutes;
      }
    }
    return Integer.MIN_VALUE;
  }

  private static int digits(byte[] t, int from, int count) {
    int value = 0;
    for (int i = from; i < from + count; i++) {
      if (t[i] < '0' || t[i] > '9') {
        return -1;
      }
      value = value * 10 + (t[i] - '0');
    }
    return value;
  }
}
