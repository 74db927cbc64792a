package io.penstock.dlq.forecast;

import com.zaxxer.hikari.HikariDataSource;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.client.ClientMetadata;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.ConfigKeys;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.PostgresConfig;
import io.penstock.core.deadletter.Arrival;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.event.Event;
import io.penstock.core.event.EventLimits;
import io.penstock.core.event.EventParser;
import io.penstock.core.event.Origin;
import io.penstock.core.intake.IncomingRecord;
import io.penstock.core.intake.Intake;
import io.penstock.core.intake.Verdict;
import io.penstock.core.refusal.Reason;
import io.penstock.core.rows.EventRows;
import io.penstock.core.rows.Source;
import io.penstock.dlq.replay.Prepared;
import io.penstock.dlq.replay.ReplayConfig;
import io.penstock.dlq.replay.ReplayRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * What would become of dead letters if they were replayed now: judged by the router's own rules
 * with the clients as PostgreSQL has them, and what passes is tried on copies of the clients'
 * tables in ClickHouse, which are dropped by {@link #close}. Nothing is stored. Memory is bounded,
 * however many letters there are. Not thread-safe.
 */
public final class Forecast implements AutoCloseable {
  /** Rows are tried in batches of so many. */
  private static final int BATCH_ROWS = 1_000;

  private static final int BATCH_BYTES = 8 << 20;

  /** What the rows of all clients that wait to be tried take together. */
  private static final long MAX_BYTES = 32L << 20;

  private final Config config;
  private final Trials trials;
  private final Intake intake;
  private final Map<String, Batch> batches = new HashMap<>();
  private final SortedMap<String, Long> outcomes = new TreeMap<>();
  private final TreeSet<String> limited = new TreeSet<>();
  private long bytes;

  /**
   * The configuration of a forecast: what the routers have, and where PostgreSQL and ClickHouse
   * are.
   *
   * @param rejectMaxPercent above it a router parks an insert's rows as one cause
   */
  public record Config(
      EventLimits limits,
      String eventsTopic,
      int rejectMaxPercent,
      PostgresConfig postgres,
      ClickHouseConfig clickHouse) {
    /** Reads the keys. */
    public static Config from(ConfigReader reader) {
      return new Config(
          EventLimits.from(reader),
          reader.get(ConfigKeys.TOPIC_EVENTS),
          reader.get(ConfigKeys.ROUTER_REJECT_MAX_PERCENT),
          PostgresConfig.from(reader),
          ClickHouseConfig.from(reader));
    }
  }

  /** The size in bytes up to which routers could take a letter again whole. */
  public int largest() {
    return ReplayConfig.largest(config.limits());
  }

  /**
   * What would become of one letter.
   *
   * @param name {@code stored}, a {@link Reason}, {@code stays: ...} or {@code waits: ...}; null:
   *     nobody can tell
   * @param detail for a person, without secrets; may be empty. Without a name, why there is none
   */
  public record Outcome(@Nullable String name, String detail) {
    /** As a sentence's end, not escaped. */
    public String text() {
      if (name == null) {
        return "not known: " + detail;
      }
      return detail.isEmpty() ? name : name + ", " + detail;
    }
  }

  /** Rows of one client that wait to be tried. */
  private record Batch(ClientMetadata client, TrialRows rows) {}

  /**
   * Connects when it is asked first.
   *
   * @param postgres as the configuration says; not closed here
   */
  public Forecast(Config config, HikariDataSource postgres) {
    this.config = config;
    ClientsNow clients = new ClientsNow(postgres, config.clickHouse());
    this.trials = new Trials(clients);
    this.intake = new Intake(new EventParser(config.limits()), clients::find);
  }

  /**
   * Counts a letter in.
   *
   * @throws CommandFailure if PostgreSQL cannot tell whose it is
   */
  public void add(DeadLetter letter, Prepared prepared) {
    switch (prepared) {
      case Prepared.Left(String why) -> count("stays: " + why, 1, "");
      case Prepared.Ready ready -> {
        Batch batch = judge(letter, ready, this::count);
        if (batch != null) {
          if (batch.rows.count() >= BATCH_ROWS || batch.rows.end() >= BATCH_BYTES) {
            flush(batch);
          }
          while (bytes > MAX_BYTES) {
            giveWay();
          }
        }
      }
    }
  }

  /** Judges one letter by itself, unchanged; it is not counted. */
  public Outcome of(DeadLetter letter) {
    try {
      return of(
          letter,
          letter.key() == null
              ? new Prepared.Left("without a key, which a tombstone needs")
              : ReplayRequest.unchanged(letter));
    } catch (CommandFailure e) {
      return new Outcome(null, String.valueOf(e.getMessage()));
    }
  }

  Outcome of(DeadLetter letter, Prepared prepared) {
    switch (prepared) {
      case Prepared.Left(String why) -> {
        return new Outcome("stays: " + why, "");
      }
      case Prepared.Ready ready -> {
        finish();
        List<Outcome> found = new ArrayList<>();
        Trials.Tally one = (outcome, _, detail) -> found.add(new Outcome(outcome, detail));
        Batch batch = judge(letter, ready, one);
        if (batch != null) {
          trials.attempt(batch.client, batch.rows, one);
          batch.rows.clear();
        }
        return found.getFirst();
      }
    }
  }

  /** Tries what waits to be tried; call it before {@link #outcomes}. */
  public void finish() {
    batches.values().forEach(this::flush);
  }

  /** How many letters have which outcome. */
  public SortedMap<String, Long> outcomes() {
    return Collections.unmodifiableSortedMap(outcomes);
  }

  /** What a person has to know of the outcomes, a sentence each. */
  public List<String> notices() {
    List<String> notices = trials.notices(config.rejectMaxPercent());
    if (!limited.isEmpty()) {
      notices.add(
          "A limit of events a minute is judged only when events come, and not here: "
              + Trials.some(List.copyOf(limited))
              + ".");
    }
    return notices;
  }

  /** Returns the batch that its row was added to, or null where it has been counted. */
  private @Nullable Batch judge(DeadLetter letter, Prepared.Ready ready, Trials.Tally tally) {
    long now = System.currentTimeMillis();
    Arrival arrival = arrival(letter, now);
    Verdict<Event> verdict;
    try {
      verdict =
          intake.judge(new IncomingRecord(0, now, null, ready.value(), ready.headers()), arrival);
    } catch (RuntimeException bug) {
      // The router would meet the same one, and put the record back here.
      tally.count(Reason.PROCESSING_FAILED.name(), 1, "a bug of the router: " + bug);
      return null;
    }
    return switch (verdict) {
      case Verdict.Refused<Event>(var failure) -> {
        tally.count(failure.reason().name(), 1, failure.detail());
        yield null;
      }
      case Verdict.Undecided<Event>(String detail) ->
          throw CommandFailure.failed(
              "The clients cannot be looked up at %s: %s"
                  .formatted(config.postgres().url(), detail),
              null);
      case Verdict.Accepted<Event>(var client, var event) -> {
        if (client.maxEventsPerMinute() != null) {
          limited.add(client.clientId());
        }
        Batch batch =
            batches.computeIfAbsent(client.clientId(), _ -> new Batch(client, new TrialRows()));
        bytes -= batch.rows.memory();
        Origin origin = arrival.origin();
        EventRows.write(
            batch.rows,
            event,
            new Source(origin.topicId(), new TopicPartition(origin.topic(), origin.partition())),
            origin.offset(),
            arrival.timestampMillis());
        bytes += batch.rows.memory();
        yield batch;
      }
    };
  }

  /** A replay that is signed proves what its letter says; another tool's goes as a new event. */
  private Arrival arrival(DeadLetter letter, long now) {
    Arrival lineage = letter.lineage();
    return lineage == null
        ? Arrival.first(new Origin(Uuid.ZERO_UUID, config.eventsTopic(), 0, 0), now)
        : new Arrival(
            lineage.origin(),
            lineage.timestampMillis(),
            lineage.failures(),
            lineage.firstFailedAt(),
            null,
            true);
  }

  /** Tries the batch that has the most memory, and releases that. */
  private void giveWay() {
    Batch largest = null;
    for (Batch batch : batches.values()) {
      if (largest == null || batch.rows.memory() > largest.rows.memory()) {
        largest = batch;
      }
    }
    if (largest == null) {
      throw new IllegalStateException("no batch holds the " + bytes + " bytes");
    }
    flush(largest);
    bytes -= largest.rows.memory();
    largest.rows.release();
  }

  private void flush(Batch batch) {
    if (batch.rows.count() > 0) {
      trials.attempt(batch.client, batch.rows, this::count);
      batch.rows.clear();
    }
  }

  private void count(String outcome, long letters, String detail) {
    outcomes.merge(outcome, letters, Long::sum);
  }

  /** Drops what was made to try rows; where that fails, a later run does it. */
  @Override
  public void close() {
    trials.close();
  }
}
