package io.penstock.core.event;

/** The bytes are not one JSON value. Carries no stack trace: bad input is normal input. */
final class MalformedJson extends Exception {
  private static final long serialVersionUID = 1L;

  private final String detail;

  MalformedJson(String what, int position) {
    super(what, null, false, false);
    this.detail = what + " at byte " + position;
  }

  String detail() {
    return detail;
  }
}
