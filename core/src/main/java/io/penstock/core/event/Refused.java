package io.penstock.core.event;

import io.penstock.core.refusal.Reason;
import io.penstock.core.refusal.Refusal;

/** A record is no event. Carries no stack trace: bad input is normal input. */
final class Refused extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient Refusal refusal;

  Refused(Reason reason, String field, String detail) {
    super(detail, null, false, false);
    this.refusal = new Refusal(reason, field, detail);
  }

  /** Bytes that are not one JSON value. */
  static Refused malformed(String what, int position) {
    return malformed(what + " at byte " + position);
  }

  static Refused malformed(String detail) {
    return new Refused(Reason.MALFORMED_JSON, "", detail);
  }

  Refusal refusal() {
    return refusal;
  }
}
