package io.penstock.core.event;

import java.util.Arrays;

/**
 * Collects the members that the contract does not name into one JSON object, each copied verbatim.
 * Not thread-safe.
 */
final class ExtraFields {
  static final byte[] EMPTY_OBJECT = {'{', '}'};

  private byte[] object = new byte[256];
  private int length;

  void reset() {
    length = 0;
  }

  /** Adds the member that stands at {@code text[from, to)}: name, colon and value. */
  void add(byte[] text, int from, int to) {
    int member = to - from;
    if (length + member + 2 > object.length) {
      object = Arrays.copyOf(object, Math.max(length + member + 2, object.length * 2));
    }
    object[length] = (byte) (length == 0 ? '{' : ',');
    System.arraycopy(text, from, object, length + 1, member);
    length += member + 1;
  }

  /** Points {@code into} at the object; valid until the next {@link #reset}. */
  void writeTo(Slice into) {
    if (length == 0) {
      into.set(EMPTY_OBJECT, EMPTY_OBJECT.length);
    } else {
      object[length] = '}';
      into.set(object, length + 1);
    }
  }
}
