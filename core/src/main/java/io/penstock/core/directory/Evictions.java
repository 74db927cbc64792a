package io.penstock.core.directory;

import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.stats.CacheStats;
import com.github.benmanes.caffeine.cache.stats.StatsCounter;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what a cache had to drop, and nothing that happens with each event: {@link LookupCounters}
 * has that already. Thread-safe.
 */
final class Evictions implements StatsCounter {
  private final LongAdder entries = new LongAdder();

  @Override
  public void recordEviction(int weight, RemovalCause cause) {
    entries.increment();
  }

  @Override
  public CacheStats snapshot() {
    return CacheStats.of(0, 0, 0, 0, 0, entries.sum(), 0);
  }

  @Override
  public void recordHits(int count) {}

  @Override
  public void recordMisses(int count) {}

  @Override
  public void recordLoadSuccess(long nanos) {}

  @Override
  public void recordLoadFailure(long nanos) {}
}
