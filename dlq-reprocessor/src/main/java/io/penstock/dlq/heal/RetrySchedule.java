package io.penstock.dlq.heal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Remembers which clients' letters wait for a replay, and when each client is tried next. Each
 * partition counts for itself, so that a client that keeps failing delays no other. After a failure
 * the pause doubles, up to a limit, with a fifth of jitter; after a success ten times as many
 * letters are replayed at once. The memory is some words for each client and partition.
 * Thread-safe.
 */
final class RetrySchedule {
  /**
   * How many letters are replayed of a client that is tried for the first time, or again after a
   * failure.
   */
  static final long TRIAL = 10;

  private static final long GROWTH = 10;

  private final Duration pause;
  private final Duration longestPause;
  private final LongSupplier nanos;
  private final RandomGenerator random;
  private final Map<Integer, Map<String, Entry>> partitions = new HashMap<>();

  private static final class Entry {
    boolean waits;
    long allowance = TRIAL;
    long nextTry;
    int failures;
  }

  /**
   * What became of one client's letters.
   *
   * @param replayed how many went back
   * @param failed how many of these failed again
   * @param unknown whether the outcome of some is not known
   * @param more whether there are letters that did not go yet
   */
  record Result(long replayed, long failed, boolean unknown, boolean more) {}

  /**
   * @param nanos the time, as {@link System#nanoTime}
   */
  RetrySchedule(Duration pause, Duration longestPause, LongSupplier nanos, RandomGenerator random) {
    this.pause = pause;
    this.longestPause = longestPause;
    this.nanos = nanos;
    this.random = random;
  }

  /** This process has been given these partitions. */
  synchronized void assigned(Collection<Integer> added) {
    added.forEach(partition -> partitions.put(partition, new HashMap<>()));
  }

  /** This process has lost these partitions. */
  synchronized void revoked(Collection<Integer> removed) {
    partitions.keySet().removeAll(removed);
  }

  /** A letter that heals by itself was read from the topic. */
  synchronized void seen(int partition, String client) {
    Map<String, Entry> entries = partitions.get(partition);
    if (entries == null) {
      return;
    }
    Entry entry = entries.get(client);
    if (entry == null) {
      entry = new Entry();
      entry.nextTry = nanos.getAsLong();
      entries.put(client, entry);
    }
    entry.waits = true;
  }

  /** The client was changed: what kept its letters may be mended. */
  synchronized void changed(String client) {
    for (Map<String, Entry> entries : partitions.values()) {
      Entry entry = entries.get(client);
      if (entry != null) {
        entry.failures = 0;
        entry.nextTry = nanos.getAsLong();
      }
    }
  }

  /** Changes may have been missed: every client counts as changed. */
  synchronized void changesMayBeLost() {
    partitions.values().stream()
        .flatMap(entries -> entries.keySet().stream())
        .distinct()
        .toList()
        .forEach(this::changed);
  }

  /** Clients to try now, the partition with the longest overdue first. */
  record Due(int partition, Map<String, Long> allowances) {}

  /** What is due, one entry for each partition; empty if nothing is. */
  synchronized List<Due> due() {
    long now = nanos.getAsLong();
    Map<Integer, Long> oldest = new HashMap<>();
    List<Due> all = new ArrayList<>();
    partitions.forEach((partition, entries) -> {
      Map<String, Long> allowances = new HashMap<>();
      entries.forEach((client, entry) -> {
        if (entry.waits && now - entry.nextTry >= 0) {
          allowances.put(client, entry.allowance);
          oldest.merge(partition, now - entry.nextTry, Math::max);
        }
      });
      if (!allowances.isEmpty()) {
        all.add(new Due(partition, allowances));
      }
    });
    all.sort(Comparator.comparing((Due due) -> oldest.getOrDefault(due.partition, 0L)).reversed());
    return all;
  }

  /** The client cannot take events now; it is looked at again after a pause, or when it changes. */
  synchronized void postponed(int partition, String client, Duration length) {
    Entry entry = entry(partition, client);
    if (entry != null) {
      entry.nextTry = nanos.getAsLong() + length.toNanos();
    }
  }

  /** The client will never take events again; its letters no longer wait. */
  synchronized void gone(int partition, String client) {
    Entry entry = entry(partition, client);
    if (entry != null) {
      entry.waits = false;
    }
  }

  /**
   * A client was tried.
   *
   * @param least how long it waits in any case before it is tried again
   */
  synchronized void tried(int partition, String client, Result result, Duration least) {
    Entry entry = entry(partition, client);
    if (entry == null) {
      return;
    }
    long now = nanos.getAsLong();
    if (result.failed > 0) {
      entry.failures++;
      entry.allowance = TRIAL;
      entry.waits = true;
      entry.nextTry = now + Math.max(least.toNanos(), pauseAfter(entry.failures));
    } else if (result.unknown) {
      entry.waits = true;
      entry.nextTry = now + Math.max(least.toNanos(), pauseAfter(1));
    } else {
      entry.failures = 0;
      entry.allowance = Math.min(entry.allowance * GROWTH, Long.MAX_VALUE / GROWTH / GROWTH);
      entry.waits = result.more;
      entry.nextTry = now + least.toNanos();
    }
  }

  private long pauseAfter(int failures) {
    double doubled = (double) pause.toNanos() * Math.pow(2, Math.min(failures - 1, 40));
    double bounded = Math.min(doubled, (double) longestPause.toNanos());
    return (long) (bounded * (0.9 + 0.2 * random.nextDouble()));
  }

  private @Nullable Entry entry(int partition, String client) {
    return partitions.getOrDefault(partition, Map.of()).get(client);
  }

  /** How many clients have letters that wait. */
  synchronized long waiting() {
    return partitions.values().stream()
        .flatMap(entries ->
            entries.entrySet().stream()
                .filter(entry -> entry.getValue().waits)
                .map(Map.Entry::getKey))
        .distinct()
        .count();
  }
}
