package io.penstock.provisioning.command;

import java.io.PrintWriter;

/** How many clients are in work at once. */
final class AtOnce {
  private AtOnce() {}

  /**
   * The number that was asked for, but at most the number of connections to PostgreSQL: each client
   * in work has one, and another would only wait and fail. Prints a line if it had to be lowered.
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
