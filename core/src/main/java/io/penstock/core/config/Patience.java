package io.penstock.core.config;

import java.time.Duration;

/**
 * How long a command waits for a server.
 *
 * @param answer until a server that says nothing counts as silent
 * @param statement for one statement of a ClickHouse server, or one file of {@code postgres/sql},
 *     while that server answers others
 */
public record Patience(Duration answer, Duration statement) {
  /** The patience if nothing is configured. */
  public static final Patience DEFAULT = new Patience(Duration.ofSeconds(30), Duration.ofHours(1));

  private static final Duration CONNECT = Duration.ofSeconds(10);

  /** Reads the keys. */
  public static Patience from(ConfigReader reader) {
    return new Patience(
        reader.get(ConfigKeys.COMMAND_TIMEOUT), reader.get(ConfigKeys.COMMAND_STATEMENT_TIMEOUT));
  }

  /** How long to wait for a connection: no longer than for an answer, and 10 s at most. */
  public Duration connect() {
    return answer.compareTo(CONNECT) < 0 ? answer : CONNECT;
  }

  /** The same for a server that is given no more than {@code most} to answer. */
  public Patience atMost(Duration most) {
    return answer.compareTo(most) <= 0 ? this : new Patience(most, statement);
  }
}
