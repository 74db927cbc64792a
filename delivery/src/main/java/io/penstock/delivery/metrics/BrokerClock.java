package io.penstock.delivery.metrics;

import java.time.Clock;
import java.time.Duration;

/**
 * How far the brokers' clocks are ahead of this one, as far as records tell that were taken as soon
 * as they came: what they took on their way makes the brokers seem behind, so the best of a minute
 * counts. Thread-safe.
 */
final class BrokerClock {
  private static final long WINDOW_MILLIS = Duration.ofMinutes(1).toMillis();

  private final Clock clock;
  private boolean known;
  private long aheadMillis;
  private long seenMillis;

  BrokerClock(Clock clock) {
    this.clock = clock;
  }

  /** A broker has appended a record at this time, in epoch milliseconds of its own, just now. */
  synchronized void appendedNow(long brokerMillis) {
    long now = clock.millis();
    long ahead = brokerMillis - now;
    if (!known || ahead >= aheadMillis || now - seenMillis > WINDOW_MILLIS) {
      known = true;
      aheadMillis = ahead;
      seenMillis = now;
    }
  }

  /** Negative if the brokers are behind; not a number until a record has told. */
  synchronized double aheadSeconds() {
    return known ? aheadMillis / 1e3 : Double.NaN;
  }
}
