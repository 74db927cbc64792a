package io.penstock.core.directory;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts entries in Redis that are not believed, and warns once a minute at most. Thread-safe. */
final class RefusedEntries {
  private static final Logger LOG = LoggerFactory.getLogger(RefusedEntries.class);
  private static final long PAUSE_NANOS = Duration.ofMinutes(1).toNanos();

  private final LongAdder count = new LongAdder();
  private final AtomicLong nextAt = new AtomicLong(System.nanoTime());

  void add(String clientId, String reason) {
    count.increment();
    long now = System.nanoTime();
    long due = nextAt.get();
    if (now - due >= 0 && nextAt.compareAndSet(due, now + PAUSE_NANOS)) {
      LOG.atWarn()
          .addKeyValue("client", clientId)
          .addKeyValue("cause", reason)
          .addKeyValue("refused", count.sum())
          .log(
              "What Redis holds of a client is not believed, PostgreSQL is asked instead; after an upgrade or a new secret this ends by itself, else look who writes to Redis");
    }
  }

  long count() {
    return count.sum();
  }
}
