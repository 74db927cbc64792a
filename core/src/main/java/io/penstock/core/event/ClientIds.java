package io.penstock.core.event;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Checks client ids and turns their bytes into Strings, mostly without allocating: ids repeat, so a
 * small direct-mapped table remembers the latest String of each slot. Not thread-safe.
 */
final class ClientIds {
  private static final int SLOTS = 8192;
  private static final int MAX_LENGTH = 64;
  private static final boolean[] ALLOWED = new boolean[256];

  static {
    for (int c = 0; c < 128; c++) {
      ALLOWED[c] = Character.isLetterOrDigit(c) || c == '_' || c == '-';
    }
  }

  private final @Nullable String[] slots = new @Nullable String[SLOTS];

  /** The text of each slot, compared without decoding. */
  private final byte[][] texts = new byte[SLOTS][0];

  /** The id as a String, or null if it is not 1-64 of {@code [A-Za-z0-9_-]}. */
  @Nullable String intern(Slice text) {
    byte[] bytes = text.bytes();
    int from = text.from();
    int to = from + text.length();
    if (from == to || to - from > MAX_LENGTH) {
      return null;
    }
    int hash = 0;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + bytes[i];
    }
    int slot = (hash ^ hash >>> 16) & (SLOTS - 1);
    String known = slots[slot];
    if (known != null && Arrays.equals(texts[slot], 0, known.length(), bytes, from, to)) {
      return known;
    }
    for (int i = from; i < to; i++) {
      if (!ALLOWED[bytes[i] & 0xff]) {
        return null;
      }
    }
    String id = new String(bytes, from, to - from, StandardCharsets.US_ASCII);
    slots[slot] = id;
    texts[slot] = Arrays.copyOfRange(bytes, from, to);
    return id;
  }
}
