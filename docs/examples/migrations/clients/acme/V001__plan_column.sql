-- What the client acme sends as the property "plan", as a column of its own. New rows have it stored; for rows that were there before
-- it is computed when it is read, until a merge writes it. The router names the columns that it inserts, so it need not know of this one.
ALTER TABLE ${database}.events_base ${cluster}
    ADD COLUMN IF NOT EXISTS plan LowCardinality(String) MATERIALIZED JSONExtractString(event_properties, 'plan');

-- A view keeps the columns that it was made with, and * leaves materialized columns out: the view is made anew and names it.
CREATE OR REPLACE VIEW ${database}.events ${cluster} AS
SELECT *, plan
FROM ${database}.events_base FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
