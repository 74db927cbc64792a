package io.penstock.it.observability;

import static io.penstock.it.observability.Dashboard.EMPTY;
import static io.penstock.it.observability.Dashboard.query;

import java.util.List;

/** All dashboards; {@code DashboardsTest} writes them into {@code deploy/observability}. */
final class Dashboards {
  private static final String RATE = "[$__rate_interval]";

  private Dashboards() {}

  static List<Dashboard> all() {
    return List.of(
        overview(), oneClient(), delivery(), deadLetters(), clickHouse(), kafka(), jvm());
  }

  private static Dashboard overview() {
    return new Dashboard("overview", "Penstock: overview")
        .curves(
            "Events",
            "ops",
            "Events a second that are stored, and that became dead letters.",
            query("sum by (outcome) (rate(penstock_events_total" + RATE + "))", "{{outcome}}"))
        .curves(
            "Freshness",
            "s",
            "From the broker's append to the acknowledged insert, for half of the events and for all but one in a hundred; beside it the objective.",
            quantile("0.5", "penstock_freshness_seconds", ""),
            quantile("0.99", "penstock_freshness_seconds", ""),
            query("max(penstock_freshness_objective_seconds)", "objective"))
        .curves(
            "Burn of the freshness objective",
            "none",
            "At 1 the month's allowance lasts a month; from 14.4 on, over an hour, somebody is woken.",
            query("penstock:freshness_burn:rate1h{client=\"\"}", "1 h"),
            query("penstock:freshness_burn:rate6h{client=\"\"}", "6 h"),
            query("penstock:freshness_burn:rate3d{client=\"\"}", "3 d"))
        .numbers(
            "Events in time, of the last hour",
            "percentunit",
            "The share that was stored within the objective.",
            query(
                "1 - sum(increase(penstock_late_events_total[1h])) / sum(increase(penstock_freshness_seconds_count[1h]))",
                "in time"))
        .curves(
            "Lag",
            "short",
            "Records that are not durable yet, over all partitions.",
            query("sum(penstock_lag_records)", "records"))
        .curves(
            "Oldest event that is not durable",
            "s",
            "Of all partitions.",
            query("max(penstock_partition_lag_seconds)", "age"))
        .numbers(
            "Processes",
            "short",
            "How many of each job answer Prometheus.",
            query("sum by (job) (up{job=~\"penstock-.*\"})", "{{job}}"))
        .numbers(
            "ClickHouse targets",
            "short",
            "1: every router finds that it takes rows.",
            query("min by (target) (penstock_target_up)", "{{target}}"))
        .curves(
            "Open alerts",
            "short",
            "By name. " + EMPTY,
            query(
                "count by (alertname, severity) (ALERTS{alertstate=\"firing\"})",
                "{{alertname}} ({{severity}})"))
        .curves(
            "Busiest clients",
            "ops",
            "Events a second, stored or refused.",
            query(
                "topk(10, sum by (client) (rate(penstock_client_events_total" + RATE + ")))",
                "{{client}}"))
        .curves(
            "Canary",
            "short",
            "Events that Penstock sent to itself and that are not in ClickHouse.",
            query("max(penstock_canary_missing)", "missing"))
        .curves(
            "Accounts",
            "short",
            "Committed offsets that nobody can account for, in the window last looked at.",
            query("max(penstock_unaccounted_offsets)", "unaccounted"));
  }

  private static Dashboard oneClient() {
    return new Dashboard("client", "Penstock: one client")
        .variable("client", "penstock_client_events_total")
        .curves(
            "Events",
            "ops",
            "Events a second that are stored, and that became dead letters. Clients without a name in the metrics are \"other\".",
            query(
                "sum by (client, outcome) (rate(penstock_client_events_total{client=~\"$client\"}"
                    + RATE
                    + "))",
                "{{client}} {{outcome}}"))
        .curves(
            "Bytes",
            "Bps",
            "Size of stored rows, not compressed.",
            query(
                "sum by (client) (rate(penstock_client_stored_bytes_total{client=~\"$client\"}"
                    + RATE
                    + "))",
                "{{client}}"))
        .curves(
            "Freshness",
            "s",
            "From the broker's append to the acknowledged insert.",
            quantile("0.5", "penstock_client_freshness_seconds", "client=~\"$client\""),
            quantile("0.99", "penstock_client_freshness_seconds", "client=~\"$client\""))
        .curves(
            "Late events",
            "ops",
            "Events a second that were stored later than the objective.",
            query(
                "sum by (client) (rate(penstock_client_late_events_total{client=~\"$client\"}"
                    + RATE
                    + "))",
                "{{client}}"))
        .curves(
            "Burn of the freshness objective, 1 h",
            "none",
            "At 1 the month's allowance lasts a month.",
            query("penstock:freshness_burn:rate1h{client=~\"$client\"}", "{{client}}"))
        .curves(
            "Events an hour",
            "short",
            "Stored or refused, in the hour before.",
            query("penstock:client_events:increase1h{client=~\"$client\"}", "{{client}}"))
        .logs(
            "Log lines", "That name the client.", "{process=~\".+\"} | json | client=~\"$client\"");
  }

