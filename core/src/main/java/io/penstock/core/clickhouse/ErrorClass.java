package io.penstock.core.clickhouse;

/** What an error of ClickHouse means for the rows that were being inserted. */
public enum ErrorClass {
  /** The server is full, overloaded, stopping, or takes nothing of our user: rows wait for it. */
  SERVER,
  /** The error passes by itself; its cause may be the server or this table. */
  PASSING,
  /** The error passes by itself; its cause is as a rule this table. */
  TABLE,
  /** This client's database cannot take rows; others are not concerned. */
  CLIENT,
  /** Some of the rows are at fault; the rest can be stored. */
  ROWS,
  /**
   * The code is not in the catalogue: some of the rows may be bad; if none is found, the client's
   * database is taken for the cause.
   */
  UNKNOWN;

  /** Whether the same rows, sent again with the same token, may be stored. */
  public boolean isRetryable() {
    return switch (this) {
      case SERVER, PASSING, TABLE -> true;
      case CLIENT, ROWS, UNKNOWN -> false;
    };
  }
}
