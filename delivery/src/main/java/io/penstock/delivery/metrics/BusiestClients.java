package io.penstock.delivery.metrics;

import io.penstock.core.metrics.Families;
import io.penstock.core.metrics.Histogram;
import io.penstock.core.metrics.Metric;
import io.penstock.core.refusal.Reason;
import io.penstock.core.refusal.Stage;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of events, in all and by client: the busiest by name, all others as {@value #OTHER}.
 * The total is the sum of the clients, of the same moment in each scrape, whatever is counted
 * meanwhile. A client keeps its name until another is at least twice as busy; then its series end,
 * and what they had counted goes on in {@value #OTHER}, so that no series ever goes back.
 *
 * <p>Called for each table of a block and for each dead letter, never for each event that is
 * stored. Thread-safe.
 */
final class BusiestClients implements MultiCollector {
  static final String OTHER = "other";

  /** So many clients compete for the names; any further ones are others. */
  private static final int MOST_KNOWN = 100_000;

  private static final long RANKED_EVERY_NANOS = TimeUnit.MINUTES.toNanos(5);

  /** What is left of how busy a client was, when it is ranked the next time. */
  private static final double REMEMBERED = 0.5;

  private static final double BUSIER = 2;

  private final int mostNamed;
  private final long objectiveMillis;
  private final LongSupplier nanoTime;
  private final Map<String, Client> known = new HashMap<>();
  private final Set<Client> named = new HashSet<>();
  private final Counts other = new Counts();
  private final Histogram replays = new Histogram(Metric.REPLAY_FRESHNESS);
  private final Map<Reason, Long> letters = new EnumMap<>(Reason.class);
  private long settled;
  private long rankedNanos;

  /** Of one client, or of several. */
  private static final class Counts {
    final Histogram freshness = new Histogram(Metric.CLIENT_FRESHNESS);
    long stored;
    long late;
    long storedBytes;
    long deadLetters;

    void add(Counts more) {
      freshness.add(more.freshness);
      stored += more.stored;
      late += more.late;
      storedBytes += more.storedBytes;
      deadLetters += more.deadLetters;
    }
  }

  private static final class Client {
    final String id;

    /** As of the last ranking, in events of the time between two. */
    double busy;

    /** Events since then. */
    long since;

    /** Null: it has no name, and counts as another. */
    @Nullable Counts counts;

    Client(String id) {
      this.id = id;
    }

    double busy() {
      return busy;
    }
  }

  /**
   * @param mostNamed how many clients have a name
   * @param objective an event that is older when it is stored is late
   */
  BusiestClients(int mostNamed, Duration objective, LongSupplier nanoTime) {
    this.mostNamed = mostNamed;
    this.objectiveMillis = objective.toMillis();
    this.nanoTime = nanoTime;
    this.rankedNanos = nanoTime.getAsLong();
  }

  /**
   * Events of a client are stored.
   *
   * @param replayed how many of them replays brought
   * @param ageMillis of the oldest of the others
   * @param replayAgeMillis of the oldest of the replayed ones, since their replay
   */
  synchronized void stored(
      String client, int events, long bytes, int replayed, long ageMillis, long replayAgeMillis) {
    Counts counts = of(client, events);
    counts.stored += events;
    counts.storedBytes += bytes;
    int fresh = events - replayed;
    counts.freshness.record(ageMillis, fresh);
    if (ageMillis > objectiveMillis) {
      counts.late += fresh;
    }
    replays.record(replayAgeMillis, replayed);
    settled += events;
  }

  /**
   * An event is a dead letter.
   *
   * @param client null: nobody's
   */
  synchronized void deadLettered(Reason reason, @Nullable String client) {
    letters.merge(reason, 1L, Long::sum);
    settled++;
    claimed(reason, client).deadLetters++;
  }

  /** How many events are stored or dead letters. */
  synchronized long settled() {
    return settled;
  }

  /** Where it is not known that there is such a client, its name may be anybody's invention. */
  private Counts claimed(Reason reason, @Nullable String client) {
    if (client == null) {
      return other;
    }
    boolean isClient =
        reason != Reason.UNKNOWN_CLIENT
            && (reason.stage() != Stage.INTAKE || reason == Reason.QUOTA_EXCEEDED);
    if (isClient) {
      return of(client, 1);
    }
    Client one = known.get(client);
    return one == null || one.counts == null ? other : one.counts;
  }

  private Counts of(String client, long events) {
    Client one = known.get(client);
    if (one == null) {
      if (known.size() >= MOST_KNOWN || client.equals(OTHER)) {
        return other;
      }
      one = new Client(client);
      known.put(client, one);
      if (named.size() < mostNamed) {
        name(one);
      }
    }
    one.since += events;
    return one.counts == null ? other : one.counts;
  }

  private void name(Client one) {
    one.counts = new Counts();
    named.add(one);
  }

  private void rank() {
    for (Client one : known.values()) {
      one.busy = one.busy * REMEMBERED + one.since;
      one.since = 0;
    }
    known.values().removeIf(one -> one.counts == null && one.busy < 1);
    List<Client> leaving = new ArrayList<>(named);
    leaving.sort(Comparator.comparingDouble(Client::busy));
    double least = leaving.isEmpty() ? Double.POSITIVE_INFINITY : leaving.getFirst().busy;
    List<Client> coming = new ArrayList<>();
    for (Client one : known.values()) {
      if (one.counts == null && one.busy > BUSIER * least) {
        coming.add(one);
      }
    }
    coming.sort(Comparator.comparingDouble(Client::busy).reversed());
    for (int i = 0; i < Math.min(coming.size(), leaving.size()); i++) {
      Client goes = leaving.get(i);
      if (goes.counts == null || coming.get(i).busy <= BUSIER * goes.busy) {
        return;
      }
      other.add(goes.counts);
      goes.counts = null;
      named.remove(goes);
      name(coming.get(i));
    }
  }

  @Override
  public synchronized MetricSnapshots collect() {
    long now = nanoTime.getAsLong();
    if (now - rankedNanos >= RANKED_EVERY_NANOS) {
      rankedNanos = now;
      rank();
    }
    Map<String, Counts> byClient = new HashMap<>();
    byClient.put(OTHER, other);
    named.forEach(one -> {
      if (one.counts != null) {
        byClient.put(one.id, one.counts);
      }
    });
    Counts all = new Counts();
    Map<List<String>, Long> clientEvents = new HashMap<>();
    Map<List<String>, Long> clientBytes = new HashMap<>();
    Map<List<String>, Long> clientLate = new HashMap<>();
    Map<List<String>, Histogram> clientFreshness = new HashMap<>();
    byClient.forEach((client, counts) -> {
      all.add(counts);
      clientEvents.put(List.of(client, "stored"), counts.stored);
      clientEvents.put(List.of(client, "dead_letter"), counts.deadLetters);
      clientBytes.put(List.of(client), counts.storedBytes);
      clientLate.put(List.of(client), counts.late);
      clientFreshness.put(List.of(client), counts.freshness);
    });
    Map<List<String>, Long> events = new HashMap<>();
    events.put(List.of("stored", "none"), all.stored);
    for (Reason reason : Reason.values()) {
      events.put(List.of("dead_letter", reason.name()), letters.getOrDefault(reason, 0L));
    }
    return MetricSnapshots.of(
        Families.counters(Metric.EVENTS, events),
        Families.counters(Metric.CLIENT_EVENTS, clientEvents),
        Families.counters(Metric.STORED_BYTES, Map.of(List.of(), all.storedBytes)),
        Families.counters(Metric.CLIENT_STORED_BYTES, clientBytes),
        Families.counters(Metric.LATE_EVENTS, Map.of(List.of(), all.late)),
        Families.counters(Metric.CLIENT_LATE_EVENTS, clientLate),
        Families.histograms(Metric.FRESHNESS, Map.of(List.of(), all.freshness)),
        Families.histograms(Metric.CLIENT_FRESHNESS, clientFreshness),
        Families.histograms(Metric.REPLAY_FRESHNESS, Map.of(List.of(), replays)));
  }
}
