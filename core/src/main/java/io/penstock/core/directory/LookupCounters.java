package io.penstock.core.directory;

import io.penstock.core.client.Lookup;
import io.penstock.core.metrics.Meters;
import io.penstock.core.metrics.Metric;
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

  final Tier memory = new Tier();
  final Tier redis = new Tier();
  final Tier postgres = new Tier();

  LookupCounters(Meters meters) {
    register(meters, "memory", memory);
    register(meters, "redis", redis);
    register(meters, "postgres", postgres);
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
