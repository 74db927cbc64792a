package io.penstock.provisioning.job;

import io.penstock.core.metadata.AuditLog;
import io.penstock.core.metadata.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * What every job works with; does not own it. Thread-safe.
 *
 * @param metadata PostgreSQL
 * @param jobs where it is noted how far each job is
 * @param audit where each change is written
 * @param effects told before each step
 */
public record JobTools(DataSource metadata, Jobs jobs, AuditLog audit, Effects effects) {
  /** A connection to PostgreSQL; the caller closes it. */
  public Connection connect() throws SQLException {
    return metadata.getConnection();
  }

  /** Tells of an effect, see {@link Effects#before}. */
  public void before(String effect) {
    effects.before(effect);
  }

  /** Works on a client with its lock held, see {@link ClientLock#whileHeld}. */
  public <T> T whileHeld(String clientId, ClientLock.Work<T> work) throws SQLException, StepFailed {
    return ClientLock.whileHeld(metadata, clientId, work);
  }

  /**
   * Takes up the client's open job of this kind; opens one if there is none.
   *
   * @param connection holds the client's lock
   * @param first the step at which a new job begins
   * @param anew whether one that is open goes back to that step
   */
  public JobRun takeUp(
      Connection connection, Job.Kind kind, String clientId, String first, boolean anew)
      throws SQLException {
    return new JobRun(connection, effects, jobs.takeUp(connection, kind, clientId, first, anew));
  }

  /** Writes to the audit log, in the caller's transaction if there is one. */
  public void note(Connection connection, String action, @Nullable String clientId, String detail)
      throws SQLException {
    audit.write(connection, action, clientId, detail);
  }

  /** Changes a client and writes to the audit log, see {@link AuditLog#change}. */
  public <T> T change(
      Connection connection, String action, String clientId, String detail, Sql.Work<T> work)
      throws SQLException {
    return audit.change(connection, action, clientId, detail, work);
  }
}
