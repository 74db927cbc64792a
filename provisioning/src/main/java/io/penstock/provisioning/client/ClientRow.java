package io.penstock.provisioning.client;

import io.penstock.core.client.ClientRules;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.client.Retention;
import io.penstock.core.client.UnknownClient;
import io.penstock.provisioning.job.Sql;
import io.penstock.provisioning.job.StepFailed;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A row of {@code clients} as jobs need it.
 *
 * @param maxEventsPerMinute null: no limit
 * @param provisioned whether it has or had a database
 * @param deprovisionAt until when a deprovisioning can be taken back; null: no such time was given
 * @param dropStartedAt since when its data is going; null: it is not
 */
record ClientRow(
    String clientId,
    String name,
    ClientStatus status,
    String database,
    String target,
    Retention retention,
    @Nullable Integer maxEventsPerMinute,
    boolean provisioned,
    @Nullable Instant deprovisionAt,
    @Nullable Instant dropStartedAt) {
  private static final String QUERY =
      """
      SELECT name, status, ch_database_name, ch_target, retention_days, retention_from, max_events_per_minute, provisioned_at, deprovision_at,
        drop_started_at FROM clients WHERE client_id = ?\
      """;

  /**
   * @throws StepFailed if there is no client of this id, or its row is none that Penstock wrote
   */
  static ClientRow read(Connection connection, String clientId) throws SQLException, StepFailed {
    ClientRow row =
        Sql.first(
            connection,
            QUERY,
            columns ->
                new ClientRow(
                    clientId,
                    columns.getString("name"),
                    ClientStatus.of(columns.getString("status")),
                    columns.getString("ch_database_name"),
                    columns.getString("ch_target"),
                    Retention.of(columns),
                    columns.getObject("max_events_per_minute", Integer.class),
                    columns.getTimestamp("provisioned_at") != null,
                    Sql.maybeTime(columns, "deprovision_at"),
                    Sql.maybeTime(columns, "drop_started_at")),
            clientId);
    if (row == null) {
      throw new StepFailed(UnknownClient.sentence(connection, clientId));
    }
    String odd = ClientRules.databaseProblem(row.database);
    if (odd != null) {
      throw new StepFailed(odd);
    }
    return row;
  }
}
