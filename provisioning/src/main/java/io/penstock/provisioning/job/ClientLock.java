package io.penstock.provisioning.job;

import java.sql.Connection;
import java.sql.SQLException;
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

  private final Connection connection;
  private final String clientId;

  private ClientLock(Connection connection, String clientId) {
    this.connection = connection;
    this.clientId = clientId;
  }

  /**
   * Takes the lock at once or not at all.
   *
   * @return null if another job has it; {@link #holder} tells which
   */
  public static @Nullable ClientLock tryTake(Connection connection, String clientId)
      throws SQLException {
    return ask(connection, "SELECT pg_try_advisory_lock(" + KEY + ")", clientId)
        ? new ClientLock(connection, clientId)
        : null;
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
