package io.penstock.core.directory;

import com.github.benmanes.caffeine.cache.Ticker;
import io.penstock.core.client.Lookup;
import io.penstock.core.metrics.Meters;
import io.penstock.core.metrics.Metric;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * {@code penstock_client_lookups_total} by tier and result. Counts in plain adders which the
 * registry reads, since the memory tier is counted once per event.
 */
final class LookupCounters {
  /** Answers of one tier. */
  static final class Tier {
    final LongAdder found = new LongAdder();
    final LongAdder unknown = new LongAdder();
    final LongAdder unavailable = new LongAdder();
    final LongAdder miss = new LongAdder();

    /** Counts an answer; null is a cache that holds nothing. */
    void count(@Nullable Lookup answer) {
      switch (answer) {
        case null -> miss.increment();
        case Lookup.Found(var client) -> found.increment();
        case Lookup.Unknown() -> unknown.increment();
        case Lookup.Unavailable(var detail) -> unavailable.increment();
      }
    }
  }

  /** How long what was answered though overdue counts as an answer of now. */
  private static final long TOLD_NANOS = TimeUnit.SECONDS.toNanos(10);

  final Tier memory = new Tier();
  final Tier redis = new Tier();
  final Tier postgres = new Tier();
  private final Ticker ticker;
  private volatile long staleNanos;
  private volatile long staleAt;

  LookupCounters(Meters meters, Ticker ticker) {
    this.ticker = ticker;
    this.staleAt = ticker.read() - TOLD_NANOS;
    meters.gauge(Metric.CLIENT_STALENESS, this, LookupCounters::stalenessSeconds);
    register(meters, "memory", memory);
    register(meters, "redis", redis);
    register(meters, "postgres", postgres);
  }

  /** A client is answered from memory that no store could confirm for so long. */
  void stale(long ageNanos) {
    long now = ticker.read();
    // Of two threads at once either may win: both answers are of now.
    if (ageNanos >= staleNanos || now - staleAt >= TOLD_NANOS) {
      staleNanos = ageNanos;
      staleAt = now;
    }
  }

  private double stalenessSeconds() {
    return ticker.read() - staleAt >= TOLD_NANOS ? 0 : staleNanos / 1e9;
  }

  private static void register(Meters meters, String name, Tier tier) {
    register(meters, name, "found", tier.found);
    register(meters, name, "unknown", tier.unknown);
    register(meters, name, "unavailable", tier.unavailable);
    register(meters, name, "miss", tier.miss);
  }

  private static void register(Meters meters, String tier, String result, LongAdder adder) {
    meters.counter(Metric.CLIENT_LOOKUPS, adder, LongAdder::doubleValue, tier, result);
  }
}
