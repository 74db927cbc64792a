package io.penstock.core.clickhouse;

/** What an error of ClickHouse means for the rows that were being inserted. */
public enum ErrorClass {
  /** Passes by itself: send the same rows with the same token again. */
  RETRYABLE,
  /** This client's database cannot take rows; others are not concerned. */
  CLIENT,
  /** Some of the rows are at fault; the rest can be stored. */
  ROWS
}
