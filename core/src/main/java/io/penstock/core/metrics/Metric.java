package io.penstock.core.metrics;

import io.penstock.core.clickhouse.ErrorClass;
import io.penstock.core.refusal.Reason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/**
 * A metric of Penstock's own. The constants are the catalogue: every one, declared once under the
 * name that Prometheus shows. {@code docs/reference/metrics.md} is written from it. Names and
 * labels are a contract with dashboards and alerts: add, never rename without telling operators.
 *
 * @param unit seconds, bytes, or the things that it counts
 * @param name as Prometheus shows it; of a histogram without what its series end in
 * @param help what it tells, without a full stop
 * @param buckets upper bounds of a histogram's buckets, in its unit, less the infinite one; else
 *     empty
 */
public record Metric(
    Owner owner,
    Kind kind,
    String unit,
    String name,
    String help,
    List<Label> labels,
    List<Double> buckets) {
  private static final List<Metric> DECLARED = new ArrayList<>();

  public static final Metric EVENTS =
      counter(
          Owner.ROUTER,
          "events",
          "penstock_events_total",
          "Events by outcome and, if dead letters, reason",
          Label.of("outcome", "stored", "dead_letter"),
          Label.reasons("none"));
  public static final Metric CLIENT_EVENTS =
      counter(
          Owner.ROUTER,
          "events",
          "penstock_client_events_total",
          "The same by client; adds up to penstock_events_total of the outcome",
          Label.client(),
          Label.of("outcome", "stored", "dead_letter"));
  public static final Metric STORED_BYTES =
      counter(
          Owner.ROUTER,
          "bytes",
          "penstock_stored_bytes_total",
          "Size of stored rows, as they are encoded for ClickHouse and not compressed");
  public static final Metric CLIENT_STORED_BYTES =
      counter(
          Owner.ROUTER,
          "bytes",
          "penstock_client_stored_bytes_total",
          "The same by client; adds up to penstock_stored_bytes_total",
          Label.client());
  public static final Metric POLLED =
      counter(
          Owner.ROUTER,
          "records",
          "penstock_polled_total",
          "Records taken from Kafka, redelivered ones each time");
  public static final Metric FRESHNESS =
      histogram(
          Owner.ROUTER,
          "seconds",
          Buckets.FRESHNESS,
          "penstock_freshness_seconds",
          "From the broker's append of an event to its acknowledged insert, replays apart; each counts with the age of its insert's oldest");
  public static final Metric CLIENT_FRESHNESS =
      histogram(
          Owner.ROUTER,
          "seconds",
          Buckets.FRESHNESS,
          "penstock_client_freshness_seconds",
          "The same by client; adds up to penstock_freshness_seconds",
          Label.client());
  public static final Metric REPLAY_FRESHNESS =
      histogram(
          Owner.ROUTER,
          "seconds",
          Buckets.FRESHNESS,
          "penstock_replay_freshness_seconds",
          "The same of replayed events, from the append of their replay");
  public static final Metric FRESHNESS_OBJECTIVE =
      gauge(
          Owner.ROUTER,
          "seconds",
          "penstock_freshness_objective_seconds",
          "How long an event may take, as penstock.freshness.objective says");
  public static final Metric FRESHNESS_SHARE =
      gauge(
          Owner.ROUTER,
          "ratio",
          "penstock_freshness_objective_ratio",
          "The share of events that are not to take longer, as penstock.freshness.share says: 0.999 is 99.9 %");
  public static final Metric LATE_EVENTS =
      counter(
          Owner.ROUTER,
          "events",
          "penstock_late_events_total",
          "Late events: of those that penstock_freshness_seconds counts, the ones that took longer than the objective, with the same age");
  public static final Metric CLIENT_LATE_EVENTS =
      counter(
          Owner.ROUTER,
          "events",
          "penstock_client_late_events_total",
          "The same by client; adds up to penstock_late_events_total",
          Label.client());
  public static final Metric INSERT =
      histogram(
          Owner.ROUTER,
          "seconds",
          Buckets.INSERT,
          "penstock_insert_seconds",
          "Duration of inserts by outcome, each repetition for itself",
          Label.of("outcome", "written", "retryable", "client_trouble", "bad_rows"));
  public static final Metric INSERT_ROWS =
      histogram(
          Owner.ROUTER,
          "rows",
          Buckets.ROWS,
          "penstock_insert_rows",
          "Rows of an acknowledged insert");
  public static final Metric INSERT_BYTES =
      histogram(
          Owner.ROUTER,
          "bytes",
          Buckets.BYTES,
          "penstock_insert_bytes",
          "Size of an acknowledged insert's rows, not compressed");
  public static final Metric INSERT_RATE_BUDGET =
      gauge(
          Owner.ROUTER,
          "inserts a second",
          "penstock_insert_rate_budget",
          "Inserts a second that this router aims at, as penstock.router.insert.rate says; compare the rate of penstock_insert_seconds_count");
  public static final Metric INSERT_RETRIES =
      counter(
          Owner.ROUTER,
          "inserts",
          "penstock_insert_retries_total",
          "Inserts repeated at once, by what ClickHouse's error means",
          new Label("class", Arrays.stream(ErrorClass.values()).map(Enum::name).toList(), ""));
  public static final Metric ROWS_PARKED =
      counter(
          Owner.ROUTER,
          "rows",
          "penstock_rows_parked_total",
          "Rows made dead letters because their client's database, or its target, does not take them");
  public static final Metric ROWS_REFUSED_BY_VIEW =
      counter(
          Owner.ROUTER,
          "rows",
          "penstock_rows_refused_by_view_total",
          "Stored rows that a materialized view of the client's did not take");
  public static final Metric COMMITS_HELD =
      counter(
          Owner.ROUTER,
          "commits",
          "penstock_commits_held_total",
          "Commits held back because a ClickHouse target did not answer");
  public static final Metric CLIENTS_IN_TROUBLE =
      gauge(
          Owner.ROUTER,
          "clients",
          "penstock_clients_in_trouble",
          "Clients whose databases do not take rows: these become dead letters");
  public static final Metric TARGET_UP =
      gauge(
          Owner.ROUTER,
          "1",
          "penstock_target_up",
          "Whether a ClickHouse target that this router has met answers and takes rows: 1, or 0 during an outage",
          Label.any("target", "the target's name"));
  public static final Metric DEAD_LETTERS_DISCARDED =
      counter(
          Owner.ROUTER,
          "events",
          "penstock_dead_letters_discarded_total",
          "Events lost because their dead letters were too large for the topic, as penstock.router.dead.letter.oversize says");
  public static final Metric OFFSETS_EXPIRED =
      counter(
          Owner.ROUTER,
          "offsets",
          "penstock_offsets_expired_total",
          "Offsets that Kafka had deleted before they were read: lost events");
  public static final Metric REPLAYS_UNPROVEN =
      counter(
          Owner.ROUTER,
          "records",
          "penstock_replays_unproven_total",
          "Records that say they are replays without a signature that fits: claims of producers, or another penstock.replay.secret than dlq has");
  public static final Metric LAG =
      gauge(
          Owner.ROUTER,
          "records",
          "penstock_lag_records",
          "Records of this router's partitions that are not durable yet; while Kafka does not answer, as it was known last");
  public static final Metric PARTITION_LAG_RECORDS =
      gauge(
          Owner.ROUTER,
          "records",
          "penstock_partition_lag_records",
          "Readable records that are not durable: up to the last stable offset, from the log's beginning. Absent while the partition is stopped",
          Label.topic(),
          Label.partition());
  public static final Metric PARTITION_LAG_SECONDS =
      gauge(
          Owner.ROUTER,
          "seconds",
          "penstock_partition_lag_seconds",
          "Age of the oldest of these records by its append, to a poll's accuracy; 0 if there are none",
          Label.topic(),
          Label.partition());
  public static final Metric PARTITION_COMMITTED =
      gauge(
          Owner.ROUTER,
          "offset",
          "penstock_partition_committed_offset",
          "The committed offset: everything before it is durable. A partition with lag where it does not change is stuck",
          Label.topic(),
          Label.partition());
  public static final Metric PARTITION_LOG_START =
      gauge(
          Owner.ROUTER,
          "offset",
          "penstock_partition_log_start_offset",
          "The oldest offset that Kafka keeps, as of the last seconds; what lies before it and was not stored is lost. Absent while the partition is stopped",
          Label.topic(),
          Label.partition());
  public static final Metric TOPIC_RETENTION =
      gauge(
          Owner.ROUTER,
          "seconds",
          "penstock_topic_retention_seconds",
          "For how long Kafka keeps a topic's records (retention.ms), as of the last minute. Absent where for ever, and where this router may not ask (DescribeConfigs on the topic)",
          Label.topic());
  public static final Metric KAFKA_SILENT =
      gauge(
          Owner.ROUTER,
          "seconds",
          "penstock_kafka_silent_seconds",
          "Since Kafka answered last: so old is the lag. Above 15 the router is not ready");
  public static final Metric LEDGER_FAILING =
      gauge(
          Owner.ROUTER,
          "seconds",
          "penstock_ledger_failing_seconds",
          "For how long entries of the ledger could not be put into its table; 0 while they can. They wait in their topic");
  public static final Metric BROKER_CLOCK_AHEAD =
      gauge(
          Owner.ROUTER,
          "seconds",
          "penstock_broker_clock_ahead_seconds",
          "How far the brokers' clocks are ahead of this process's, less what a record takes to arrive; negative if they are behind, NaN until a record has told");
  public static final Metric STALLED =
      gauge(
          Owner.ROUTER,
          "seconds",
          "penstock_stalled_seconds",
          "How long the partition has made no progress, though its log goes on, that has made none for longest. Above penstock.router.stalled.after the router is not ready");
  public static final Metric HELD =
      gauge(
          Owner.ROUTER,
          "offsets",
          "penstock_held_records",
          "Offsets behind open transactions of producers, which no consumer may read yet; not part of the lag");
  public static final Metric WAITING =
      gauge(
          Owner.ROUTER,
          "records",
          "penstock_waiting_records",
          "Records whose clients cannot be looked up now: Redis and PostgreSQL are the place to look");
  public static final Metric PARTITIONS_PAUSED =
      gauge(
          Owner.ROUTER,
          "partitions",
          "penstock_partitions_paused",
          "Partitions whose intake is paused, so that soon they are not fetched either: all while rows wait for a ClickHouse target, else those with records whose clients cannot be looked up; less those that are stopped");
  public static final Metric PARTITIONS_STOPPED =
      gauge(
          Owner.ROUTER,
          "partitions",
          "penstock_partitions_stopped",
          "Partitions that are not read until somebody has said where to go on");
  public static final Metric BUFFERED =
      gauge(Owner.ROUTER, "bytes", "penstock_buffered_bytes", "Rows and waiting records in memory");
  public static final Metric BUFFER_LIMIT =
      gauge(
          Owner.ROUTER,
          "bytes",
          "penstock_buffer_limit_bytes",
          "Bound of penstock_buffered_bytes from which on rows are inserted before the time, as penstock.router.buffer.size says");
  public static final Metric CLIENT_LOOKUPS =
      counter(
          Owner.ROUTER,
          "look-ups",
          "penstock_client_lookups_total",
          "Answers to \"who is this client?\" by the tier that was asked",
          Label.of("tier", "memory", "redis", "postgres"),
          Label.of("result", "found", "unknown", "unavailable", "miss"));
  public static final Metric CLIENT_STALENESS =
      gauge(
          Owner.ROUTER,
          "seconds",
          "penstock_client_staleness_seconds",
          "Age of the oldest answer from memory in the last 10 s that should have been confirmed before and could not; 0 if there was none");
  public static final Metric CLIENT_HELD =
      gauge(
          Owner.ROUTER,
          "clients",
          "penstock_client_held",
          "Clients held in memory",
          Label.of("kind", "known", "unknown"));
  public static final Metric CLIENT_CACHE_REFUSED =
      counter(
          Owner.ROUTER,
          "entries",
          "penstock_client_cache_refused_total",
          "Entries of clients in Redis that were not believed: not signed with this router's secret, or out of date. After an upgrade or a new secret for minutes, else somebody writes there");
  public static final Metric DLQ_CLIENTS_WAITING =
      gauge(
          Owner.DLQ,
          "clients",
          "penstock_dlq_clients_waiting",
          "Clients with dead letters that heal by themselves, in this process's partitions");
  public static final Metric DEAD_LETTERS_OUTSTANDING =
      gauge(
          Owner.DLQ,
          "letters",
          "penstock_dead_letters_outstanding",
          "Dead letters that are neither replayed nor discarded, in this process's partitions; absent until these are read, and, until the process starts anew, once there were five million. `other`: of other tools or a later release",
          Label.reasons("other"),
          Label.of("retry", "automatic", "after-fix"));
  public static final Metric DEAD_LETTERS_OLDEST =
      gauge(
          Owner.DLQ,
          "seconds",
          "penstock_dead_letters_oldest_seconds",
          "Age of the oldest of them by when its event failed, to a minute; 0 if there is none",
          Label.reasons("other"),
          Label.of("retry", "automatic", "after-fix"));
  public static final Metric DLQ_REPLAYED =
      counter(
          Owner.DLQ, "letters", "penstock_dlq_replayed_total", "Dead letters that were replayed");
  public static final Metric DLQ_STORED =
      counter(Owner.DLQ, "events", "penstock_dlq_stored_total", "Replayed events that are stored");
  public static final Metric DLQ_DEAD_AGAIN =
      counter(
          Owner.DLQ,
          "letters",
          "penstock_dlq_dead_again_total",
          "Replayed events that are dead letters again, by their new reason",
          Label.reasons());
  public static final Metric PROVISIONED_CLIENTS =
      counter(
          Owner.PROVISION,
          "clients",
          "penstock_provisioned_clients_total",
          "Clients that were provisioned, or tried to be",
          Label.of("outcome", "done", "failed"));
  public static final Metric JOBS =
      gauge(
          Owner.PROVISION,
          "jobs",
          "penstock_jobs",
          "Jobs on clients that have not ended; `failed`: the last try failed. `./penstock clients jobs` names them",
          Label.of("kind", "provision", "deprovision"),
          Label.of("state", "open", "failed"));
  public static final Metric JOB_OLDEST =
      gauge(
          Owner.PROVISION,
          "seconds",
          "penstock_job_oldest_seconds",
          "Since the one that began first began; 0 if there is none",
          Label.of("kind", "provision", "deprovision"),
          Label.of("state", "open", "failed"));
  public static final Metric KEYS_EXPIRING =
      gauge(
          Owner.PROVISION,
          "keys",
          "penstock_api_keys_expiring",
          "API keys of active clients, but for the canary, that are good now and will not be in so many days. `./penstock doctor` names clients whose last key it is",
          Label.of("days", "7", "30"));
  public static final Metric TARGET_PARTS =
      gauge(
          Owner.PROVISION,
          "parts",
          "penstock_target_parts",
          "Most active parts in one partition of a client's table; ClickHouse slows inserts down above its parts_to_delay_insert",
          Label.any("target", "the target's name"));
  public static final Metric TARGET_DISK_FREE =
      gauge(
          Owner.PROVISION,
          "bytes",
          "penstock_target_disk_free_bytes",
          "Free space of the target's disk that is fullest; of the server that answers",
          Label.any("target", "the target's name"));
  public static final Metric TARGET_DISK =
      gauge(
          Owner.PROVISION,
          "bytes",
          "penstock_target_disk_bytes",
          "Size of that disk",
          Label.any("target", "the target's name"));
  public static final Metric UNACCOUNTED =
      gauge(
          Owner.PROVISION,
          "offsets",
          "penstock_unaccounted_offsets",
          "Committed offsets of the last day of which the ledger does not say what became of them; NaN until the first look. `./penstock account` names them");
  public static final Metric ACCOUNT_AGE =
      gauge(
          Owner.PROVISION,
          "seconds",
          "penstock_account_seconds",
          "Since that was found out, which is done every five minutes; NaN until the first look, and without a ledger");
  public static final Metric CANARY_SENT =
      counter(
          Owner.PROVISION,
          "events",
          "penstock_canary_sent_total",
          "Events of the client penstock-canary that this process has sent and Kafka has taken. Absent with penstock.canary=off");
  public static final Metric CANARY_STORED =
      counter(
          Owner.PROVISION,
          "events",
          "penstock_canary_stored_total",
          "Those whose rows it has seen in ClickHouse. While this does not grow, something on the whole way is broken. Absent with penstock.canary=off");
  public static final Metric CANARY_MISSING =
      gauge(
          Owner.PROVISION,
          "events",
          "penstock_canary_missing",
          "Events that it sent longer ago than penstock.canary.missing.after and has not seen, those that Kafka did not take included. Absent with penstock.canary=off");
  public static final Metric CANARY_FRESHNESS =
      histogram(
          Owner.PROVISION,
          "seconds",
          Buckets.FRESHNESS,
          "penstock_canary_freshness_seconds",
          "From the sending of such an event until its row was seen, which is looked for every second. Absent with penstock.canary=off");

  /** Every metric, in the order of the documentation. */
  public static final List<Metric> ALL = Collections.unmodifiableList(DECLARED);

  public Metric {
    labels = List.copyOf(labels);
    buckets = List.copyOf(buckets);
  }

  /**
   * The names of its labels.
   *
   * @param values how many there are for them
   */
  List<String> labelNames(int values) {
    if (labels.size() != values) {
      throw new IllegalArgumentException(
          name + " has the labels " + labels + ", and not " + values);
    }
    return labels.stream().map(Label::name).toList();
  }

  /** Who has the metric. */
  public enum Owner {
    ALL("Every long-running process"),
    ROUTER("Router"),
    DLQ("dlq run"),
    PROVISION("clients provision --watch");

    private final String title;

    Owner(String title) {
      this.title = title;
    }

    /** For a heading. */
    public String title() {
      return title;
    }
  }

  /** What may be done with its values. */
  public enum Kind {
    /** It only grows, from 0 at the start of the process: take its rate. */
    COUNTER,
    /** It is as of the scrape. */
    GAUGE,
    /** Counts of observations by {@code le}, with {@code _sum} and {@code _count}. */
    HISTOGRAM,
    /**
     * {@code _sum} and {@code _count} of observations, and nothing else; only libraries have it.
     */
    SUMMARY
  }

  /**
   * A label.
   *
   * @param values that it has; empty: any, as {@code meaning} says
   */
  public record Label(String name, List<String> values, String meaning) {
    static Label of(String name, String... values) {
      return new Label(name, List.of(values), "");
    }

    static Label any(String name, String meaning) {
      return new Label(name, List.of(), meaning);
    }

    static Label client() {
      return any(
          "client",
          "the busiest clients' ids, as many as `penstock.metrics.clients` says, and `other`");
    }

    static Label topic() {
      return any("topic", "the topic's name");
    }

    static Label partition() {
      return any("partition", "its number");
    }

    static Label reasons(String... besides) {
      return new Label(
          "reason",
          Stream.concat(Stream.of(besides), Arrays.stream(Reason.values()).map(Enum::name))
              .toList(),
          "");
    }
  }

  /** Upper bounds of histograms. */
  private static final class Buckets {
    /** Around the objective, as {@code penstock.freshness.objective} is by default. */
    static final List<Double> FRESHNESS =
        List.of(0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0);

    static final List<Double> INSERT = List.of(0.01, 0.05, 0.2, 1.0, 5.0, 20.0);
    static final List<Double> BYTES = List.of(1e3, 1e4, 1e5, 1e6, 1e7, 1e8);
    static final List<Double> ROWS = List.of(1.0, 10.0, 100.0, 1e3, 1e4, 1e5);

    private Buckets() {}
  }

  private static Metric counter(
      Owner owner, String unit, String name, String help, Label... labels) {
    return declared(owner, Kind.COUNTER, unit, name, help, labels, List.of());
  }

  private static Metric gauge(Owner owner, String unit, String name, String help, Label... labels) {
    return declared(owner, Kind.GAUGE, unit, name, help, labels, List.of());
  }

  private static Metric histogram(
      Owner owner, String unit, List<Double> buckets, String name, String help, Label... labels) {
    return declared(owner, Kind.HISTOGRAM, unit, name, help, labels, buckets);
  }

  private static Metric declared(
      Owner owner,
      Kind kind,
      String unit,
      String name,
      String help,
      Label[] labels,
      List<Double> buckets) {
    Metric metric = new Metric(owner, kind, unit, name, help, List.of(labels), buckets);
    DECLARED.add(metric);
    return metric;
  }
}
