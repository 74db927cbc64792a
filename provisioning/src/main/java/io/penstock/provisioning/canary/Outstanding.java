package io.penstock.provisioning.canary;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The canary's events that nobody has seen stored yet, oldest first. An event is followed for a
 * day, as long as its row is kept, and {@value #MOST} are followed at most, the newest.
 * Thread-safe.
 */
final class Outstanding {
  static final int MOST = 100_000;

  /** So many of the newest are asked for at once. */
  static final int MOST_FRESH_ASKED = 1_000;

  /** So many missing ones are asked for at once, each in its turn. */
  static final int MOST_MISSING_ASKED = 500;

  private static final long FOLLOWED_NANOS = Duration.ofDays(1).toNanos();

  private final long missingNanos;
  private final LongSupplier nanoTime;
  private final Consumer<Duration> seen;
  private final Deque<Sent> events = new ArrayDeque<>();
  private int turn;
  private long sent;
  private long stored;

  /** An event that is to be stored. */
  static final class Sent {
    private final UUID id = UUID.randomUUID();
    private final int partition;
    private final long millis;
    private final long nanos;
    private boolean taken;
    private boolean refused;

    private Sent(int partition, long millis, long nanos) {
      this.partition = partition;
      this.millis = millis;
      this.nanos = nanos;
    }

    UUID id() {
      return id;
    }

    int partition() {
      return partition;
    }

    /** When it was sent, by this process's clock. */
    long millis() {
      return millis;
    }
  }

  /**
   * @param missingAfter how long an event may be on its way until it is missing
   * @param seen told how long each event took until its row was seen
   */
  Outstanding(Duration missingAfter, LongSupplier nanoTime, Consumer<Duration> seen) {
    this.missingNanos = missingAfter.toNanos();
    this.nanoTime = nanoTime;
    this.seen = seen;
  }

  /**
   * An event is sent now.
   *
   * @param millis the time of this process's clock
   */
  synchronized Sent add(int partition, long millis) {
    long now = nanoTime.getAsLong();
    while (events.size() >= MOST
        || (!events.isEmpty() && now - events.getFirst().nanos > FOLLOWED_NANOS)) {
      events.removeFirst();
    }
    Sent event = new Sent(partition, millis, now);
    events.addLast(event);
    return event;
  }

  /** Kafka has the event. */
  synchronized void taken(Sent event) {
    if (!event.taken) {
      event.taken = true;
      sent++;
    }
  }

  /**
   * Kafka does not have the event, as far as the producer knows. It counts as missing all the same,
   * until one that was sent later has come through its partition.
   */
  synchronized void refused(Sent event) {
    event.refused = true;
  }

  /**
   * What to ask for: the events that are not missing yet.
   *
   * @param missing whether also missing ones, those whose turn it is
   */
  synchronized List<Sent> wanted(boolean missing) {
    long now = nanoTime.getAsLong();
    List<Sent> wanted =
        new ArrayList<>(
            events.reversed().stream()
                .takeWhile(event -> !isMissing(event, now))
                .limit(MOST_FRESH_ASKED)
                .toList());
    if (missing) {
      List<Sent> all = events.stream().takeWhile(event -> isMissing(event, now)).toList();
      int from = turn < all.size() ? turn : 0;
      int to = Math.min(from + MOST_MISSING_ASKED, all.size());
      wanted.addAll(all.subList(from, to));
      turn = to;
    }
    return wanted;
  }

  private boolean isMissing(Sent event, long now) {
    return now - event.nanos > missingNanos;
  }

  /**
   * The rows of these events were seen.
   *
   * @return whether one of them had been missing
   */
  synchronized boolean stored(Set<UUID> ids) {
    long now = nanoTime.getAsLong();
    Map<Integer, Long> through = new HashMap<>();
    boolean wasMissing = false;
    for (Sent event : events) {
      if (ids.contains(event.id)) {
        taken(event);
        stored++;
        seen.accept(Duration.ofNanos(now - event.nanos));
        var _ = through.merge(event.partition, event.nanos, Math::max);
        wasMissing |= isMissing(event, now);
      }
    }
    if (!through.isEmpty()) {
      events.removeIf(event -> ids.contains(event.id) || isOver(event, through));
    }
    return wasMissing;
  }

  private static boolean isOver(Sent event, Map<Integer, Long> through) {
    Long later = through.get(event.partition);
    return event.refused && later != null && later - event.nanos > 0;
  }

  /**
   * Follows none of them any more.
   *
   * @return how many there were
   */
  synchronized int forget() {
    int size = events.size();
    events.clear();
    return size;
  }

  /** Whether there are some that are not missing yet. */
  synchronized boolean hasFresh() {
    return !events.isEmpty() && !isMissing(events.getLast(), nanoTime.getAsLong());
  }

  /** How many Kafka has taken. */
  synchronized long sent() {
    return sent;
  }

  /** How many were seen stored. */
  synchronized long stored() {
    return stored;
  }

  /** How many should have been seen by now. */
  synchronized long missing() {
    long now = nanoTime.getAsLong();
    return events.stream().takeWhile(event -> isMissing(event, now)).count();
  }

  /** The oldest; null: there is none. */
  synchronized @Nullable Sent oldest() {
    return events.peekFirst();
  }
}
