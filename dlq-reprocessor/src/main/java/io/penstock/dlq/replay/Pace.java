package io.penstock.dlq.replay;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Holds a sender to a rate. Not thread-safe. */
final class Pace {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  /** Until when what was sent so far takes at this rate. */
  private long paidUntil = System.nanoTime();

  private final double perSecond;

  Pace(double perSecond) {
    this.perSecond = perSecond;
  }

  /** How many may go at once, so that a low rate does not come in bursts: a fifth of a second's. */
  int burst(int most) {
    return (int) Math.clamp(perSecond / 5, 1, most);
  }

  /**
   * So many were sent; waits until more may be.
   *
   * @param ended ends the wait
   */
  void spent(int count, BooleanSupplier ended) {
    paidUntil = Math.max(paidUntil, System.nanoTime() - SECOND / 5);
    paidUntil += (long) (count / perSecond * SECOND);
    long ahead = paidUntil - System.nanoTime();
    while (ahead > 0 && !ended.getAsBoolean() && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(Math.min(ahead, SECOND / 5));
      ahead = paidUntil - System.nanoTime();
    }
  }
}
