package io.penstock.core.rows;

import io.penstock.core.clickhouse.ClickHouseErrors;
import io.penstock.core.clickhouse.ClickHouseFailure;

/** What became of one insert. */
public sealed interface InsertOutcome {
  /** The rows are stored, by this insert or by an earlier one with the same token. */
  record Written() implements InsertOutcome {}

  /** Undecided or refused for the moment: the same rows with the same token may go again. */
  record Retryable(int code, String detail) implements InsertOutcome {}

  /** The client's database, table or rights are at fault. */
  record ClientTrouble(int code, String detail) implements InsertOutcome {}

  /** Some of the rows are at fault. */
  record BadRows(int code, String column, String detail) implements InsertOutcome {}

  /** What a failure means for the rows. */
  static InsertOutcome of(ClickHouseFailure failure) {
    int code = failure.code();
    String detail = failure.detail();
    return switch (failure.errorClass()) {
      case SERVER, PASSING, TABLE -> new Retryable(code, detail);
      case CLIENT, UNKNOWN -> new ClientTrouble(code, detail);
      case ROWS -> new BadRows(code, ClickHouseErrors.column(detail), detail);
    };
  }
}
