package io.penstock.provisioning.doctor;

import io.penstock.core.metadata.ClientRow;
import io.penstock.core.metadata.ClientsTable;
import io.penstock.core.metadata.TargetTable;
import io.penstock.provisioning.schema.SchemaVersions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * PostgreSQL as it answered.
 *
 * @param writes whether it takes them
 * @param pooling what lies between Penstock and PostgreSQL
 * @param schema what Flyway's history says, against {@code postgres/sql}
 * @param lackingRights such as {@code UPDATE on clients}
 * @param metadata null: the schema lacks something, so that nothing more was asked
 */
record PostgresFacts(
    String version,
    ClockReading clock,
    Writes writes,
    Pooling pooling,
    Schema schema,
    List<String> lackingRights,
    @Nullable Metadata metadata) {
  /** Whether PostgreSQL takes writes from this user. */
  enum Writes {
    TAKEN,
    /** It is a standby. */
    STANDBY,
    /** {@code default_transaction_read_only} is on, for the server, the database or the user. */
    READ_ONLY
  }

  /** What lies between Penstock and PostgreSQL. */
  enum Pooling {
    /** Nothing, or a pooler that gives each client a server connection of its own. */
    SESSION,
    /**
     * A pooler that gives server connections to transactions: a session's advisory locks, prepared
     * statements and notifications belong to another client a moment later.
     */
    TRANSACTION
  }

  /**
   * @param version the newest that is applied; empty: none
   * @param pending versions in files that are not applied
   * @param failed versions whose migration failed
   * @param unknown versions that are applied and have no file here: Penstock is older than the
   *     schema
   */
  record Schema(String version, List<String> pending, List<String> failed, List<String> unknown) {}

  /**
   * What is in the tables, all read at the server's time {@code at}.
   *
   * @param migrations by client
   */
  record Metadata(
      Instant at,
      List<ClientsTable.WithKeys> clients,
      Map<String, List<SchemaVersions.Row>> migrations,
      List<TargetTable.Entry> targets) {
    List<ClientRow> rows() {
      return clients.stream().map(ClientsTable.WithKeys::client).toList();
    }
  }
}
