package io.penstock.provisioning.schema;

import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.target.ClickHouseServer;
import io.penstock.provisioning.target.ClickHouseTargets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * What {@link MigrationRun} would do to one client.
 *
 * @param problem why it would fail; null: nothing is seen from here
 * @param migrations in order
 */
public record MigrationForecast(
    String clientId, String database, @Nullable String problem, List<Part> migrations) {
  /**
   * A migration that would run.
   *
   * @param migration its label
   * @param statementsDone how many of it have run before
   * @param statements that are left to run, filled in
   */
  public record Part(
      String migration, String description, int statementsDone, List<String> statements) {}

  /**
   * Compares files with what was applied; changes nothing and does not ask ClickHouse.
   *
   * @param clientIds only these; empty: all that are active or suspended
   * @param outOfOrder whether a file may come below the newest that was applied
   * @throws UnknownClientException if a named client is not there
   * @throws SQLException if PostgreSQL does not answer
   */
  public static List<MigrationForecast> read(
      DataSource metadata,
      ClickHouseTargets targets,
      Migrations migrations,
      List<String> clientIds,
      boolean outOfOrder)
      throws SQLException, UnknownClientException {
    List<MigrationForecast> forecasts = new ArrayList<>();
    Pending.Texts texts = Pending.Texts.of(metadata);
    for (ClientSchemas.Client client : ClientSchemas.read(metadata).only(clientIds).clients()) {
      List<Part> parts = new ArrayList<>();
      String problem = null;
      try {
        ClickHouseServer server = targets.get(client.target());
        Map<String, String> placeholders = Migrator.placeholders(server, client.place());
        List<Migration> files = migrations.of(client.clientId());
        for (Pending pending : Pending.of(files, client.rows(), texts, outOfOrder)) {
          parts.add(part(pending, placeholders));
        }
      } catch (MigrationFailed e) {
        problem = e.reason();
      } catch (StepFailed e) {
        problem = e.reason();
      }
      forecasts.add(
          new MigrationForecast(client.clientId(), client.place().database(), problem, parts));
    }
    return forecasts;
  }

  private static Part part(Pending pending, Map<String, String> placeholders)
      throws MigrationFailed {
    List<String> statements = pending.statements(placeholders);
    int done = Math.min(pending.done(), statements.size());
    return new Part(
        pending.migration().label(),
        pending.migration().description(),
        done,
        statements.subList(done, statements.size()));
  }
}
