package io.penstock.core.event;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Checks client ids and turns their bytes into Strings, mostly without allocating: ids repeat, so a
 * small direct-mapped table remembers the latest String of each slot. Not thread-safe.
 */
final class ClientIds {
  private static final int SLOTS = 1024;
  private static final int MAX_LENGTH = 64;
  private static final boolean[] ALLOWED = new boolean[256];

  static {
    for (int c = 0; c < 128; c++) {
      ALLOWED[c] = Character.isLetterOrDigit(c) || c == '_' || c == '-';
    }
  }

  private final @Nullable String[] slots = new @Nullable String[SLOTS];

  /** The id as a String, or null if it is not 1-64 of {@code [A-Za-z0-9_-]}. */
  @Nullable String intern(Slice text) {
    byte[] bytes = text.bytes();
    int from = text.from();
    int length = text.length();
    if (length == 0 || length > MAX_LENGTH) {
      return null;
    }
    int hash = 0;
    for (int i = from; i < from + length; i++) {
      int c = bytes[i] & 0xff;
      if (!ALLOWED[c]) {
        return null;
      }
      hash = 31 * hash + c;
    }
    int slot = (hash ^ hash >>> 16) & (SLOTS - 1);
    String known = slots[slot];
    if (known != null && matches(known, bytes, from, length)) {
      return known;
    }
    String id = new String(bytes, from, length, StandardCharsets.US_ASCII);
    slots[slot] = id;
    return id;
  }

  private static boolean matches(String known, byte[] bytes, int from, int length) {
    if (known.length() != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (known.charAt(i) != bytes[from + i]) {
        return false;
      }
    }
    return true;
  }
}
