package io.penstock.dlq.correction;

/** A correction does not fit the letter. No stack trace: there may be a million such letters. */
final class NotCorrectable extends Exception {
  private static final long serialVersionUID = 1L;

  private final String why;

  NotCorrectable(String why) {
    super(why, null, false, false);
    this.why = why;
  }

  String why() {
    return why;
  }
}