  private static Dashboard delivery() {
    return new Dashboard("delivery", "Penstock: delivery and faults")
        .curves(
            "Lag by partition",
            "short",
            "Records that are not durable yet.",
            query(
                "max by (topic, partition) (penstock_partition_lag_records)",
                "{{topic}}-{{partition}}"))
        .curves(
            "Oldest event that is not durable, by partition",
            "s",
            "By its append, to a poll's accuracy.",
            query(
                "max by (topic, partition) (penstock_partition_lag_seconds)",
                "{{topic}}-{{partition}}"))
        .curves(
            "Progress by partition",
            "ops",
            "Offsets a second by which the committed offset moves.",
            query(
                "max by (topic, partition) (deriv(penstock_partition_committed_offset"
                    + RATE
                    + "))",
                "{{topic}}-{{partition}}"))
        .curves(
            "Without progress",
            "s",
            "How long the partition has made none that has made none for longest.",
            query("max by (instance) (penstock_stalled_seconds)", "{{instance}}"))
        .curves(
            "Partitions that are not fetched",
            "short",
            "Paused: memory is full, or a target does not answer. Stopped: somebody has to say where to go on.",
            query("sum(penstock_partitions_paused)", "paused"),
            query("sum(penstock_partitions_stopped)", "stopped"))
        .curves(
            "Memory for rows",
            "percentunit",
            "Share of its bound.",
            query("penstock_buffered_bytes / penstock_buffer_limit_bytes", "{{instance}}"))
        .curves(
            "Records that wait",
            "short",
            "For a look-up of their client; behind open transactions of producers.",
            query("sum(penstock_waiting_records)", "for a look-up"),
            query("sum(penstock_held_records)", "behind transactions"))
        .curves(
            "Clients in trouble",
            "short",
            "Whose databases do not take rows.",
            query("max(penstock_clients_in_trouble)", "clients"))
        .curves(
            "Rows parked",
            "ops",
            "Rows a second made dead letters because nobody takes them.",
            query("sum(rate(penstock_rows_parked_total" + RATE + "))", "rows"))
        .curves(
            "Commits held",
            "ops",
            "Because a target did not answer.",
            query("sum(rate(penstock_commits_held_total" + RATE + "))", "commits"))
        .curves(
            "Who is this client?",
            "ops",
            "Answers a second, by the tier that was asked.",
            query(
                "sum by (tier, result) (rate(penstock_client_lookups_total" + RATE + "))",
                "{{tier}}: {{result}}"))
        .curves(
            "Events lost",
            "short",
            "In the hour before: expired in Kafka unread, or too large for any dead letter.",
            query("sum(increase(penstock_offsets_expired_total[1h]))", "expired"),
            query("sum(increase(penstock_dead_letters_discarded_total[1h]))", "discarded"))
        .curves(
            "Ledger",
            "s",
            "For how long its entries could not be put into their table.",
            query("max by (instance) (penstock_ledger_failing_seconds)", "{{instance}}"))
        .logs("Warnings and errors", "Of all processes.", "{level=~\"WARN|ERROR\"}");
  }

