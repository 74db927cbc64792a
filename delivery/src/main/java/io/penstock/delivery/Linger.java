package io.penstock.delivery;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How long rows are gathered. An insert costs ClickHouse milliseconds before its first row, so what
 * is limited is inserts and not bytes: the more tables have rows, the longer they wait, up to a
 * bound (docs/adr/0007). One per stream thread; not thread-safe.
 */
final class Linger {
  private final double insertsPerSecond;
  private final Duration longest;
  private final LongSupplier nanoTime;
  private long since;

  /**
   * @param insertsPerSecond aimed at, of this stream thread
   * @param longest after which rows are inserted whatever the number of tables
   */
  Linger(double insertsPerSecond, Duration longest, LongSupplier nanoTime) {
    this.insertsPerSecond = insertsPerSecond;
    this.longest = longest;
    this.nanoTime = nanoTime;
    restart();
  }

  /** Begins to gather anew. */
  void restart() {
    since = nanoTime.getAsLong();
  }

  /**
   * @param inserts that would be made now
   */
  boolean isOver(int inserts) {
    long wantedNanos = (long) (inserts / insertsPerSecond * 1e9);
    return nanoTime.getAsLong() - since >= Math.min(longest.toNanos(), wantedNanos);
  }
}
