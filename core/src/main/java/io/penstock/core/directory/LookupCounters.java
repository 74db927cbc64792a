package io.penstock.core.directory;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.penstock.core.client.Lookup;
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

  LookupCounters(MeterRegistry registry) {
    register(registry, "memory", memory);
    register(registry, "redis", redis);
    register(registry, "postgres", postgres);
  }

  private static void register(MeterRegistry registry, String name, Tier tier) {
    register(registry, name, "found", tier.found);
    register(registry, name, "unknown", tier.unknown);
    register(registry, name, "unavailable", tier.unavailable);
    register(registry, name, "miss", tier.miss);
  }

  private static void register(
      MeterRegistry registry, String tier, String result, LongAdder adder) {
    FunctionCounter.builder("penstock.client.lookups", adder, LongAdder::doubleValue)
        .description("Answers to \"who is this client?\" by the tier that was asked")
        .tags("tier", tier, "result", result)
        .register(registry);
  }
}
