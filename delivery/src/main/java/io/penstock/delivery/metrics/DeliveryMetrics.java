package io.penstock.delivery.metrics;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Timer;
import io.penstock.core.metrics.Meters;
import io.penstock.core.metrics.Metric;
import io.penstock.core.refusal.Reason;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** The router's own meters, each resolved once. Thread-safe. */
public final class DeliveryMetrics {
  private final Counter stored;
  private final Map<Reason, Counter> deadLetters = new EnumMap<>(Reason.class);
  private final Map<Inserted, Timer> inserts = new EnumMap<>(Inserted.class);
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

  public DeliveryMetrics(Meters meters) {
    this.stored = meters.counter(Metric.EVENTS, "stored", "none");
    for (Reason reason : Reason.values()) {
      deadLetters.put(reason, meters.counter(Metric.EVENTS, "dead_letter", reason.name()));
    }
    for (Inserted outcome : Inserted.values()) {
      inserts.put(outcome, meters.timer(Metric.INSERT, outcome.label()));
    }
    this.freshness = meters.timer(Metric.FRESHNESS);
    this.replayFreshness = meters.timer(Metric.REPLAY_FRESHNESS);
    this.rowsPerInsert = meters.summary(Metric.INSERT_ROWS);
    this.polled = meters.counter(Metric.POLLED);
    this.discarded = meters.counter(Metric.DEAD_LETTERS_DISCARDED);
    this.expired = meters.counter(Metric.OFFSETS_EXPIRED);
    this.unproven = meters.counter(Metric.REPLAYS_UNPROVEN);
    this.held = meters.counter(Metric.COMMITS_HELD);
    this.viewRefused = meters.counter(Metric.ROWS_REFUSED_BY_VIEW);
  }

  /** A poll brought records. */
  public void polled(int records) {
    polled.increment(records);
  }

  /** How an insert has ended. */
  public enum Inserted {
    WRITTEN,
    RETRYABLE,
    CLIENT_TROUBLE,
    BAD_ROWS;

    private String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** One insert has ended. */
  public void inserted(Inserted outcome, int rows, long nanos) {
    requireNonNull(inserts.get(outcome)).record(nanos, TimeUnit.NANOSECONDS);
    if (outcome == Inserted.WRITTEN) {
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
}
