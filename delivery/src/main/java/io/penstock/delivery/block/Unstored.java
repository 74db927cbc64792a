package io.penstock.delivery.block;

/** A row that its block does not store: its record becomes a dead letter. */
public sealed interface Unstored {
  /** The row's number within its table's rows. */
  int row();

  /** ClickHouse's error code; 0 if ClickHouse was not asked. */
  int code();

  /** For a person. */
  String detail();

  /**
   * The row itself is at fault.
   *
   * @param column that ClickHouse names; "" if it names none
   */
  record Rejected(int row, int code, String column, String detail) implements Unstored {}

  /** The client's database does not take rows, or too many of an insert's rows are at fault. */
  record Parked(int row, int code, String detail) implements Unstored {}
}
