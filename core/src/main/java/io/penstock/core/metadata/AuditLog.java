package io.penstock.core.metadata;

import io.penstock.core.run.CommandRun;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes entries of the audit log, in the transaction of the change that they tell of, if there is
 * one.
 */
public record AuditLog(String actor) {
  /** The largest detail kept; the rest of a longer one is cut off. */
  private static final int MAX_DETAIL = 2_000;

  /**
   * A client as JSON, for {@code before} and {@code after}; keys by the first digits of their
   * hashes.
   */
  private static final String SNAPSHOT =
      """
      SELECT (to_jsonb(c) - 'client_id' || jsonb_build_object('keys', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('key', left(api_key_hash, 8), 'label', label, 'created_at', created_at,
          'expires_at', expires_at, 'revoked_at', revoked_at) ORDER BY created_at, api_key_hash), '[]')
        FROM api_keys k WHERE k.client_id = c.client_id)))::text
      FROM clients c WHERE client_id = ?\
      """;

  /**
   * One entry.
   *
   * @param clientId null: it concerns no single client
   * @param before JSON, as {@link #snapshot} gives it; null: there was nothing, or nothing changed
   * @param after the same after the change; null: nothing is left, or nothing changed
   */
  public record Entry(
      String action,
      @Nullable String clientId,
      String detail,
      @Nullable String before,
      @Nullable String after) {}

  /**
   * An entry without before and after.
   *
   * @param clientId null: it concerns no single client
   */
  public void write(Connection connection, String action, @Nullable String clientId, String detail)
      throws SQLException {
    write(connection, action, clientId, detail, null, null);
  }

  /** An entry of a change; see {@link Entry}. */
  public void write(
      Connection connection,
      String action,
      @Nullable String clientId,
      String detail,
      @Nullable String before,
      @Nullable String after)
      throws SQLException {
    write(connection, List.of(new Entry(action, clientId, detail, before, after)));
  }

  /** Entries, in one question. */
  public void write(Connection connection, List<Entry> entries) throws SQLException {
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (Entry entry : entries) {
      // PostgreSQL's texts hold no character 0.
      String detail = entry.detail.replace("\0", "");
      rows.add(
          new @Nullable Object[] {
            actor,
            entry.action,
            entry.clientId,
            detail.length() > MAX_DETAIL ? detail.substring(0, MAX_DETAIL) : detail,
            entry.before,
            entry.after
          });
    }
    Sql.batch(
        connection,
        "INSERT INTO audit_log (actor, action, client_id, detail, before, after) VALUES (?, ?, ?, ?, ?::jsonb, ?::jsonb)",
        rows);
  }

  /**
   * A change of a client and its entry, in one transaction.
   *
   * @return what {@code work} returned
   */
  public <T> T change(
      Connection connection, String action, String clientId, String detail, Sql.Work<T> work)
      throws SQLException {
    T changed =
        Sql.inTransaction(
            connection,
            () -> {
              String before = snapshot(connection, clientId);
              T result = work.run();
              write(connection, action, clientId, detail, before, snapshot(connection, clientId));
              return result;
            });
    CommandRun.current().changed();
    return changed;
  }

  /** The client and its keys as JSON now; null if there is none of this id. */
  public static @Nullable String snapshot(Connection connection, String clientId)
      throws SQLException {
    return Sql.first(connection, SNAPSHOT, row -> row.getString(1), clientId);
  }
}
