package io.penstock.core.event;

/** Reads a UUID's text (RFC 9562, section 4: 8-4-4-4-12 hex digits, either case). */
final class EventIds {
  private static final int LENGTH = 36;

  /** The value of each hex digit; negative for every other byte. */
  private static final byte[] HEX = new byte[256];

  static {
    for (int c = 0; c < HEX.length; c++) {
      HEX[c] = (byte) Character.digit(c < 128 ? c : ' ', 16);
    }
  }

  private EventIds() {}

  /** Sets the event's id, or returns false if the text is no UUID. */
  static boolean parse(Slice text, Event into) {
    byte[] t = text.bytes();
    int from = text.from();
    if (text.length() != LENGTH
        || t[from + 8] != '-'
        || t[from + 13] != '-'
        || t[from + 18] != '-'
        || t[from + 23] != '-') {
      return false;
    }
    long a = hex(t, from, 8);
    long b = hex(t, from + 9, 4);
    long c = hex(t, from + 14, 4);
    long d = hex(t, from + 19, 4);
    long e = hex(t, from + 24, 12);
    if ((a | b | c | d | e) < 0) {
      return false;
    }
    into.eventIdHigh = a << 32 | b << 16 | c;
    into.eventIdLow = d << 48 | e;
    return true;
  }

  /** The digits' value, negative if one of them is none: there are at most 12. */
  private static long hex(byte[] t, int from, int count) {
    long value = 0;
    int invalid = 0;
    for (int i = from; i < from + count; i++) {
      int digit = HEX[t[i] & 0xff];
      invalid |= digit;
      value = value << 4 | (digit & 15);
    }
    return invalid < 0 ? -1 : value;
  }
}
