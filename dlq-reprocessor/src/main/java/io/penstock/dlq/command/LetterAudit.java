package io.penstock.dlq.command;

import com.zaxxer.hikari.HikariDataSource;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.Json;
import io.penstock.core.client.KeyMask;
import io.penstock.core.metadata.AuditLog;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes into PostgreSQL's audit log what an operator does to dead letters: the beginning, before
 * anything is changed, and the end, so that no change goes without a trace.
 */
final class LetterAudit {
  private static final int MAX_TEXT = 600;

  private static final String PREFIX = "dead-letters.";

  /** What is done; the audit log's actions are named after it. */
  enum Work {
    DISCARD("discard", "discarded"),
    IMPORT("import", "imported"),
    REPLAY("replay", "replayed"),
    EDIT("edit", "edited");

    private final String verb;
    private final String past;

    Work(String verb, String past) {
      this.verb = verb;
      this.past = past;
    }
  }

  private final HikariDataSource postgres;
  private final Work work;
  private final AuditLog log;
  private final @Nullable String client;
  private final String about;

  /**
   * @param client whose letters they are; null: not of one client alone
   * @param about which letters, and why, of {@link #bounded} texts
   */
  LetterAudit(
      HikariDataSource postgres, Work work, String actor, @Nullable String client, String about) {
    this.postgres = postgres;
    this.work = work;
    this.log = new AuditLog(actor);
    this.client = client;
    this.about = about;
  }

  /**
   * Notes that so many letters are about to be changed.
   *
   * @throws CommandFailure if it cannot be noted: then nothing may be changed
   */
  void started(long letters) {
    try {
      write(PREFIX + work.verb + "-started", letters);
    } catch (SQLException e) {
      throw CommandFailure.failed("Nothing was %s: %s".formatted(work.past, why(e)), e);
    }
  }

  /**
   * Notes that so many letters were changed.
   *
   * @throws CommandFailure if it cannot be noted
   */
  void ended(long letters) {
    try {
      write(PREFIX + work.past, letters);
    } catch (SQLException e) {
      throw CommandFailure.partly(
          "%,d dead letters were %s, but the audit log has only that it began: %s"
              .formatted(letters, work.past, why(e)),
          e);
    }
  }

  /**
   * One letter that is corrected.
   *
   * @param original as far as it may be shown
   * @param corrected the same of what it becomes
   */
  record Edited(String origin, @Nullable String client, String original, String corrected) {}

  /** Notes letters with their originals, before they are changed. */
  void originals(List<Edited> letters) throws SQLException {
    List<AuditLog.Entry> entries =
        letters.stream()
            .map(letter ->
                new AuditLog.Entry(
                    PREFIX + work.verb + "-letter",
                    letter.client == null ? null : bounded(letter.client),
                    "origin=" + bounded(letter.origin),
                    payload(letter.original),
                    payload(letter.corrected)))
            .toList();
    try (Connection connection = postgres.getConnection()) {
      log.write(connection, entries);
    }
  }

  private record Payload(String payload) {}

  /** PostgreSQL's texts hold no character 0. */
  private static String payload(String text) {
    return Json.of(new Payload(text.replace("\0", "")));
  }

  private void write(String action, long letters) throws SQLException {
    try (Connection connection = postgres.getConnection()) {
      log.write(connection, action, client, "letters=%d %s".formatted(letters, about));
    }
  }

  /** A text for the audit log, masked, and cut so that an entry has room for several. */
  static String bounded(Object any) {
    String clean = KeyMask.mask(any.toString());
    return clean.length() <= MAX_TEXT ? clean : clean.substring(0, MAX_TEXT);
  }

  private String why(SQLException e) {
    return "the audit log in PostgreSQL at %s cannot be written: %s"
        .formatted(postgres.getJdbcUrl(), e.getMessage());
  }
}
