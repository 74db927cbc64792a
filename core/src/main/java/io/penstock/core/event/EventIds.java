package io.penstock.core.event;

/** Reads a UUID's text (RFC 9562, section 4: 8-4-4-4-12 hex digits, either case). */
final class EventIds {
  private static final int LENGTH = 36;
  private static final byte[] HEX = new byte[128];

  static {
    java.util.Arrays.fill(HEX, (byte) -1);
    for (int i = 0; i < 10; i++) {
      HEX['0' + i] = (byte) i;
    }
    for (int i = 0; i < 6; i++) {
      HEX['a' + i] = (byte) (10 + i);
      HEX['A' + i] = (byte) (10 + i);
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

  private static long hex(byte[] t, int from, int count) {
    long value = 0;
    for (int i = from; i < from + count; i++) {
      int digit = t[i] < 0 ? -1 : HEX[t[i]];
      if (digit < 0) {
        return -1;
      }
      value = value << 4 | digit;
    }
    return value;
  }
}
