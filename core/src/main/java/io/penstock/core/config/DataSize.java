package io.penstock.core.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An amount of memory or data, written {@code 512B}, {@code 64KiB}, {@code 1MiB} or {@code 2GiB}:
 * powers of 1,024 only, because {@code 64M} means two things.
 *
 * @param bytes never negative
 */
public record DataSize(long bytes) implements Comparable<DataSize> {
  private static final Pattern TEXT = Pattern.compile("(\\d{1,15})\\s*(B|KiB|MiB|GiB)");

  /** Refuses a negative size. */
  public DataSize {
    if (bytes < 0) {
      throw new IllegalArgumentException("a size cannot be negative: " + bytes);
    }
  }

  /** {@code count} times 1,024 bytes. */
  public static DataSize ofKiB(long count) {
    return new DataSize(Math.multiplyExact(count, 1024L));
  }

  /** {@code count} times 1,048,576 bytes. */
  public static DataSize ofMiB(long count) {
    return new DataSize(Math.multiplyExact(count, 1024L * 1024));
  }

  /**
   * Reads the form that {@link #toString()} writes.
   *
   * @throws IllegalArgumentException if the text is not a number with one of the four units
   */
  public static DataSize parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("is not a size such as 512KiB, 64MiB or 1GiB");
    }
    long unit =
        switch (matcher.group(2)) {
          case "B" -> 1L;
          case "KiB" -> 1024L;
          case "MiB" -> 1024L * 1024;
          default -> 1024L * 1024 * 1024;
        };
    try {
      return new DataSize(Math.multiplyExact(Long.parseLong(matcher.group(1)), unit));
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("is more than 8EiB", e);
    }
  }

  @Override
  public int compareTo(DataSize other) {
    return Long.compare(bytes, other.bytes);
  }

  @Override
  public String toString() {
    String[] units = {"B", "KiB", "MiB", "GiB"};
    long value = bytes;
    int unit = 0;
    while (unit < 3 && value != 0 && value % 1024 == 0) {
      value /= 1024;
      unit++;
    }
    return value + units[unit];
  }
}
