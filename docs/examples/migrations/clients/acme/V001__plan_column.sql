-- What the client acme sends as the property "plan", as a column of its own. New rows have it stored; for rows that were there before
-- it is computed when it is read, until a merge writes it. The router names the columns that it inserts, so it need not know of this one.

-- ClickHouse's JSON functions find nothing at all in a text with a number beyond UInt64 or Float64 or with half of a surrogate pair, all of
-- which JSON allows and the router stores. This column has such numbers as strings, and of such halves the last three digits as text.
ALTER TABLE ${database}.events_base ${cluster}
    ADD COLUMN IF NOT EXISTS properties_json String ALIAS
        if(isValidJSON(event_properties), event_properties, arrayStringConcat(arrayMap(
            part -> if(startsWith(part, '"'),
                replaceRegexpAll(part, '(\\\\u[dD][89abAB]..\\\\u[dD][c-fC-F]..|\\\\[^u])|\\\\u[dD]([89a-fA-F]..)', '\\1\\2'),
                replaceRegexpAll(part, '-?[0-9]{19,}[0-9.eE+-]*|-?[0-9.]+[eE][+-]?[0-9]{3,}', '"\\0"')),
            extractAll(event_properties, '"(?:[^"\\\\]|\\\\.)*"|[^"]+'))));

ALTER TABLE ${database}.events_base ${cluster}
    ADD COLUMN IF NOT EXISTS plan LowCardinality(String) MATERIALIZED JSONExtractString(properties_json, 'plan');

-- A view keeps the columns that it was made with, and * leaves materialized columns out: the view is made anew and names it.
CREATE OR REPLACE VIEW ${database}.events ${cluster} AS
SELECT *, plan
FROM ${database}.events_base FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;
