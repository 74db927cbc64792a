package io.penstock.provisioning.schema;

import io.penstock.core.metadata.Sql;
import io.penstock.provisioning.job.JobTools;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.schema.SchemaVersions.Outcome;
import io.penstock.provisioning.schema.SchemaVersions.Row;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Forgets a migration that failed or was interrupted and whose file was withdrawn: deletes the note
 * that it was begun, so that later migrations can be applied. Statements of it that had run are not
 * undone.
 *
 * @param dryRun whether nothing was changed
 * @param migration its label
 * @param forgotten how many of its statements had run, and stay, by client
 * @param kept why it is kept for other clients that have it
 */
public record ForgottenMigration(
    boolean dryRun, String migration, Map<String, Integer> forgotten, Map<String, String> kept) {
  /**
   * Forgets it.
   *
   * @param version the file's
   * @param own whether it is a migration of one client alone
   * @param clientIds only these; empty: all that are active or suspended
   * @param dryRun whether to change nothing
   * @throws UnknownClientException if a named client is not there
   * @throws SQLException if PostgreSQL does not answer
   */
  public static ForgottenMigration forget(
      JobTools tools,
      Migrations migrations,
      int version,
      boolean own,
      List<String> clientIds,
      boolean dryRun)
      throws SQLException, UnknownClientException {
    Migration.Scope scope = own ? Migration.Scope.CLIENT : Migration.Scope.ALL;
    Map<String, Integer> forgotten = new TreeMap<>();
    Map<String, String> kept = new TreeMap<>();
    for (ClientSchemas.Client client :
        ClientSchemas.read(tools.metadata()).only(clientIds).clients()) {
      Row row = row(client.rows(), scope, version);
      if (row == null) {
        continue;
      }
      String id = client.clientId();
      String reason = reason(row, migrations.of(id));
      if (reason != null) {
        kept.put(id, reason);
      } else if (dryRun) {
        forgotten.put(id, row.done());
      } else {
        try {
          forgotten.put(
              id, tools.whileHeld(id, connection -> delete(connection, tools, migrations, row)));
        } catch (StepFailed e) {
          kept.put(id, e.reason());
        }
      }
    }
    return new ForgottenMigration(dryRun, scope.label(version), forgotten, kept);
  }

  private static @Nullable Row row(List<Row> rows, Migration.Scope scope, int version) {
    return rows.stream()
        .filter(row -> row.scope() == scope && row.version() == version)
        .findFirst()
        .orElse(null);
  }

  /** Why the migration must not be forgotten; null if it may be. */
  private static @Nullable String reason(Row row, List<Migration> files) {
    if (row.outcome() == Outcome.APPLIED) {
      return "it was applied; put its file back";
    }
    return files.stream().anyMatch(row::isOf)
        ? "its file is there; ./penstock migrate goes on with it, or withdraw the file first"
        : null;
  }

  private static int delete(Connection connection, JobTools tools, Migrations migrations, Row known)
      throws SQLException, StepFailed {
    Row row =
        row(
            new SchemaVersions(connection, known.clientId()).rows(),
            known.scope(),
            known.version());
    String reason =
        row == null ? "it is forgotten already" : reason(row, migrations.of(known.clientId()));
    if (row == null || reason != null) {
      throw new StepFailed(String.valueOf(reason));
    }
    return Sql.inTransaction(
        connection,
        () -> {
          var _ =
              Sql.update(
                  connection,
                  "DELETE FROM schema_versions WHERE client_id = ? AND scope = ? AND version = ? AND outcome <> 'applied'",
                  row.clientId(),
                  row.scope().text(),
                  row.version());
          tools.note(
              connection,
              "client.migration-forgotten",
              row.clientId(),
              "%s, %s after %d statements; text: migration_texts, checksum %s"
                  .formatted(row.label(), row.outcome().text(), row.done(), row.checksum()));
          return row.done();
        });
  }
}
