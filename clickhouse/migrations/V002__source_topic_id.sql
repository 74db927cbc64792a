-- Which of the topics of this name an event comes from: Kafka's id of it, as kafka-topics shows it. A topic that was deleted and created
-- anew counts its offsets anew. Empty: stored by a release before this column. Routers of this release work before and after it.
ALTER TABLE ${database}.events_base ${cluster}
    ADD COLUMN IF NOT EXISTS source_topic_id LowCardinality(String) AFTER source_topic;

-- A view keeps the columns that "*" meant when it was made.
CREATE OR REPLACE VIEW ${database}.events ${cluster} AS
SELECT *
FROM ${database}.events_base FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
