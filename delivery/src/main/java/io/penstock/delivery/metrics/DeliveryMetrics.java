package io.penstock.delivery.metrics;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.penstock.core.refusal.Reason;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ToDoubleFunction;

/** The router's own meters, each resolved once. Thread-safe. */
public final class DeliveryMetrics {
  private final MeterRegistry registry;
  private final Counter stored;
  private final Map<Reason, Counter> deadLetters = new EnumMap<>(Reason.class);
  private final Timer freshness;
  private final Timer replayFreshness;
  private final DistributionSummary rowsPerInsert;
  private final Counter held;
  private final Counter viewRefused;
  private final Counter polled;
  private final Counter discarded;
  private final Counter expired;
  private final Counter unproven;
  private final AtomicBoolean unprovenSeen = new AtomicBoolean();

  public DeliveryMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.stored = events("stored", "none");
    for (Reason reason : Reason.values()) {
      deadLetters.put(reason, events("dead_letter", reason.name()));
    }
    this.freshness =
        freshness(
            "penstock.freshness",
            "From the broker's append of an insert's oldest event to its acknowledgement, replays apart");
    this.replayFreshness =
        freshness(
            "penstock.replay.freshness",
            "From a replay's append of an insert's oldest replayed event to its acknowledgement");
    this.rowsPerInsert =
        DistributionSummary.builder("penstock.insert.rows")
            .description("Rows of an acknowledged insert")
            .serviceLevelObjectives(1, 10, 100, 1_000, 10_000, 100_000)
            .register(registry);
    this.polled =
        counter("penstock.polled", "Records taken from Kafka, redelivered ones each time");
    this.discarded =
        counter(
            "penstock.dead.letters.discarded",
            "Events lost because their dead letters were too large for the topic");
    this.expired =
        counter(
            "penstock.offsets.expired",
            "Offsets that Kafka had deleted before they were read: lost events");
    this.unproven =
        counter(
            "penstock.replays.unproven",
            "Records that say they are replays without a signature that fits: judged as new events");
    this.held =
        counter(
            "penstock.commits.held",
            "Commits held back because a ClickHouse target did not answer");
    this.viewRefused =
        counter(
            "penstock.rows.refused.by.view",
            "Stored rows that a materialized view of the client's did not take");
  }

  private Counter counter(String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  private Timer freshness(String name, String description) {
    return Timer.builder(name)
        .description(description)
        .serviceLevelObjectives(
            Duration.ofMillis(500),
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(5),
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Duration.ofMinutes(1),
            Duration.ofMinutes(5),
            Duration.ofMinutes(30))
        .register(registry);
  }

  private Counter events(String outcome, String reason) {
    return Counter.builder("penstock.events")
        .description("Events by outcome and, if dead letters, reason")
        .tag("outcome", outcome)
        .tag("reason", reason)
        .register(registry);
  }

  /** A poll brought records. */
  public void polled(int records) {
    polled.increment(records);
  }

  /** One insert has ended. */
  public void inserted(String outcome, int rows, long nanos) {
    Timer.builder("penstock.insert")
        .description("Duration of inserts by outcome")
        .tag("outcome", outcome)
        .serviceLevelObjectives(
            Duration.ofMillis(10),
            Duration.ofMillis(50),
            Duration.ofMillis(200),
            Duration.ofSeconds(1),
            Duration.ofSeconds(5),
            Duration.ofSeconds(20))
        .register(registry)
        .record(nanos, TimeUnit.NANOSECONDS);
    if (outcome.equals("written")) {
      rowsPerInsert.record(rows);
    }
  }

  /** Rows are durable and their offsets committed. */
  public void stored(int rows) {
    stored.increment(rows);
  }

  /** So long ago the oldest event of an insert came, replays apart. */
  public void fresh(Duration sinceOldest) {
    freshness.record(sinceOldest);
  }

  /** So long ago the oldest replayed event of an insert was replayed. */
  public void replayed(Duration sinceOldest) {
    replayFreshness.record(sinceOldest);
  }

  /** A dead letter was handed to the producer. */
  public void deadLettered(Reason reason) {
    requireNonNull(deadLetters.get(reason)).increment();
  }

  /** A dead letter was too large for the topic, and its event is lost. */
  public void deadLetterDiscarded() {
    discarded.increment();
  }

  /** So many offsets were gone before they were read. */
  public void expired(long offsets) {
    expired.increment((double) offsets);
  }

  /**
   * A record claims to be a replay and is none, as far as can be proven.
   *
   * @return whether it is the first one
   */
  public boolean replayUnproven() {
    unproven.increment();
    return unprovenSeen.compareAndSet(false, true);
  }

  /** A commit was held back by an outage. */
  public void commitHeld() {
    held.increment();
  }

  /** Rows are stored, but a materialized view refused them. */
  public void viewRefused(int rows) {
    viewRefused.increment(rows);
  }

  /** Registers a gauge that reads {@code source} when it is scraped. */
  public <T> void gauge(String name, String description, T source, ToDoubleFunction<T> value) {
    Gauge.builder(name, source, value).description(description).register(registry);
  }
}
