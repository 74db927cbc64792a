package io.penstock.core.event;

/** What a JSON string's escape sequences (RFC 8259, section 7) stand for. */
final class JsonEscapes {
  private JsonEscapes() {}

  /**
   * Unescapes a string's content into {@code out} as UTF-8. A lone surrogate, which the grammar
   * allows but UTF-8 cannot carry, becomes U+FFFD.
   *
   * @param out at least as long as the content, which never grows by unescaping
   * @return how many bytes were written
   */
  static int unescape(byte[] text, int from, int to, byte[] out) {
    int n = 0;
    int i = from;
    while (i < to) {
      byte c = text[i++];
      if (c != '\\') {
        n = put(out, n, c);
        continue;
      }
      byte escape = text[i++];
      if (escape != 'u') {
        n = put(out, n, simpleEscape(escape));
        continue;
      }
      int codePoint = hex4(text, i);
      i += 4;
      if (Character.isSurrogate((char) codePoint)) {
        int low = i + 5 < to && text[i] == '\\' && text[i + 1] == 'u' ? hex4(text, i + 2) : 0;
        if (Character.isHighSurrogate((char) codePoint) && Character.isLowSurrogate((char) low)) {
          codePoint = Character.toCodePoint((char) codePoint, (char) low);
          i += 6;
        } else {
          codePoint = 0xfffd;
        }
      }
      n = putCodePoint(out, n, codePoint);
    }
    return n;
  }

  private static byte simpleEscape(byte escape) {
    return switch (escape) {
      case 'b' -> (byte) '\b';
      case 'f' -> (byte) '\f';
      case 'n' -> (byte) '\n';
      case 'r' -> (byte) '\r';
      case 't' -> (byte) '\t';
      default -> escape;
    };
  }

  private static int hex4(byte[] text, int at) {
    int value = 0;
    for (int i = at; i < at + 4; i++) {
      value = value << 4 | Character.digit(text[i], 16);
    }
    return value;
  }

  private static int putCodePoint(byte[] out, int at, int codePoint) {
    int n = at;
    if (codePoint < 0x80) {
      return put(out, n, (byte) codePoint);
    }
    if (codePoint < 0x800) {
      n = put(out, n, (byte) (0xc0 | codePoint >> 6));
    } else if (codePoint < 0x10000) {
      n = put(out, n, (byte) (0xe0 | codePoint >> 12));
      n = put(out, n, (byte) (0x80 | (codePoint >> 6 & 0x3f)));
    } else {
      n = put(out, n, (byte) (0xf0 | codePoint >> 18));
      n = put(out, n, (byte) (0x80 | (codePoint >> 12 & 0x3f)));
      n = put(out, n, (byte) (0x80 | (codePoint >> 6 & 0x3f)));
    }
    return put(out, n, (byte) (0x80 | (codePoint & 0x3f)));
  }

  private static int put(byte[] out, int at, byte b) {
    out[at] = b;
    return at + 1;
  }
}
