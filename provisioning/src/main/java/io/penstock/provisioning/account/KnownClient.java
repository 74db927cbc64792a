package io.penstock.provisioning.account;

import io.penstock.core.metadata.ClientRow;
import io.penstock.core.metadata.ClientsTable;
import io.penstock.core.metadata.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A client, and what metadata and audit log say of its data.
 *
 * @param keptSince events that the broker took before are over, by the client's retention or one
 *     that it had
 * @param dropped who dropped its database, and when, in words; null: nobody has begun to
 */
public record KnownClient(ClientRow row, Instant keptSince, @Nullable String dropped) {
  /** What becomes over while it is compared, and by clocks that differ. */
  private static final Duration MARGIN = Duration.ofMinutes(5);

  /**
   * All clients that there are and were.
   *
   * @param now by which retentions are over
   */
  public static List<KnownClient> read(Connection connection, Instant now) throws SQLException {
    Map<String, Instant> before = new HashMap<>();
    var _ =
        Sql.query(
            connection,
            """
            SELECT client_id, max(at - make_interval(days => (before->>'retention_days')::int)) AS since FROM audit_log
            WHERE action LIKE 'client.%' AND before->>'retention_days' IS NOT NULL AND client_id IS NOT NULL
            GROUP BY client_id\
            """,
            row -> before.put(row.getString("client_id"), Sql.time(row, "since")));
    Map<String, String> dropped = new HashMap<>();
    var _ =
        Sql.query(
            connection,
            "SELECT client_id, actor, at FROM audit_log WHERE action = 'client.drop-started' AND client_id IS NOT NULL ORDER BY audit_id",
            row ->
                dropped.put(
                    row.getString("client_id"),
                    "%s, %s".formatted(row.getString("actor"), Sql.time(row, "at"))));
    return ClientsTable.list(connection).stream()
        .map(row -> {
          Instant kept = now.minus(Duration.ofDays(row.retention().days()));
          Instant earlier = Objects.requireNonNullElse(before.get(row.clientId()), kept);
          Instant since = kept.isAfter(earlier) ? kept : earlier;
          return new KnownClient(row, since.plus(MARGIN), dropped.get(row.clientId()));
        })
        .toList();
  }
}
