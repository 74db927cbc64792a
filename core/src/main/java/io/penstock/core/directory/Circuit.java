package io.penstock.core.directory;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Spares callers the time-out of a store that just failed: after a failure one call in each {@code
 * pause} is let through, until one succeeds. Thread-safe.
 */
final class Circuit {
  private static final long CLOSED = Long.MIN_VALUE;

  private final Ticker ticker;
  private final long pauseNanos;

  /** When the next call may try; {@link #CLOSED} while all may. */
  private final AtomicLong retryAt = new AtomicLong(CLOSED);

  Circuit(Ticker ticker, Duration pause) {
    this.ticker = ticker;
    this.pauseNanos = pause.toNanos();
  }

  /** Whether the last call succeeded. */
  boolean closed() {
    return retryAt.get() == CLOSED;
  }

  /** Whether to call now; true obliges to report how it went. */
  boolean tryCall() {
    long at = retryAt.get();
    if (at == CLOSED) {
      return true;
    }
    long now = ticker.read();
    return now - at >= 0 && retryAt.compareAndSet(at, now + pauseNanos);
  }

  /** Reports that the store answered. */
  void succeeded() {
    if (retryAt.get() != CLOSED) {
      retryAt.set(CLOSED);
    }
  }

  /** Reports that it did not. */
  void failed() {
    retryAt.set(ticker.read() + pauseNanos);
  }
}
