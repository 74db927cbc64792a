-- The rest of a client's life: limits, ClickHouse targets, migrations that can be followed statement by statement, deprovisioning with
-- a time of grace, and an audit log that shows what was before and what after.

ALTER TABLE clients
    ADD COLUMN max_events_per_minute integer CHECK (max_events_per_minute > 0),
    ADD COLUMN provisioned_at  timestamptz,
    ADD COLUMN deprovision_at  timestamptz,
    ADD COLUMN drop_started_at timestamptz,
    ADD CHECK (status IN ('deprovisioning', 'deprovisioned') OR (deprovision_at IS NULL AND drop_started_at IS NULL));

COMMENT ON COLUMN clients.max_events_per_minute IS 'Events of one minute (the broker''s time) that are accepted from each partition; null: no limit.';
COMMENT ON COLUMN clients.provisioned_at IS 'When the client became active for the first time; null: it has no database yet.';
COMMENT ON COLUMN clients.deprovision_at IS 'Until then "penstock clients resume" takes a deprovisioning back.';
COMMENT ON COLUMN clients.drop_started_at IS 'From then on the client''s data is going; there is no way back.';

UPDATE clients SET provisioned_at = updated_at WHERE status IN ('active', 'suspended');

CREATE TABLE targets (
    name              text        PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9_-]{0,62}$' AND name <> 'default'),
    url               text        NOT NULL CHECK (url ~ '^https?://[^/@\s]+/?$'),
    user_name         text        NOT NULL DEFAULT 'default' CHECK (user_name <> ''),
    password_variable text        CHECK (password_variable ~ '^[A-Z][A-Z0-9_]{0,127}$'),
    ca_file           text        CHECK (ca_file IS NULL OR (url LIKE 'https:%' AND ca_file <> '')),
    cluster           text        CHECK (cluster ~ '^[A-Za-z_][A-Za-z0-9_]{0,62}$'),
    created_at        timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE targets IS 'ClickHouse servers and clusters besides the one named default, which is configured. clients.ch_target names one.';
COMMENT ON COLUMN targets.password_variable IS 'The environment variable that has the password (or, with _FILE behind its name, a file with it), in every process.';

ALTER TABLE schema_versions
    ADD COLUMN scope           text    NOT NULL DEFAULT 'all' CHECK (scope IN ('all', 'client')),
    ADD COLUMN statements_done integer NOT NULL DEFAULT 0 CHECK (statements_done >= 0),
    DROP CONSTRAINT schema_versions_pkey,
    ADD PRIMARY KEY (client_id, scope, version),
    DROP CONSTRAINT schema_versions_outcome_check,
    ADD CONSTRAINT schema_versions_outcome_check CHECK (outcome IN ('running', 'applied', 'failed'));

COMMENT ON COLUMN schema_versions.scope IS '"all": a file of clickhouse/migrations; "client": one of clickhouse/migrations/clients/<client_id>.';
COMMENT ON COLUMN schema_versions.statements_done IS 'So many statements of it have run; a run that was interrupted goes on behind them.';

CREATE TABLE migration_texts (
    checksum text PRIMARY KEY CHECK (checksum ~ '^[0-9a-f]{64}$'),
    sql      text NOT NULL
);

COMMENT ON TABLE migration_texts IS 'Texts of applied migrations by their SHA-256, so that a change of an applied file can be shown.';

ALTER TABLE audit_log
    ADD COLUMN before jsonb,
    ADD COLUMN after  jsonb;

CREATE OR REPLACE FUNCTION check_client_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.client_id <> OLD.client_id THEN
        RAISE EXCEPTION 'client_id of % cannot change', OLD.client_id USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.status <> 'pending'
       AND (NEW.ch_database_name <> OLD.ch_database_name OR NEW.ch_target <> OLD.ch_target) THEN
        RAISE EXCEPTION 'the database of % is already provisioned and cannot change', OLD.client_id
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('pending', 'active'), ('pending', 'deprovisioning'),
        ('active', 'suspended'), ('suspended', 'active'),
        ('active', 'deprovisioning'), ('suspended', 'deprovisioning'),
        ('deprovisioning', 'pending'), ('deprovisioning', 'active'),
        ('deprovisioning', 'deprovisioned')) THEN
        RAISE EXCEPTION 'a client cannot go from % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.status = 'deprovisioning' AND NEW.status IN ('pending', 'active') AND OLD.drop_started_at IS NOT NULL THEN
        RAISE EXCEPTION 'the data of % is going since %; there is no way back', OLD.client_id, OLD.drop_started_at
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status = 'active' AND NEW.provisioned_at IS NULL THEN
        NEW.provisioned_at := now();
    END IF;
    NEW.version := OLD.version + 1;
    NEW.updated_at := now();
    RETURN NEW;
END $$;

-- "penstock clients provision --watch" listens.
CREATE FUNCTION tell_of_pending_client() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('penstock_client_pending', NEW.client_id);
    RETURN NULL;
END $$;

CREATE TRIGGER clients_pending_inserted AFTER INSERT ON clients
    FOR EACH ROW WHEN (NEW.status = 'pending') EXECUTE FUNCTION tell_of_pending_client();

CREATE TRIGGER clients_pending_again AFTER UPDATE ON clients
    FOR EACH ROW WHEN (NEW.status = 'pending' AND OLD.status <> 'pending') EXECUTE FUNCTION tell_of_pending_client();
