package io.penstock.provisioning.schema;

import io.penstock.provisioning.job.StepFailed;
import org.jspecify.annotations.Nullable;

/**
 * A client's database is not up to date, and why. The operator acts: mends the file or the database
 * and runs the job again.
 */
public final class MigrationFailed extends Exception {
  private static final long serialVersionUID = 1;

  private final String migration;
  private final int statement;

  /**
   * @param migration its label; empty if no single migration is the cause
   * @param statement counted from 1; 0: it came to none
   */
  MigrationFailed(String migration, int statement, String reason) {
    this(migration, statement, reason, null);
  }

  /**
   * @param cause what ClickHouse's driver threw
   */
  MigrationFailed(String migration, int statement, String reason, @Nullable Throwable cause) {
    super(reason, cause);
    this.migration = migration;
    this.statement = statement;
  }

  /** {@code migration 2}, {@code client migration 1}, or empty where it is no single one's. */
  public String migration() {
    return migration;
  }

  /** Which statement of the migration, counted from 1; 0: no statement was reached. */
  public int statement() {
    return statement;
  }

  /** For a person; begins with the migration. May have several lines. */
  public String reason() {
    return String.valueOf(getMessage());
  }

  StepFailed asStep() {
    return new StepFailed(reason(), getCause());
  }
}
