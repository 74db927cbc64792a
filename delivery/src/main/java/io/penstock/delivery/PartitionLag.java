package io.penstock.delivery;

/**
 * How far behind a partition is.
 *
 * @param committed the first offset that is not durable, as committed
 * @param records readable ones that are not durable: up to the last stable offset, from the log's
 *     beginning
 * @param oldestMillis when the oldest of them was appended, in epoch milliseconds, as far as is
 *     known: to a poll's accuracy and rather too early; {@link #NONE} if there are none
 */
public record PartitionLag(long committed, long records, long oldestMillis) {
  public static final long NONE = -1;

  /** How old the oldest record is; 0 if there is none. */
  public double seconds(long nowMillis) {
    return oldestMillis == NONE ? 0 : Math.max(0, nowMillis - oldestMillis) / 1e3;
  }
}
