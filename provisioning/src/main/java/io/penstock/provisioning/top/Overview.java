package io.penstock.provisioning.top;

import io.penstock.provisioning.top.Scrape.Kind;
import io.penstock.provisioning.top.Scrape.State;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the processes do now. Rates are those of the interval, of processes that answered at both of
 * its ends; null where none did. Totals count from the start of the processes that answer.
 *
 * @param at when they were asked
 * @param intervalSeconds since they were asked before
 * @param processes all that were asked
 * @param routers those that answer, added up; null: none does
 * @param clients those that routers have a name for, the busiest first, and last {@code other}: all
 *     others
 * @param deadLetters by reason, the most frequent first; reasons without any are left out
 * @param healing those {@code dlq run} that answer, added up; null: none does
 * @param canary what became of the events that {@code clients provision --watch} sends; null: none
 *     answers that sends any
 */
public record Overview(
    Instant at,
    double intervalSeconds,
    List<ProcessState> processes,
    @Nullable Routers routers,
    List<ClientLoad> clients,
    List<Cause> deadLetters,
    @Nullable Healing healing,
    @Nullable Canary canary) {
  /** The name that all clients without one have in metrics. */
  static final String OTHER = "other";

  /** Who is silent, and why: a sentence each. */
  public List<String> silences() {
    return processes.stream()
        .filter(one -> one.state == State.SILENT)
        .map(one -> one.address + ": " + String.join("; ", one.problems))
        .toList();
  }

  /**
   * A process.
   *
   * @param address host and port
   * @param kind what it is, or should be
   * @param state by its health, or silent
   * @param problems of its health, a sentence each; or why it is silent
   */
  record ProcessState(String address, Kind kind, State state, List<String> problems) {}

  /**
   * What routers do.
   *
   * @param storedPerSecond events
   * @param storedBytesPerSecond size of their rows, not compressed
   * @param storedTotal events
   * @param deadLettersPerSecond events that became dead letters
   * @param deadLettersTotal events that became dead letters
   * @param freshness of stored events, replays apart
   * @param lag what is not durable yet
   * @param inserts into ClickHouse
   * @param clientsInTrouble clients whose databases do not take rows; one with events in several
   *     routers counts in each
   * @param targets the ClickHouse servers that any of them has met
   */
  record Routers(
      @Nullable Double storedPerSecond,
      @Nullable Double storedBytesPerSecond,
      long storedTotal,
      @Nullable Double deadLettersPerSecond,
      long deadLettersTotal,
      Freshness freshness,
      Lag lag,
      Inserts inserts,
      long clientsInTrouble,
      List<Target> targets) {}

  /** Which events freshness was measured of. */
  enum Measured {
    /** Those stored in the interval. */
    INTERVAL,
    /** Those stored since the processes' start, since the interval has none. */
    LIFE
  }

  /**
   * From the broker's append of an event to its acknowledged insert, read from the histogram's
   * buckets: within one, events count as spread evenly. Null: there is no event.
   *
   * @param of which events
   * @param events how many
   * @param p50Seconds half of them were stored within
   * @param p95Seconds 95 of 100 were stored within
   * @param p99Seconds 99 of 100 were stored within; 1800, as the others: that, or more
   * @param objectiveSeconds what an event may take
   * @param latePerSecond events that took longer
   * @param lateTotal events that took longer
   */
  record Freshness(
      Measured of,
      long events,
      @Nullable Double p50Seconds,
      @Nullable Double p95Seconds,
      @Nullable Double p99Seconds,
      double objectiveSeconds,
      @Nullable Double latePerSecond,
      long lateTotal) {}

  /**
   * What routers have not made durable yet.
   *
   * @param records of all partitions
   * @param oldestSeconds age of the oldest of them by its append; 0: there is none
   * @param oldestPartition where it is, as {@code TOPIC-PARTITION}; "": there is none
   * @param waitingRecords whose clients cannot be looked up now
   * @param heldRecords behind open transactions of producers; not part of the lag
   * @param partitions that routers have
   * @param partitionsStopped of which none is read until somebody has said where to go on
   */
  record Lag(
      long records,
      double oldestSeconds,
      String oldestPartition,
      long waitingRecords,
      long heldRecords,
      long partitions,
      long partitionsStopped) {}

  /**
   * Inserts into ClickHouse.
   *
   * @param perSecond each repetition for itself
   * @param budgetPerSecond what the routers together aim at
   * @param retriesPerSecond how many of them were repetitions
   * @param bufferedBytes rows and waiting records in memory
   * @param bufferLimitBytes from which on rows are inserted before the time
   */
  record Inserts(
      @Nullable Double perSecond,
      double budgetPerSecond,
      @Nullable Double retriesPerSecond,
      long bufferedBytes,
      long bufferLimitBytes) {}

  /**
   * A ClickHouse server.
   *
   * @param up false: a router has an outage of it
   */
  record Target(String target, boolean up) {}

  /**
   * What a client does.
   *
   * @param client its id; {@code other}: all that have no name in a router's metrics
   * @param storedPerSecond events
   * @param storedBytesPerSecond size of their rows, not compressed
   * @param storedTotal events
   * @param deadLettersPerSecond events that became dead letters
   * @param deadLettersTotal events that became dead letters
   * @param latePerSecond events that took longer than the objective
   * @param lateTotal events that took longer than the objective
   * @param freshnessP95Seconds within which 95 of 100 events of the interval were stored; null: it
   *     has none, or the client is {@code other}
   */
  record ClientLoad(
      String client,
      @Nullable Double storedPerSecond,
      @Nullable Double storedBytesPerSecond,
      long storedTotal,
      @Nullable Double deadLettersPerSecond,
      long deadLettersTotal,
      @Nullable Double latePerSecond,
      long lateTotal,
      @Nullable Double freshnessP95Seconds) {
    /** How busy it is. */
    double eventsPerSecond() {
      return orNone(storedPerSecond) + orNone(deadLettersPerSecond);
    }

    /** How sick it is: what goes wrong in a second. */
    double troublesPerSecond() {
      return orNone(deadLettersPerSecond) + orNone(latePerSecond);
    }

    private static double orNone(@Nullable Double rate) {
      return rate == null ? 0 : rate;
    }
  }

  /**
   * A reason for dead letters.
   *
   * @param reason its name
   * @param perSecond events that became dead letters for it
   * @param total events that became dead letters for it
   */
  record Cause(String reason, @Nullable Double perSecond, long total) {}

  /**
   * What {@code dlq run} does.
   *
   * @param clientsWaiting clients with dead letters that heal by themselves
   * @param replayedPerSecond dead letters
   * @param replayedTotal dead letters
   * @param storedTotal replayed events that are stored
   * @param deadAgainTotal replayed events that are dead letters again
   */
  record Healing(
      long clientsWaiting,
      @Nullable Double replayedPerSecond,
      long replayedTotal,
      long storedTotal,
      long deadAgainTotal) {}

  /**
   * Events of the canary, on the whole way from Kafka to ClickHouse.
   *
   * @param sentTotal that Kafka has taken
   * @param storedTotal whose rows were seen
   * @param missing sent too long ago, and not seen
   * @param freshnessP95Seconds within which 95 of 100 were seen, since the process's start; null:
   *     none was
   */
  record Canary(
      long sentTotal, long storedTotal, long missing, @Nullable Double freshnessP95Seconds) {}
}
