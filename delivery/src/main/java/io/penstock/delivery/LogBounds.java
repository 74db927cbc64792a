package io.penstock.delivery;

/**
 * Which offsets of a partition can be read.
 *
 * @param start of the oldest record that Kafka keeps
 * @param stableEnd behind the newest record that no open transaction holds back
 */
public record LogBounds(long start, long stableEnd) {
  static final LogBounds UNKNOWN = new LogBounds(0, 0);
}
