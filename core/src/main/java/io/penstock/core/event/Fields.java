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
    for (int field = 0; field < NAME_BYTES.length; field++) {
      byte[] name = NAME_BYTES[field];
      if (name.length == to - from
          && text[from] == name[0]
          && Arrays.equals(name, 0, name.length, text, from, to)) {
        return field;
      }
    }
    return -1;
  }

  /** As {@link #find} for a name written with escapes: it means the same. */
  int findEscaped(byte[] text, int from, int to) {
    byte[] plain = new byte[to - from];
    return find(plain, 0, JsonScanner.unescape(text, from, to, plain));
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
