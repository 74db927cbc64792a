package io.penstock.dlq.forecast;

/** What a trial of rows has shown. */
sealed interface TrialResult {
  /** More of it, for a person; "" where there is nothing to say. */
  String detail();

  /** The client's table would take all of them. */
  record Taken() implements TrialResult {
    @Override
    public String detail() {
      return "";
    }
  }

  /** Some of the rows are bad. */
  record RowsRejected(String detail) implements TrialResult {}

  /** Refused by a code that does not tell whether rows or the client's table are at fault. */
  record Unclear(String detail) implements TrialResult {}

  /** The client's database cannot take rows. */
  record ClientTrouble(String detail) implements TrialResult {}

  /** The target cannot be asked now: routers would wait for it. */
  record Down(String detail) implements TrialResult {}

  /** The table is there, but nothing may be tried on its target. */
  record Untried(String detail) implements TrialResult {}
}