  private static Dashboard deadLetters() {
    return new Dashboard("dead-letters", "Penstock: dead letters")
        .curves(
            "New dead letters",
            "ops",
            "A second, by reason. " + EMPTY,
            query(
                "sum by (reason) (rate(penstock_events_total{outcome=\"dead_letter\"}"
                    + RATE
                    + ")) > 0",
                "{{reason}}"))
        .curves(
            "Outstanding",
            "short",
            "By reason, and whether they heal by themselves. " + EMPTY,
            query(
                "sum by (reason, retry) (penstock_dead_letters_outstanding) > 0",
                "{{reason}} ({{retry}})"))
        .curves(
            "Oldest",
            "s",
            "Age of the oldest outstanding one. " + EMPTY,
            query(
                "max by (reason, retry) (penstock_dead_letters_oldest_seconds) > 0",
                "{{reason}} ({{retry}})"))
        .curves(
            "Clients that wait to heal",
            "short",
            "Whose letters dlq run will try again.",
            query("sum(penstock_dlq_clients_waiting)", "clients"))
        .curves(
            "Replays by dlq run",
            "ops",
            "Letters a second that went back, and what became of them.",
            query("sum(rate(penstock_dlq_replayed_total" + RATE + "))", "replayed"),
            query("sum(rate(penstock_dlq_stored_total" + RATE + "))", "stored"))
        .curves(
            "Dead again",
            "ops",
            "Replayed events a second that failed again, by reason. " + EMPTY,
            query(
                "sum by (reason) (rate(penstock_dlq_dead_again_total" + RATE + "))", "{{reason}}"))
        .curves(
            "Freshness of replayed events",
            "s",
            "From the append of their replay. " + EMPTY,
            quantile("0.99", "penstock_replay_freshness_seconds", ""))
        .curves(
            "Replays that are not believed",
            "ops",
            "Their signature does not fit.",
            query("sum(rate(penstock_replays_unproven_total" + RATE + "))", "records"));
  }

  private static Dashboard clickHouse() {
    return new Dashboard("clickhouse", "Penstock: ClickHouse, inserts and parts")
        .curves(
            "Inserts",
            "ops",
            "A second, by outcome, and what the routers aim at together.",
            query(
                "sum by (outcome) (rate(penstock_insert_seconds_count" + RATE + "))",
                "{{outcome}}"),
            query("sum(penstock_insert_rate_budget)", "budget"))
        .curves(
            "Duration of inserts",
            "s",
            "Of those that were acknowledged, and those that failed: half of them, and all but one in a hundred.",
            quantile("0.5", "penstock_insert_seconds", ""),
            quantile("0.99", "penstock_insert_seconds", ""))
        .curves(
            "Rows of an insert",
            "short",
            "On the average. Many small inserts make many parts.",
            mean("penstock_insert_rows", "rows"))
        .curves(
            "Bytes of an insert",
            "bytes",
            "On the average, not compressed.",
            mean("penstock_insert_bytes", "bytes"))
        .curves(
            "Bytes stored",
            "Bps",
            "Not compressed.",
            query("sum(rate(penstock_stored_bytes_total" + RATE + "))", "bytes"))
        .curves(
            "Inserts repeated",
            "ops",
            "By what ClickHouse's error means.",
            query("sum by (class) (rate(penstock_insert_retries_total" + RATE + "))", "{{class}}"))
        .curves(
            "Parts",
            "short",
            "The most in one partition of one table of a client's. ClickHouse slows inserts at 1,000 and refuses them at 3,000, unless the table says otherwise.",
            query("max by (target) (penstock_target_parts)", "{{target}}"))
        .curves(
            "Free disk",
            "percentunit",
            "As a share of the disk.",
            query(
                "min by (target) (penstock_target_disk_free_bytes / penstock_target_disk_bytes)",
                "{{target}}"))
        .curves(
            "Targets",
            "short",
            "1: every router finds that it takes rows.",
            query("min by (target) (penstock_target_up)", "{{target}}"))
        .curves(
            "Rows that views refused",
            "ops",
            "Stored rows that a materialized view of the client's did not take.",
            query("sum(rate(penstock_rows_refused_by_view_total" + RATE + "))", "rows"));
  }

