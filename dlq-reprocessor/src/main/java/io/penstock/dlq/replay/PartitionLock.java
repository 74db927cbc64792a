package io.penstock.dlq.replay;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is to work on a partition of the dead-letter topic: a PostgreSQL advisory lock, so
 * that replays wait for each other instead of ending each other. It keeps the peace only; that no
 * letter is moved twice is {@link LetterMover}'s part, also where a connection and its lock are
 * lost. Not thread-safe.
 */
final class PartitionLock implements AutoCloseable {
  private static final String NAME = "hashtext('penstock:dead-letters:' || ?)";

  private static final String HOLDER =
      """
      SELECT a.application_name, a.client_addr FROM pg_locks l JOIN pg_stat_activity a USING (pid)
      WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND l.classid = (%s::bigint & 4294967295)::oid AND l.objid = ?::oid\
      """
          .formatted(NAME);

  private final Connection connection;
  private final TopicPartition partition;

  private PartitionLock(Connection connection, TopicPartition partition) {
    this.connection = connection;
    this.partition = partition;
  }

  /**
   * Takes the lock if it is free.
   *
   * @param connection belongs to the lock from then on
   * @return null if another one has it
   */
  static @Nullable PartitionLock tryTake(Connection connection, TopicPartition partition)
      throws SQLException {
    return ask(connection, "SELECT pg_try_advisory_lock(" + NAME + ", ?)", partition)
        ? new PartitionLock(connection, partition)
        : null;
  }

  /** Who has it, for a person. */
  static String holder(Connection connection, TopicPartition partition) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(HOLDER)) {
      select.setString(1, partition.topic());
      select.setInt(2, partition.partition());
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? row.getString(1) + " at " + row.getString(2) : "another replay";
      }
    }
  }

  @Override
  public void close() throws SQLException {
    if (!connection.isClosed()) {
      boolean _ = ask(connection, "SELECT pg_advisory_unlock(" + NAME + ", ?)", partition);
    }
  }

  private static boolean ask(Connection connection, String sql, TopicPartition partition)
      throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, partition.topic());
      select.setInt(2, partition.partition());
      try (ResultSet row = select.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }
}
