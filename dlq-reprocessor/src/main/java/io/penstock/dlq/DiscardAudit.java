package io.penstock.dlq;

import com.zaxxer.hikari.HikariDataSource;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.client.PostgresConnections;
import io.penstock.core.config.PostgresConfig;
import io.penstock.core.deadletter.LetterFilter;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;

/**
 * Writes into PostgreSQL's audit log that letters were discarded: that it begins, before the first
 * tombstone, and how it ended, so that nothing goes without a trace.
 */
final class DiscardAudit implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);
  private static final int MAX_TEXT = 600;

  private final PostgresConfig config;
  private final HikariDataSource postgres;
  private final String actor;
  private final LetterFilter filter;
  private final String because;

  /** Connects when first used. */
  DiscardAudit(PostgresConfig config, String actor, LetterFilter filter, String because) {
    this.config = config;
    this.postgres =
        PostgresConnections.open(config, "penstock-dlq", CONNECT_TIMEOUT, ANSWER_TIMEOUT);
    this.actor = actor;
    this.filter = filter;
    this.because = because;
  }

  /**
   * Notes that so many letters are about to be discarded.
   *
   * @throws CommandFailure if it cannot be noted: then nothing may be discarded
   */
  void started(long letters) {
    try {
      write("dead-letters.discard-started", letters);
    } catch (SQLException e) {
      throw CommandFailure.failed("Nothing was discarded: " + why(e), e);
    }
  }

  /**
   * Notes that so many letters were discarded.
   *
   * @throws CommandFailure if it cannot be noted
   */
  void discarded(long letters) {
    try {
      write("dead-letters.discarded", letters);
    } catch (SQLException e) {
      throw CommandFailure.partly(
          "%,d dead letters were discarded, but the audit log has only that it began: %s"
              .formatted(letters, why(e)),
          e);
    }
  }

  private void write(String action, long letters) throws SQLException {
    String detail =
        "letters=%d filter=[%s] because=%s"
            .formatted(letters, cut(filter.toString()), cut(because));
    try (Connection connection = postgres.getConnection();
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO audit_log (actor, action, client_id, detail) VALUES (?, ?, ?, ?)")) {
      insert.setString(1, actor);
      insert.setString(2, action);
      insert.setString(3, filter.client());
      insert.setString(4, detail);
      insert.executeUpdate();
    }
  }

  /** PostgreSQL's texts hold no character 0. */
  private static String cut(String text) {
    String clean = text.replace("\0", "");
    return clean.length() <= MAX_TEXT ? clean : clean.substring(0, MAX_TEXT);
  }

  private String why(SQLException e) {
    return "the audit log in PostgreSQL at %s cannot be written: %s"
        .formatted(config.url(), e.getMessage());
  }

  @Override
  public void close() {
    postgres.close();
  }
}
