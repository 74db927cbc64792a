package io.penstock.core.event;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The fields of the contract and where in one record's bytes their values stand. */
final class Fields {
  static final int CLIENT_ID = 0;
  static final int API_KEY_HASH = 1;
  static final int EVENT_NAME = 2;
  static final int EVENT_ID = 3;
  static final int EVENT_TIME = 4;
  static final int USER_ID = 5;
  static final int ANONYMOUS_ID = 6;
  static final int SESSION_ID = 7;
  static final int EVENT_PROPERTIES = 8;

  private static final String[] NAMES = {
    "client_id",
    "api_key_hash",
    "event_name",
    "event_id",
    "event_time",
    "user_id",
    "anonymous_id",
    "session_id",
    "event_properties"
  };
  private static final byte[][] NAME_BYTES = new byte[NAMES.length][];

  static {
    for (int i = 0; i < NAMES.length; i++) {
      NAME_BYTES[i] = NAMES[i].getBytes(StandardCharsets.US_ASCII);
    }
  }

  private final byte[] kinds = new byte[NAMES.length];
  private final int[] starts = new int[NAMES.length];
  private final int[] ends = new int[NAMES.length];

  /** A field that appeared twice, or -1. */
  int repeated = -1;

  static String name(int field) {
    return NAMES[field];
  }

  void reset() {
    Arrays.fill(kinds, JsonScanner.ABSENT);
    repeated = -1;
  }

  /** Which field has this name, or -1. */
  static int find(byte[] text, int from, int to) {
    int field = onlyCandidate(text, from, to - from);
    return field >= 0 && Arrays.equals(NAME_BYTES[field], 0, to - from, text, from, to)
        ? field
        : -1;
  }

  /** The one field that a name of this length and start can be, or -1. */
  private static int onlyCandidate(byte[] text, int from, int length) {
    return switch (length) {
      case 7 -> USER_ID;
      case 8 -> EVENT_ID;
      case 9 -> CLIENT_ID;
      case 10 -> text[from] == 's' ? SESSION_ID : text[from + 6] == 'n' ? EVENT_NAME : EVENT_TIME;
      case 12 -> text[from + 1] == 'p' ? API_KEY_HASH : ANONYMOUS_ID;
      case 16 -> EVENT_PROPERTIES;
      default -> -1;
    };
  }

  /** As {@link #find} for a name written with escapes: it means the same. */
  int findEscaped(byte[] text, int from, int to) {
    byte[] plain = new byte[to - from];
    return find(plain, 0, JsonEscapes.unescape(text, from, to, plain));
  }

  void put(int field, byte kind, int start, int end) {
    if (kinds[field] != JsonScanner.ABSENT) {
      repeated = field;
    }
    kinds[field] = kind;
    starts[field] = start;
    ends[field] = end;
  }

  boolean absent(int field) {
    return kinds[field] == JsonScanner.ABSENT || kinds[field] == JsonScanner.NULL;
  }

  byte kind(int field) {
    return kinds[field];
  }

  int start(int field) {
    return starts[field];
  }

  int end(int field) {
    return ends[field];
  }

  /** The value in words, without its content. */
  String shape(int field) {
    int length = ends[field] - starts[field];
    return switch (kinds[field]) {
      case JsonScanner.STRING, JsonScanner.ESCAPED_STRING ->
          "a string of " + (length - 2) + " bytes";
      case JsonScanner.NUMBER -> "a number of " + length + " characters";
      case JsonScanner.OBJECT -> "an object of " + length + " bytes";
      case JsonScanner.ARRAY -> "an array of " + length + " bytes";
      case JsonScanner.BOOLEAN -> "a boolean";
      default -> "nothing";
    };
  }
}
