package io.penstock.provisioning.client;

import io.penstock.core.client.ClientStatus;
import io.penstock.core.metadata.ClientRow;
import io.penstock.core.metadata.ClientsTable;
import io.penstock.core.metadata.Sql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Clients in PostgreSQL by what an operator looks for. One query, whatever their number. */
public final class ClientList {
  private static final String QUERY =
      """
      SELECT %s,
        coalesce(k.valid, 0) AS valid_keys, coalesce(k.total, 0) AS keys, v.version
      FROM clients c
      LEFT JOIN (
        SELECT client_id, count(*) AS total, count(*) FILTER (
          WHERE (expires_at IS NULL OR expires_at > now()) AND (revoked_at IS NULL OR revoked_at > now())) AS valid
        FROM api_keys GROUP BY client_id) k USING (client_id)
      LEFT JOIN (
        SELECT client_id, max(version) AS version FROM schema_versions
        WHERE outcome = 'applied' AND scope = 'all' GROUP BY client_id) v USING (client_id)
      WHERE (?::text IS NULL OR c.status = ?::text)
        AND (?::text IS NULL OR c.ch_target = ?::text)
        AND (?::text IS NULL OR position(lower(?::text) IN lower(c.name)) > 0 OR position(lower(?::text) IN lower(c.client_id)) > 0)
      ORDER BY c.client_id\
      """
          .formatted(ClientsTable.COLUMNS);

  private ClientList() {}

  /**
   * Which clients; null takes all.
   *
   * @param part of the name or the id, in either case
   */
  public record Filter(
      @Nullable ClientStatus status, @Nullable String target, @Nullable String part) {}

  /**
   * One line.
   *
   * @param validKeys neither expired nor revoked
   * @param schemaVersion the newest migration that its database has; null: none
   */
  public record Row(ClientRow summary, int validKeys, int keys, @Nullable Integer schemaVersion) {}

  /**
   * Those that the filter lets through, by id.
   *
   * @throws SQLException if PostgreSQL cannot be asked
   */
  public static List<Row> read(DataSource metadata, Filter filter) throws SQLException {
    String status = filter.status == null ? null : filter.status.text();
    try (Connection connection = metadata.getConnection()) {
      return Sql.query(
          connection,
          QUERY,
          ClientList::row,
          status,
          status,
          filter.target,
          filter.target,
          filter.part,
          filter.part,
          filter.part);
    }
  }

  private static Row row(ResultSet row) throws SQLException {
    int version = row.getInt("version");
    Integer schemaVersion = row.wasNull() ? null : version;
    return new Row(
        ClientsTable.row(row), row.getInt("valid_keys"), row.getInt("keys"), schemaVersion);
  }
}
