-- Client metadata: the source of truth about who may send events and where they are stored.
-- Rules that must hold whoever writes (the provisioning jobs or an operator by hand) stand here as constraints and triggers.

CREATE TABLE clients (
    client_id        text        PRIMARY KEY CHECK (client_id ~ '^[A-Za-z0-9_-]{1,64}$'),
    name             text        NOT NULL UNIQUE CHECK (char_length(name) BETWEEN 1 AND 200),
    status           text        NOT NULL DEFAULT 'pending'
                                 CHECK (status IN ('pending', 'active', 'suspended', 'deprovisioning', 'deprovisioned')),
    ch_database_name text        NOT NULL UNIQUE
                                 CHECK (ch_database_name ~ '^[a-z][a-z0-9_]{0,62}$'
                                        AND ch_database_name NOT IN ('default', 'system', 'information_schema')),
    ch_target        text        NOT NULL DEFAULT 'default' CHECK (ch_target ~ '^[a-z][a-z0-9_-]{0,62}$'),
    retention_days   integer     NOT NULL DEFAULT 365 CHECK (retention_days BETWEEN 1 AND 36500),
    version          bigint      NOT NULL DEFAULT 1,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE clients IS 'Whose events are stored where. A row inserted as pending is completed by "penstock clients provision".';
COMMENT ON COLUMN clients.ch_target IS 'The ClickHouse server or cluster that holds the database.';
COMMENT ON COLUMN clients.version IS 'Grows with every change of the client or of its keys.';

-- Provisioning asks for these.
CREATE INDEX clients_pending ON clients (created_at, client_id) WHERE status = 'pending';

CREATE TABLE api_keys (
    client_id    text        NOT NULL REFERENCES clients (client_id),
    api_key_hash text        NOT NULL CHECK (api_key_hash ~ '^[0-9a-f]{64}$'),
    label        text        NOT NULL DEFAULT '' CHECK (char_length(label) <= 200),
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz CHECK (expires_at > created_at),
    revoked_at   timestamptz CHECK (revoked_at >= created_at),
    PRIMARY KEY (client_id, api_key_hash)
);

COMMENT ON TABLE api_keys IS 'A client has several keys while it rotates them. Only the SHA-256 of a key is kept, in lower-case hexadecimal.';

CREATE TABLE schema_versions (
    client_id   text        NOT NULL REFERENCES clients (client_id),
    version     integer     NOT NULL CHECK (version > 0),
    description text        NOT NULL,
    checksum    text        NOT NULL CHECK (checksum ~ '^[0-9a-f]{64}$'),
    applied_at  timestamptz NOT NULL DEFAULT now(),
    duration_ms bigint      NOT NULL CHECK (duration_ms >= 0),
    outcome     text        NOT NULL CHECK (outcome IN ('applied', 'failed')),
    PRIMARY KEY (client_id, version)
);

COMMENT ON TABLE schema_versions IS 'Which of clickhouse/migrations a client''s database has. A failed one is tried again by the next run.';

CREATE TABLE audit_log (
    audit_id  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL DEFAULT now(),
    actor     text        NOT NULL DEFAULT session_user,
    action    text        NOT NULL CHECK (action ~ '^[a-z][a-z0-9.-]{0,62}$'),
    client_id text,
    detail    text        NOT NULL DEFAULT ''
);

COMMENT ON TABLE audit_log IS 'Who did what to which client. Rows are added, never changed; they outlive their client.';

CREATE INDEX audit_log_by_client ON audit_log (client_id, audit_id);

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

CREATE FUNCTION check_client_change() RETURNS trigger LANGUAGE plpgsql AS $$
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
        ('deprovisioning', 'deprovisioned')) THEN
        RAISE EXCEPTION 'a client cannot go from % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
    END IF;
    NEW.version := OLD.version + 1;
    NEW.updated_at := now();
    RETURN NEW;
END $$;

CREATE TRIGGER clients_change BEFORE UPDATE ON clients
    FOR EACH ROW EXECUTE FUNCTION check_client_change();

-- A key's change is its client's change: the trigger above raises the version.
CREATE FUNCTION touch_client_of_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE clients SET updated_at = now()
    WHERE client_id IN (CASE WHEN TG_OP = 'INSERT' THEN NEW.client_id ELSE OLD.client_id END,
                        CASE WHEN TG_OP = 'DELETE' THEN OLD.client_id ELSE NEW.client_id END);
    RETURN NULL;
END $$;

CREATE TRIGGER api_keys_change AFTER INSERT OR UPDATE OR DELETE ON api_keys
    FOR EACH ROW EXECUTE FUNCTION touch_client_of_key();
