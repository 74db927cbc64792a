package io.penstock.delivery.metrics;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Timer;
import io.penstock.core.clickhouse.ErrorClass;
import io.penstock.core.deadletter.Failure;
import io.penstock.core.metrics.Meters;
import io.penstock.core.metrics.Metric;
import io.penstock.delivery.block.Receipt;
import io.penstock.delivery.block.TableReceipt;
import io.penstock.delivery.block.TableRows;
import io.penstock.delivery.block.Unstored;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** The meters of delivery, each resolved once. Thread-safe. */
public final class DeliveryMetrics {
  private final Clock clock;
  private final BusiestClients clients;
  private final BrokerClock brokers;
  private final Map<Inserted, Timer> inserts = new EnumMap<>(Inserted.class);
  private final Map<ErrorClass, Counter> retries = new EnumMap<>(ErrorClass.class);
  private final DistributionSummary rowsPerInsert;
  private final DistributionSummary bytesPerInsert;
  private final Counter parked;
  private final Counter held;
  private final Counter viewRefused;
  private final Counter polled;
  private final Counter discarded;
  private final Counter expired;
  private final Counter unproven;
  private final AtomicBoolean unprovenSeen = new AtomicBoolean();

  /**
   * @param mostClients how many clients are told by name
   * @param objective an event that takes longer is late
   */
  public DeliveryMetrics(Meters meters, int mostClients, Duration objective, Clock clock) {
    this.clock = clock;
    this.clients = new BusiestClients(mostClients, objective, System::nanoTime);
    meters.registry().getPrometheusRegistry().register(clients);
    this.brokers = new BrokerClock(clock);
    meters.gauge(Metric.BROKER_CLOCK_AHEAD, brokers, BrokerClock::aheadSeconds);
    for (Inserted outcome : Inserted.values()) {
      inserts.put(outcome, meters.timer(Metric.INSERT, outcome.label()));
    }
    for (ErrorClass error : ErrorClass.values()) {
      retries.put(error, meters.counter(Metric.INSERT_RETRIES, error.name()));
    }
    this.rowsPerInsert = meters.summary(Metric.INSERT_ROWS);
    this.bytesPerInsert = meters.summary(Metric.INSERT_BYTES);
    this.parked = meters.counter(Metric.ROWS_PARKED);
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

  /** A broker has appended a record at this time, in epoch milliseconds of its own, just now. */
  public void appendedNow(long brokerMillis) {
    brokers.appendedNow(brokerMillis);
  }

  /**
   * One insert has ended.
   *
   * @param bytes the rows' encoded size
   */
  public void inserted(Inserted outcome, int rows, long bytes, long nanos) {
    requireNonNull(inserts.get(outcome)).record(nanos, TimeUnit.NANOSECONDS);
    if (outcome == Inserted.WRITTEN) {
      rowsPerInsert.record(rows);
      bytesPerInsert.record((double) bytes);
    }
  }

  /** An insert is repeated that failed so. */
  public void retried(ErrorClass error) {
    requireNonNull(retries.get(error)).increment();
  }

  /** A block is durable and its end committed. */
  public void completed(Receipt receipt) {
    long now = clock.millis();
    for (TableReceipt table : receipt.tables()) {
      if (table.stored() > 0) {
        stored(table, now);
      }
      for (Unstored row : table.unstored()) {
        if (row instanceof Unstored.Parked) {
          parked.increment();
        }
      }
    }
  }

  private void stored(TableReceipt table, long now) {
    TableRows rows = table.block().rows();
    long oldest = rows.oldestMillis(false);
    long oldestReplayed = rows.oldestMillis(true);
    int replayed =
        oldest == TableRows.NONE ? table.stored() : Math.min(table.stored(), rows.replayed());
    clients.stored(
        table.block().client().clientId(),
        table.stored(),
        table.storedBytes(),
        replayed,
        age(oldest, now),
        age(oldestReplayed, now));
  }

  private static long age(long appendedMillis, long now) {
    return appendedMillis == TableRows.NONE ? 0 : Math.max(0, now - appendedMillis);
  }

  /** How many events are stored, and committed, or were handed over as dead letters. */
  public long settled() {
    return clients.settled();
  }

  /** A dead letter was handed to the producer. */
  public void deadLettered(Failure why) {
    clients.deadLettered(why.reason(), why.client());
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
