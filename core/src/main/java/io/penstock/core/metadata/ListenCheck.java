package io.penstock.core.metadata;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Asks PostgreSQL now and then for a sign of life, over a connection that only listens. Without
 * that, a server that is frozen or cut off would look like one that has nothing to say. For one
 * thread.
 */
public final class ListenCheck {
  private static final Duration EVERY = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final LongSupplier nanoTime;
  private long askedNanos;

  /** The first check is due after a while. */
  public ListenCheck(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.askedNanos = nanoTime.getAsLong();
  }

  /**
   * Asks for a sign of life, if one is due.
   *
   * @throws SQLException if there is no answer
   */
  public void requireAnswer(Connection connection) throws SQLException {
    if (nanoTime.getAsLong() - askedNanos < EVERY.toNanos()) {
      return;
    }
    if (!connection.isValid(Math.toIntExact(PATIENCE.toSeconds()))) {
      // 08: its pool does not use the connection again.
      throw new SQLException("no answer for %d s".formatted(PATIENCE.toSeconds()), "08006");
    }
    askedNanos = nanoTime.getAsLong();
  }
}
