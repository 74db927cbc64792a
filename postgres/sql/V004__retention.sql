-- A retention may be counted from when events arrive, and ends before ClickHouse's 32-bit times do (docs/adr/0011). Longer ones than
-- 20,000 days (54 years) deleted what they were to keep; they are cut to that here, and ./penstock migrate brings it to the tables.

INSERT INTO audit_log (actor, action, client_id, detail)
SELECT 'migration V004', 'client.set', client_id, 'retention_days = 20000, the longest there is; was ' || retention_days
FROM clients WHERE retention_days > 20000;

UPDATE clients SET retention_days = 20000 WHERE retention_days > 20000;

ALTER TABLE clients
    ADD COLUMN retention_from text NOT NULL DEFAULT 'event_time' CHECK (retention_from IN ('event_time', 'arrival')),
    DROP CONSTRAINT clients_retention_days_check,
    ADD CONSTRAINT clients_retention_days_check CHECK (retention_days BETWEEN 1 AND 20000);

COMMENT ON COLUMN clients.retention_from IS 'What retention_days are counted from: the event''s own time, or when the broker accepted it.';
