package io.penstock.provisioning.command;

import java.io.PrintWriter;

/** How many clients are in work at once. */
final class AtOnce {
  private AtOnce() {}

  /**
   * As many as asked for, but no more than there are connections to PostgreSQL: a client in work
   * has one, and another would only wait and fail. Says so where it matters.
   */
  static int bounded(int asked, int connections, PrintWriter err) {
    if (asked > connections) {
      err.println(
          connections
              + " clients at once, since penstock.postgres.pool.size allows no more connections.");
    }
    return Math.min(asked, connections);
  }
}