  private static Dashboard kafka() {
    return new Dashboard("kafka", "Penstock: Kafka")
        .curves(
            "Records polled",
            "ops",
            "A second; redelivered ones each time.",
            query("sum by (instance) (rate(penstock_polled_total" + RATE + "))", "{{instance}}"))
        .curves(
            "Lag",
            "short",
            "Records that are not durable yet.",
            query("sum by (topic) (penstock_partition_lag_records)", "{{topic}}"))
        .curves(
            "Lag as a share of what Kafka keeps",
            "percentunit",
            "At 1 events are deleted unread.",
            query(
                "max by (topic) (penstock_partition_lag_seconds) / max by (topic) (penstock_topic_retention_seconds)",
                "{{topic}}"))
        .curves(
            "Offsets between the log's beginning and what is committed",
            "short",
            "At 0 the next that Kafka deletes is unread.",
            query(
                "max by (topic, partition) (penstock_partition_committed_offset) - max by (topic, partition) (penstock_partition_log_start_offset)",
                "{{topic}}-{{partition}}"))
        .curves(
            "Since Kafka answered",
            "s",
            "So old is what routers know of the lag. Above 15 s a router is not ready.",
            query("max by (instance) (penstock_kafka_silent_seconds)", "{{instance}}"))
        .curves(
            "Clock of the brokers",
            "s",
            "How far it is ahead of the routers'.",
            query("max by (instance) (penstock_broker_clock_ahead_seconds)", "{{instance}}"))
        .curves(
            "Behind open transactions",
            "short",
            "Offsets that no consumer may read yet.",
            query("sum(penstock_held_records)", "offsets"))
        .curves(
            "Bytes fetched",
            "Bps",
            "By the consumers of routers and of dlq run.",
            query(
                "sum by (instance) (rate(kafka_consumer_incoming_byte_total" + RATE + "))",
                "{{instance}}"))
        .curves(
            "Duration of fetches",
            "ms",
            "The longest of the last minute; where there is nothing to read, a broker answers after half a second.",
            query(
                "max by (instance) (kafka_consumer_fetch_manager_fetch_latency_max >= 0)",
                "{{instance}}"))
        .curves(
            "Rebalances",
            "short",
            "In the hour before.",
            query(
                "sum by (instance) (increase(kafka_consumer_coordinator_rebalance_total[1h]))",
                "{{instance}}"));
  }

  private static Dashboard jvm() {
    String job = "job=~\"$job\"";
    return new Dashboard("jvm", "Penstock: JVM")
        .variable("job", "jvm_memory_used_bytes")
        .curves(
            "Heap",
            "bytes",
            "In use, and the most that it may be.",
            query(
                "sum by (instance) (jvm_memory_used_bytes{area=\"heap\", " + job + "})",
                "{{instance}}"),
            query(
                "sum by (instance) (jvm_memory_max_bytes{area=\"heap\", " + job + "})",
                "{{instance}} at most"))
        .curves(
            "Memory beside the heap",
            "bytes",
            "Classes, compiled code, threads and buffers.",
            query(
                "sum by (instance) (jvm_memory_used_bytes{area=\"nonheap\", " + job + "})",
                "{{instance}}"))
        .curves(
            "CPU",
            "percentunit",
            "Share of all cores.",
            query("process_cpu_usage{" + job + "}", "{{instance}}"))
        .curves(
            "Allocation",
            "Bps",
            "What is made anew each second.",
            query(
                "sum by (instance) (rate(jvm_gc_memory_allocated_bytes_total{"
                    + job
                    + "}"
                    + RATE
                    + "))",
                "{{instance}}"))
        .curves(
            "Pauses for garbage collection",
            "percentunit",
            "Share of the time.",
            query(
                "sum by (instance) (rate(jvm_gc_pause_seconds_sum{" + job + "}" + RATE + "))",
                "{{instance}}"))
        .curves(
            "Threads",
            "short",
            "Of each process.",
            query("jvm_threads_live_threads{" + job + "}", "{{instance}}"))
        .curves(
            "Up since",
            "s",
            "A restart begins at 0.",
            query("process_uptime_seconds{" + job + "}", "{{instance}}"));
  }

  /** Of a histogram's observations. */
  private static Dashboard.Query quantile(String share, String histogram, String selector) {
    return query(
        "histogram_quantile(%s, sum by (le) (rate(%s_bucket{%s}%s)))"
            .formatted(share, histogram, selector, RATE),
        share.equals("0.5") ? "median" : "99 %");
  }

  private static Dashboard.Query mean(String histogram, String legend) {
    return query(
        "sum(rate(%s_sum%s)) / sum(rate(%s_count%s))".formatted(histogram, RATE, histogram, RATE),
        legend);
  }
}
