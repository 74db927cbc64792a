package io.penstock.provisioning.job;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL advisory lock on one client, so that two operators' jobs on it don't meet. It
 * belongs to the connection: a job that is killed lets go of it.
 */
public final class ClientLock implements AutoCloseable {
  private static final String KEY = "hashtextextended('penstock:client:' || ?, 0)";

  /** Both halves of the 64-bit key, as {@code pg_locks} shows it. */
  private static final String HOLDER =
      """
      SELECT a.application_name, a.backend_start FROM pg_locks l JOIN pg_stat_activity a USING (pid),
        (SELECT %s AS id) k
      WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND l.classid = ((k.id >> 32) & 4294967295)::oid AND l.objid = (k.id & 4294967295)::oid\
      """
          .formatted(KEY);

  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final Duration RETRY = Duration.ofMillis(50);

  private final Connection connection;
  private final String clientId;

  private ClientLock(Connection connection, String clientId) {
    this.connection = connection;
    this.clientId = clientId;
  }

  /**
   * Takes the lock, or gives up after two seconds: PostgreSQL needs a moment to notice that a job
   * was killed.
   *
   * @return null if another job has it; {@link #holder} tells which
   */
  public static @Nullable ClientLock tryTake(Connection connection, String clientId)
      throws SQLException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!ask(connection, "SELECT pg_try_advisory_lock(" + KEY + ")", clientId)) {
      if (System.nanoTime() - deadline > 0) {
        return null;
      }
      LockSupport.parkNanos(RETRY.toNanos());
    }
    return new ClientLock(connection, clientId);
  }

  /** What is done while the lock is held. */
  public interface Work<T> {
    /**
     * @param connection the one that holds the lock
     */
    T run(Connection connection) throws SQLException, StepFailed;
  }

  /**
   * Works on a client with its lock held.
   *
   * @throws StepFailed if another job has the lock; the message names it
   */
  public static <T> T whileHeld(DataSource metadata, String clientId, Work<T> work)
      throws SQLException, StepFailed {
    try (Connection connection = metadata.getConnection();
        ClientLock lock = tryTake(connection, clientId)) {
      if (lock == null) {
        throw new StepFailed(
            "%s is in work by %s; run this again when that is done"
                .formatted(clientId, holder(connection, clientId)));
      }
      return work.run(connection);
    }
  }

  /** Who has the lock, for a person: the holder's {@code application_name}, and since when. */
  public static String holder(Connection connection, String clientId) throws SQLException {
    String holder =
        Sql.first(
            connection,
            HOLDER,
            row -> row.getString(1) + " (connected since " + Sql.time(row, "backend_start") + ")",
            clientId);
    return holder == null ? "another job" : holder;
  }

  @Override
  public void close() throws SQLException {
    if (!connection.isClosed()) {
      boolean released = ask(connection, "SELECT pg_advisory_unlock(" + KEY + ")", clientId);
      if (!released) {
        throw new SQLException("the lock on client " + clientId + " was lost while working on it");
      }
    }
  }

  private static boolean ask(Connection connection, String sql, String clientId)
      throws SQLException {
    return Boolean.TRUE.equals(Sql.first(connection, sql, row -> row.getBoolean(1), clientId));
  }
}
