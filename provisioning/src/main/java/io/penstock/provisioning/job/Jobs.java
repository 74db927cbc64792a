package io.penstock.provisioning.job;

import io.penstock.core.metadata.AdvisoryLock;
import io.penstock.core.metadata.Sql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes PostgreSQL's table {@code jobs}. Jobs are ended by the table's own triggers, in
 * the transaction that gives their client its next status.
 *
 * @param actor who runs the jobs
 */
public record Jobs(String actor) {
  private static final String COLUMNS =
      """
      job_id, kind, client_id, actor, step, files, outcome, error, started_at, updated_at, ended_at,
      ARRAY(SELECT key FROM jsonb_each(progress) ORDER BY key) AS names,
      ARRAY(SELECT value::bigint FROM jsonb_each_text(progress) ORDER BY key) AS counts\
      """;

  /**
   * Jobs, newest first.
   *
   * @param clientId null: of all clients
   * @param ended whether also those that have ended
   * @param limit the newest so many
   */
  public static List<Job.Seen> list(
      Connection connection, @Nullable String clientId, boolean ended, int limit)
      throws SQLException {
    List<Job.Seen> seen = new ArrayList<>();
    for (Job job :
        Sql.query(
            connection,
            "SELECT "
                + COLUMNS
                + " FROM jobs WHERE (?::text IS NULL OR client_id = ?) AND (? OR ended_at IS NULL) ORDER BY job_id DESC LIMIT ?",
            Jobs::job,
            clientId,
            clientId,
            ended,
            limit)) {
      boolean inWork =
          job.outcome() == null
              && AdvisoryLock.isHeld(connection, AdvisoryLock.Key.ofClient(job.clientId()));
      seen.add(new Job.Seen(job, inWork));
    }
    return seen;
  }

  /**
   * The client's open job of this kind, now this actor's; a new one if there is none.
   *
   * @param first the step of a new one
   * @param anew whether an open one goes back to it
   */
  Job takeUp(Connection connection, Job.Kind kind, String clientId, String first, boolean anew)
      throws SQLException {
    return Objects.requireNonNull(
        Sql.first(
            connection,
            """
            INSERT INTO jobs (kind, client_id, actor, step) VALUES (?, ?, ?, ?)
            ON CONFLICT (client_id, kind) WHERE ended_at IS NULL
            DO UPDATE SET actor = excluded.actor, step = CASE WHEN ? THEN excluded.step ELSE jobs.step END
            RETURNING
            """
                + COLUMNS,
            Jobs::job,
            kind.text(),
            clientId,
            actor,
            first,
            anew));
  }

  /**
   * Notes how far an open job is.
   *
   * @return false: it has ended meanwhile
   */
  static boolean note(
      Connection connection,
      long id,
      String step,
      Map<String, Long> progress,
      List<String> files,
      @Nullable String error)
      throws SQLException {
    return Sql.update(
            connection,
            """
            UPDATE jobs SET step = ?, files = ?::text[], error = ?, updated_at = now(),
              progress = (SELECT coalesce(jsonb_object_agg(name, count), '{}') FROM unnest(?::text[], ?::bigint[]) AS p(name, count))
            WHERE job_id = ? AND ended_at IS NULL\
            """,
            step,
            files.toArray(String[]::new),
            error,
            progress.keySet().toArray(String[]::new),
            progress.values().toArray(Long[]::new),
            id)
        == 1;
  }

  private static Job job(ResultSet row) throws SQLException {
    String[] names = (String[]) row.getArray("names").getArray();
    Long[] counts = (Long[]) row.getArray("counts").getArray();
    Map<String, Long> progress = new TreeMap<>();
    for (int i = 0; i < names.length; i++) {
      progress.put(names[i], counts[i]);
    }
    String outcome = row.getString("outcome");
    return new Job(
        row.getLong("job_id"),
        Job.Kind.valueOf(row.getString("kind").toUpperCase(Locale.ROOT)),
        row.getString("client_id"),
        row.getString("actor"),
        row.getString("step"),
        progress,
        List.of((String[]) row.getArray("files").getArray()),
        outcome == null ? null : Job.Outcome.valueOf(outcome.toUpperCase(Locale.ROOT)),
        row.getString("error"),
        Sql.time(row, "started_at"),
        Sql.time(row, "updated_at"),
        Sql.maybeTime(row, "ended_at"));
  }
}
