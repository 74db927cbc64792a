-- "penstock dlq run" listens: letters of a client that was changed are tried at once.
CREATE FUNCTION tell_of_changed_client() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('penstock_client_changed', NEW.client_id);
    RETURN NULL;
END $$;

CREATE TRIGGER clients_changed AFTER UPDATE ON clients
    FOR EACH ROW EXECUTE FUNCTION tell_of_changed_client();
