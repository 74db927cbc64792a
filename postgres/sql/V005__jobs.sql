-- Long operations on clients: at which step each is, and what has come of it. A run that is killed is followed by one that goes on
-- at the recorded step (docs/adr/0021).

CREATE TABLE jobs (
    job_id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text        NOT NULL CHECK (kind IN ('provision', 'deprovision')),
    client_id  text        NOT NULL REFERENCES clients (client_id),
    actor      text        NOT NULL DEFAULT session_user,
    step       text        NOT NULL CHECK (step ~ '^[a-z][a-z-]{0,62}$'),
    progress   jsonb       NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(progress) = 'object'),
    files      text[]      NOT NULL DEFAULT '{}',
    error      text,
    outcome    text        CHECK (outcome IN ('done', 'taken_back')),
    started_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    ended_at   timestamptz,
    CHECK ((outcome IS NULL) = (ended_at IS NULL))
);

COMMENT ON TABLE jobs IS 'A client''s way out of the status pending or deprovisioning. What leads out of it ends the job.';
COMMENT ON COLUMN jobs.actor IS 'Who ran it last; audit_log has who began it.';
COMMENT ON COLUMN jobs.step IS 'Noted before it runs: all before it are done, this one may be.';
COMMENT ON COLUMN jobs.progress IS 'Numbers by name: what the steps before this one found and did.';
COMMENT ON COLUMN jobs.files IS 'What an export wrote.';
COMMENT ON COLUMN jobs.error IS 'Why the last run stopped at this step; null: it did not, or was killed.';
COMMENT ON COLUMN jobs.outcome IS 'Null: the job is open.';

CREATE UNIQUE INDEX jobs_open ON jobs (client_id, kind) WHERE ended_at IS NULL;
CREATE INDEX jobs_by_client ON jobs (client_id, job_id);

CREATE FUNCTION refuse_change_of_ended_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'job % has ended and cannot change', OLD.job_id USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER jobs_ended BEFORE UPDATE ON jobs
    FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION refuse_change_of_ended_job();

-- The status and its job cannot disagree, whoever changes the status.
CREATE FUNCTION end_jobs_of_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE jobs SET ended_at = now(), updated_at = now(),
        outcome = CASE WHEN (OLD.status, NEW.status) IN (('pending', 'active'), ('deprovisioning', 'deprovisioned'))
                       THEN 'done' ELSE 'taken_back' END
    WHERE client_id = NEW.client_id AND ended_at IS NULL
      AND kind = CASE OLD.status WHEN 'pending' THEN 'provision' WHEN 'deprovisioning' THEN 'deprovision' END;
    RETURN NULL;
END $$;

CREATE TRIGGER clients_left_status AFTER UPDATE ON clients
    FOR EACH ROW WHEN (NEW.status <> OLD.status AND OLD.status IN ('pending', 'deprovisioning'))
    EXECUTE FUNCTION end_jobs_of_status();

-- A pending client that gets another database has nothing applied there, whatever an unfinished provisioning did in the old one.
CREATE FUNCTION forget_migrations_of_old_database() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM schema_versions WHERE client_id = NEW.client_id;
    RETURN NULL;
END $$;

CREATE TRIGGER clients_moved_while_pending AFTER UPDATE ON clients
    FOR EACH ROW WHEN (OLD.status = 'pending' AND (NEW.ch_database_name, NEW.ch_target) IS DISTINCT FROM (OLD.ch_database_name, OLD.ch_target))
    EXECUTE FUNCTION forget_migrations_of_old_database();

-- Deprovisionings that earlier releases began; these had the numbers in the audit log's text.
INSERT INTO jobs (kind, client_id, actor, step, progress, started_at)
SELECT 'deprovision', c.client_id, coalesce(begun.actor, 'migration V005'),
       CASE WHEN c.drop_started_at IS NULL THEN 'grace' ELSE 'drop-database' END,
       coalesce(dropped.progress, '{}'), coalesce(begun.at, c.updated_at)
FROM clients c
LEFT JOIN LATERAL (
    SELECT actor, at FROM audit_log WHERE client_id = c.client_id AND action = 'client.deprovisioning' ORDER BY audit_id DESC LIMIT 1
) begun ON true
LEFT JOIN LATERAL (
    SELECT jsonb_build_object('events', coalesce((regexp_match(detail, 'events=(\d+)'))[1], '0')::bigint,
                              'bytes', coalesce((regexp_match(detail, 'bytes=(\d+)'))[1], '0')::bigint) AS progress
    FROM audit_log WHERE client_id = c.client_id AND action = 'client.drop-started' ORDER BY audit_id DESC LIMIT 1
) dropped ON c.drop_started_at IS NOT NULL
WHERE c.status = 'deprovisioning';
