-- A client's events. Filled per client: ${database}; ${retention_days}; ${cluster}, "ON CLUSTER ..." or nothing; ${replicated},
-- "Replicated" on a cluster. DDL is not transactional, so each statement can be repeated after a failure half-way.
--
-- Order: most questions name events and a range of days, then group by user; within a day of one event a user's rows lie together.
-- The key ends in event_id, so that rows of one event collapse and no others. The sparse index leaves event_id out: random, it
-- would only take memory. One event always falls into one partition, since the partition follows from event_time as the key does.
--
-- Codecs: times and offsets lie close together, so their differences compress well and cheaply; the rest is LZ4, the default,
-- because inserts are what this table does most.
--
-- non_replicated_deduplication_window: tokens of this many inserts are remembered. It must cover every insert that the table sees
-- within max.poll.interval.ms (5 minutes) plus the insert time-out; 10,000 allows 30 a second. On a cluster the replicated window
-- counts, for as many seconds as it says.
CREATE TABLE IF NOT EXISTS ${database}.events_base ${cluster}
(
    event_id         UUID,
    event_name       LowCardinality(String),
    event_time       DateTime64(3, 'UTC') CODEC(Delta(8), LZ4),
    user_id          String,
    anonymous_id     String,
    session_id       String,
    event_properties String COMMENT 'JSON, exactly as sent',
    extra            String COMMENT 'JSON object of the fields that the contract does not name',
    received_at      DateTime64(3, 'UTC') COMMENT 'when the broker appended the record' CODEC(Delta(8), LZ4),
    ingested_at      DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta(8), LZ4),
    source_topic     LowCardinality(String),
    source_partition Int32,
    source_offset    Int64 CODEC(Delta(8), LZ4)
)
ENGINE = ${replicated}ReplacingMergeTree
PARTITION BY toYYYYMM(event_time)
PRIMARY KEY (event_name, toDate(event_time), user_id)
ORDER BY (event_name, toDate(event_time), user_id, event_id)
TTL toDateTime(event_time) + INTERVAL ${retention_days} DAY
SETTINGS
    non_replicated_deduplication_window = 10000,
    replicated_deduplication_window = 10000,
    replicated_deduplication_window_seconds = 3600,
    ttl_only_drop_parts = 1;

-- What analysts read: each event once, whatever the background merges have not collapsed yet.
CREATE OR REPLACE VIEW ${database}.events ${cluster} AS
SELECT *
FROM ${database}.events_base FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
