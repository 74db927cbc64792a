package io.penstock.dlq.replay;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Holds a sender to a rate. Not thread-safe. */
final class Pace {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  /** The time, as {@link System#nanoTime}, until which the letters sent so far use up the rate. */
  private long paidUntil = System.nanoTime();

  private final double perSecond;

  Pace(double perSecond) {
    this.perSecond = perSecond;
  }

  /**
   * How many letters may go at once: those of a fifth of a second, so that a low rate does not come
   * in bursts.
   */
  int burst(int most) {
    return (int) Math.clamp(perSecond / 5, 1, most);
  }

  /**
   * Notes that {@code count} letters were sent, and waits until more may be.
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
