package io.penstock.provisioning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.metadata.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetadataSchemaIT {
  private final Metadata metadata = Metadata.shared();

  @Test
  void setUpAgainChangesNothing() {
    Setup.Schema schema = Setup.migrateMetadata(metadata.postgres, Metadata.HOME);

    assertThat(schema.migrations()).isZero();
    assertThat(schema.version()).isEqualTo(Metadata.NEWEST);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"default", "system", "information_schema", "Upper", "1a", "a-b", "a b", "a`b", ""})
  void reservedAndOddDatabasesAreRefusedWhoeverWrites(String database) {
    assertThatThrownBy(() -> insert("odd-" + System.nanoTime(), database))
        .hasMessageContaining("ch_database_name");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a b",
        "a;b",
        "ü",
        "01234567890123456789012345678901234567890123456789012345678901234"
      })
  void oddIdsAreRefusedWhoeverWrites(String id) {
    assertThatThrownBy(() -> insert(id, "client_odd")).hasMessageContaining("client_id");
  }

  @Test
  void versionGrowsWithTheClientAndWithItsKeys() throws SQLException {
    insert("versioned", "client_versioned");
    metadata.execute(
        "INSERT INTO api_keys (client_id, api_key_hash) VALUES ('versioned', repeat('a', 64))");
    metadata.execute("UPDATE api_keys SET revoked_at = now() WHERE client_id = 'versioned'");
    metadata.execute("UPDATE clients SET name = 'renamed' WHERE client_id = 'versioned'");
    metadata.execute("DELETE FROM api_keys WHERE client_id = 'versioned'");

    assertThat(metadata.ask("SELECT version FROM clients WHERE client_id = 'versioned'"))
        .containsExactly("5");
  }

  @Test
  void anErrorInTheMiddleOfATransactionTakesAllOfItBack() throws SQLException {
    Error bug = new AssertionError("in the middle");
    try (Connection connection = metadata.connect()) {
      assertThatThrownBy(() ->
              Sql.inTransaction(
                  connection,
                  () -> {
                    var _ =
                        Sql.update(
                            connection,
                            "INSERT INTO clients (client_id, name, ch_database_name) VALUES ('half', 'half', 'client_half')");
                    throw bug;
                  }))
          .isSameAs(bug)
          .hasNoSuppressedExceptions();
      assertThat(connection.getAutoCommit()).isTrue();
    }

    assertThat(metadata.ask("SELECT client_id FROM clients WHERE client_id = 'half'")).isEmpty();
  }

  @Test
  void whatCannotBeTakenBackIsNotCommittedAndTheCauseIsKept() throws SQLException {
    Error bug = new AssertionError("in the middle");
    try (Connection connection = metadata.connect()) {
      assertThatThrownBy(() ->
              Sql.inTransaction(
                  connection,
                  () -> {
                    connection.close();
                    throw bug;
                  }))
          .isSameAs(bug)
          .satisfies(thrown -> assertThat(thrown.getSuppressed()).hasSize(1));
    }
  }

  @Test
  void lifeGoesOnlyOneWay() throws SQLException {
    insert("living", "client_living");
    assertThatThrownBy(() -> status("suspended"))
        .hasMessageContaining("cannot go from pending to suspended");
    status("active");
    assertThatThrownBy(() -> status("pending"))
        .hasMessageContaining("cannot go from active to pending");
    status("suspended");
    status("active");
    assertThatThrownBy(() ->
            metadata.execute(
                "UPDATE clients SET ch_database_name = 'x' WHERE client_id = 'living'"))
        .hasMessageContaining("already provisioned");
    assertThatThrownBy(
            () -> metadata.execute("UPDATE clients SET client_id = 'x' WHERE client_id = 'living'"))
        .hasMessageContaining("cannot change");
    status("deprovisioning");
    status("deprovisioned");
    assertThatThrownBy(() -> status("active"))
        .hasMessageContaining("cannot go from deprovisioned to active");
  }

  @Test
  void auditLogOnlyGrows() throws SQLException {
    metadata.execute("INSERT INTO audit_log (action, client_id) VALUES ('test.entry', 'audited')");

    assertThatThrownBy(() -> metadata.execute("UPDATE audit_log SET detail = 'x'"))
        .hasMessageContaining("append-only");
    assertThatThrownBy(() -> metadata.execute("DELETE FROM audit_log"))
        .hasMessageContaining("append-only");
    assertThatThrownBy(() -> metadata.execute("TRUNCATE audit_log"))
        .hasMessageContaining("append-only");
    assertThat(metadata.ask("SELECT actor FROM audit_log WHERE action = 'test.entry'"))
        .containsExactly(metadata.postgres.user());
  }

  @Test
  void aClientHasOneOpenJobOfAKindAndWhatEndedStays() throws SQLException {
    insert("jobbed", "client_jobbed");
    job("provision");
    assertThatThrownBy(() -> job("provision")).hasMessageContaining("jobs_open");
    assertThatThrownBy(() -> job("else")).hasMessageContaining("jobs_kind_check");

    metadata.execute("UPDATE clients SET status = 'deprovisioning' WHERE client_id = 'jobbed'");
    job("deprovision");
    metadata.execute("UPDATE clients SET status = 'pending' WHERE client_id = 'jobbed'");
    job("provision");
    metadata.execute("UPDATE clients SET status = 'active' WHERE client_id = 'jobbed'");
    metadata.execute("UPDATE clients SET status = 'suspended' WHERE client_id = 'jobbed'");
    metadata.execute("UPDATE clients SET status = 'deprovisioning' WHERE client_id = 'jobbed'");
    job("deprovision");
    metadata.execute("UPDATE clients SET name = 'jobbed again' WHERE client_id = 'jobbed'");

    String jobs =
        "SELECT kind || ' ' || coalesce(outcome, 'open') FROM jobs WHERE client_id = 'jobbed' ORDER BY job_id";
    assertThat(metadata.ask(jobs))
        .containsExactly(
            "provision taken_back", "deprovision taken_back", "provision done", "deprovision open");
    metadata.execute("UPDATE clients SET status = 'deprovisioned' WHERE client_id = 'jobbed'");
    assertThat(metadata.ask(jobs)).last().isEqualTo("deprovision done");
    assertThatThrownBy(
            () -> metadata.execute("UPDATE jobs SET step = 'again' WHERE client_id = 'jobbed'"))
        .hasMessageContaining("has ended and cannot change");
  }

  private void job(String kind) throws SQLException {
    metadata.execute(
        "INSERT INTO jobs (kind, client_id, step) VALUES (?, 'jobbed', 'a-step')", kind);
  }

  @Test
  void keysMustBeHashes() throws SQLException {
    insert("schema-keyed", "client_schema_keyed");

    assertThatThrownBy(() ->
            metadata.execute(
                "INSERT INTO api_keys (client_id, api_key_hash) VALUES ('schema-keyed', 'pk_secret')"))
        .hasMessageContaining("api_key_hash");
  }

  private void status(String status) throws SQLException {
    metadata.execute("UPDATE clients SET status = ? WHERE client_id = 'living'", status);
  }

  private void insert(String id, String database) throws SQLException {
    metadata.execute(
        "INSERT INTO clients (client_id, name, ch_database_name) VALUES (?, ?, ?)",
        id,
        "name of " + id,
        database);
  }
}
