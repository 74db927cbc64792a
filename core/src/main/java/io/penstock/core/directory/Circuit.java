package io.penstock.core.directory;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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

  /**
   * Asks the store, or does not if it failed moments ago.
   *
   * @param answered whether it was the store that said this
   * @param instead what to say if it is not asked
   */
  <T extends @Nullable Object> T ask(Supplier<T> call, Predicate<T> answered, Supplier<T> instead) {
    if (!mayCall()) {
      return instead.get();
    }
    T answer = call.get();
    if (!answered.test(answer)) {
      retryAt.set(ticker.read() + pauseNanos);
    } else if (!closed()) {
      retryAt.set(CLOSED);
    }
    return answer;
  }

  private boolean mayCall() {
    long at = retryAt.get();
    if (at == CLOSED) {
      return true;
    }
    long now = ticker.read();
    return now - at >= 0 && retryAt.compareAndSet(at, now + pauseNanos);
  }
}
