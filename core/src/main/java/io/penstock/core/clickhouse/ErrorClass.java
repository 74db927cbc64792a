package io.penstock.core.clickhouse;

/** What an error of ClickHouse means for the rows that were being inserted. */
public enum ErrorClass {
  /** The server is full, overloaded, stopping, or takes nothing of our user: rows wait for it. */
  SERVER,
  /** Passes by itself, and may be the server's trouble as well as that of the one table. */
  PASSING,
  /** Passes by itself, and is as a rule the one table's. */
  TABLE,
  /** This client's database cannot take rows; others are not concerned. */
  CLIENT,
  /** Some of the rows are at fault; the rest can be stored. */
  ROWS,
  /** Nobody has said what it means: perhaps some of the rows, else taken for the client's. */
  UNKNOWN;

  /** Whether the same rows, sent again with the same token, may be stored. */
  public boolean isRetryable() {
    return switch (this) {
      case SERVER, PASSING, TABLE -> true;
      case CLIENT, ROWS, UNKNOWN -> false;
    };
  }
}
