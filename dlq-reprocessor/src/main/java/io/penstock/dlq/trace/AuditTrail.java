package io.penstock.dlq.trace;

import io.penstock.core.metadata.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What PostgreSQL's audit log has about an event. It names single letters only where they were
 * edited; of replays and discards it has the filter and the time, so an entry is one that may have
 * meant the letter.
 */
final class AuditTrail {
  /** The clocks of Kafka's brokers and of PostgreSQL agree to this. */
  private static final Duration CLOCKS = Duration.ofSeconds(5);

  private static final String SELECT = "SELECT at, actor, action, detail FROM audit_log ";

  /** In the text of a {@link io.penstock.core.deadletter.LetterFilter}. */
  private static final Pattern ORIGIN = Pattern.compile("[ \\[]origin=([^\\]]*)\\]");

  private static final String BECAUSE = " because=";

  private AuditTrail() {}

  /** An entry. */
  record Entry(Instant at, String actor, String action, String detail) {
    boolean isDiscard() {
      return action.equals("dead-letters.discard-started");
    }

    /** Why, as whoever did it has said. */
    String because() {
      int at = detail.indexOf(BECAUSE);
      return at < 0 ? detail : detail.substring(at + BECAUSE.length());
    }

    /** Whether its filter does not name another letter alone. */
    boolean mayMean(Set<String> keys) {
      Matcher origin = ORIGIN.matcher(detail);
      return !origin.find()
          || keys.stream()
              .anyMatch(
                  key -> key.equals(origin.group(1)) || shortName(key).equals(origin.group(1)))
          || origin.group(1).startsWith("@");
    }

    private static String shortName(String key) {
      return key.replaceFirst(":[\\w-]{22}-", "-");
    }
  }

  private static List<Entry> entries(
      Connection connection, String where, @Nullable Object... parameters) throws SQLException {
    return Sql.query(
        connection,
        SELECT + where + " ORDER BY audit_id DESC LIMIT 20",
        row ->
            new Entry(
                Sql.time(row, "at").truncatedTo(ChronoUnit.MILLIS),
                Objects.toString(row.getString("actor"), ""),
                Objects.toString(row.getString("action"), ""),
                Objects.toString(row.getString("detail"), "")),
        parameters);
  }

  /** The corrections of the letter of this origin, newest first. */
  static List<Entry> edits(Connection connection, List<String> names) throws SQLException {
    return entries(
        connection,
        "WHERE action = 'dead-letters.edit-letter' AND detail = ANY (?)",
        (Object) names.stream().map(name -> "origin=" + name).toArray(String[]::new));
  }

  /**
   * The replays, edits, discards and deprovisionings during which a letter was settled, newest
   * first: begun before, and not ended before.
   *
   * @param client whose letter it is; null: not known, so those of every client are meant
   */
  static List<Entry> during(Connection connection, @Nullable String client, Instant settled)
      throws SQLException {
    return entries(
        connection,
        """
        AS begun WHERE action IN ('dead-letters.discard-started', 'dead-letters.replay-started',
            'dead-letters.edit-started', 'client.drop-started')
          AND (client_id IS NULL OR ?::text IS NULL OR client_id = ?)
          AND at BETWEEN ?::timestamptz - interval '1 day' AND ?::timestamptz
          AND NOT EXISTS (SELECT 1 FROM audit_log ended WHERE ended.audit_id > begun.audit_id AND ended.actor = begun.actor
            AND ended.client_id IS NOT DISTINCT FROM begun.client_id AND ended.at < ?::timestamptz
            AND ended.action = CASE begun.action WHEN 'dead-letters.discard-started' THEN 'dead-letters.discarded'
              WHEN 'dead-letters.replay-started' THEN 'dead-letters.replayed'
              WHEN 'dead-letters.edit-started' THEN 'dead-letters.edited' ELSE 'client.deprovisioned' END)\
        """,
        client,
        client,
        settled,
        settled.plus(CLOCKS),
        settled.minus(CLOCKS));
  }

  /** Who dropped the client's data; null if nobody did. */
  static @Nullable Entry dropped(Connection connection, String client) throws SQLException {
    List<Entry> found =
        entries(connection, "WHERE client_id = ? AND action = 'client.drop-started'", client);
    return found.isEmpty() ? null : found.getFirst();
  }
}
