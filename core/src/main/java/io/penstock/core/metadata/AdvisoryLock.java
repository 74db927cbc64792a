package io.penstock.core.metadata;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A lock in PostgreSQL on what two processes must not work on at once. It belongs to the
 * connection: a process that is killed lets go of it. Not thread-safe.
 */
public final class AdvisoryLock implements AutoCloseable {
  private static final Duration RETRY = Duration.ofMillis(50);

  private static final String HELD =
      """
      WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (l.classid::bigint, l.objid::bigint, l.objsubid) = (%s)\
      """;

  private final Connection connection;
  private final Key key;

  /**
   * What is locked.
   *
   * @param arguments of PostgreSQL's lock functions
   * @param halves a query for the key as {@code pg_locks} has it, with the same parameters
   */
  public record Key(String name, String arguments, String halves, List<Object> parameters) {
    /** A client, so that two operators' jobs on it don't meet. */
    public static Key ofClient(String clientId) {
      String id = "hashtextextended('penstock:client:' || ?, 0)";
      return new Key(
          "client " + clientId,
          id,
          "SELECT (id >> 32) & 4294967295, id & 4294967295, 1 FROM (SELECT %s AS id) k"
              .formatted(id),
          List.of(clientId));
    }

    /** A partition of the dead-letter topic, so that replays wait for each other. */
    public static Key ofPartition(String topic, int partition) {
      String id = "hashtext('penstock:dead-letters:' || ?)";
      return new Key(
          "partition " + topic + "-" + partition,
          id + ", ?",
          "SELECT %s::bigint & 4294967295, ?, 2".formatted(id),
          List.of(topic, partition));
    }
  }

  private AdvisoryLock(Connection connection, Key key) {
    this.connection = connection;
    this.key = key;
  }

  /**
   * Takes the lock, or gives up when {@code patience} is over.
   *
   * @param connection belongs to the lock from then on
   * @return null if another process has it; {@link #holder} tells which
   */
  public static @Nullable AdvisoryLock tryTake(Connection connection, Key key, Duration patience)
      throws SQLException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!ask(connection, "pg_try_advisory_lock", key)) {
      if (System.nanoTime() - deadline >= 0) {
        return null;
      }
      LockSupport.parkNanos(RETRY.toNanos());
    }
    return new AdvisoryLock(connection, key);
  }

  /** Whether a process has the lock. */
  public static boolean isHeld(Connection connection, Key key) throws SQLException {
    return Sql.first(
            connection,
            "SELECT 1 FROM pg_locks l " + HELD.formatted(key.halves),
            row -> row.getInt(1),
            key.parameters.toArray())
        != null;
  }

  /** Who has the lock, for a person: the holder's {@code application_name}, and since when. */
  public static String holder(Connection connection, Key key) throws SQLException {
    String sql =
        "SELECT a.application_name, a.backend_start FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
            + HELD.formatted(key.halves);
    String holder =
        Sql.first(
            connection,
            sql,
            row -> row.getString(1) + " (connected since " + Sql.time(row, "backend_start") + ")",
            key.parameters.toArray());
    return holder == null ? "another process" : holder;
  }

  /**
   * Lets go of it.
   *
   * @throws SQLException also if the lock was lost meanwhile
   */
  @Override
  public void close() throws SQLException {
    if (!connection.isClosed() && !ask(connection, "pg_advisory_unlock", key)) {
      throw new SQLException("the lock on " + key.name + " was lost while working on it");
    }
  }

  private static boolean ask(Connection connection, String function, Key key) throws SQLException {
    String sql = "SELECT %s(%s)".formatted(function, key.arguments);
    return Boolean.TRUE.equals(
        Sql.first(connection, sql, row -> row.getBoolean(1), key.parameters.toArray()));
  }
}
