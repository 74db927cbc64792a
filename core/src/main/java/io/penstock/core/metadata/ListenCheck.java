package io.penstock.core.metadata;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Asks PostgreSQL now and then whether it is there, over a connection that only listens: such a
 * connection hears nothing from a server that is frozen or cut off, as from one that has nothing to
 * say. For one thread.
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
   * Asks, if it is time.
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
