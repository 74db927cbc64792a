-- What became of every offset of the events topic: a row for each block that routers have completed (docs/adr/0024). ./penstock setup
-- runs this file each time, so every statement can be repeated. Filled: ${database}; ${cluster}, "ON CLUSTER ..." or nothing;
-- ${replicated}, "Replicated" on a cluster.
--
-- A block that was repeated after a crash has two rows, of which the one that was written last holds: read the table with FINAL.
CREATE TABLE IF NOT EXISTS ${database}.ledger ${cluster}
(
    topic           LowCardinality(String),
    topic_id        LowCardinality(String),
    partition       Int32,
    start_offset    Int64 COMMENT 'the first offset of the block' CODEC(Delta(8), LZ4),
    end_offset      Int64 COMMENT 'behind its last one' CODEC(Delta(8), LZ4),
    first_at        Nullable(DateTime64(3, 'UTC')) COMMENT 'when the broker appended the first record; NULL: there is none',
    last_at         Nullable(DateTime64(3, 'UTC')),
    stored          UInt64 COMMENT 'records of which all rows are stored',
    dead_letters    UInt64 COMMENT 'records that became dead letters',
    not_delivered   UInt64 COMMENT 'markers of transactions, records of aborted ones, what compaction took away',
    lost_expired    UInt64 COMMENT 'deleted by Kafka before they were read',
    lost_with_topic UInt64 COMMENT 'deleted with their topic before they were stored',
    lost_discarded  UInt64 COMMENT 'too large for any dead letter, and the router was told to discard such',
    rows Nested
    (
        client      LowCardinality(String),
        table_name  LowCardinality(String),
        hour        DateTime('UTC'),
        count       UInt64,
        digest      UInt64
    ),
    letters Nested
    (
        client      LowCardinality(String),
        reason      LowCardinality(String),
        hour        DateTime('UTC'),
        count       UInt64
    ),
    tokens          String COMMENT 'SHA-256 over the deduplication tokens of its inserts',
    router          LowCardinality(String),
    version         LowCardinality(String),
    written_at      DateTime64(3, 'UTC')
)
ENGINE = ${replicated}ReplacingMergeTree(written_at)
PARTITION BY toYYYYMM(written_at)
ORDER BY (topic_id, partition, start_offset)
TTL toDateTime(written_at) + INTERVAL 400 DAY
SETTINGS ttl_only_drop_parts = 1;

-- What a producer compares its own counts with: by client and hour of the broker's time.
CREATE OR REPLACE VIEW ${database}.ledger_hours ${cluster} AS
SELECT topic, client, hour, sum(stored) AS stored, sum(dead_letters) AS dead_letters
FROM
(
    SELECT topic, rows.client AS client, rows.hour AS hour, rows.count AS stored, toUInt64(0) AS dead_letters
    FROM ${database}.ledger FINAL ARRAY JOIN rows
    UNION ALL
    SELECT topic, letters.client AS client, letters.hour AS hour, toUInt64(0) AS stored, letters.count AS dead_letters
    FROM ${database}.ledger FINAL ARRAY JOIN letters
)
GROUP BY topic, client, hour;
