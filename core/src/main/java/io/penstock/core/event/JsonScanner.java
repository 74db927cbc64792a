package io.penstock.core.event;

/**
 * Walks over one JSON text (RFC 8259, UTF-8) without building anything: it checks the grammar and
 * tells where values start and end, so that they can be copied verbatim. It accepts exactly what
 * the RFC's grammar accepts, up to {@link #MAX_DEPTH} nested containers, and refuses invalid UTF-8.
 * Why it is our own and not a library's is told in docs/adr/0002-own-json-scanner.md.
 *
 * <p>Reusable, not thread-safe.
 */
final class JsonScanner {
  /** Deeper documents are refused: no analytics event needs it and readers downstream choke. */
  static final int MAX_DEPTH = 256;

  /** What {@link #skipValue} found. The order is relied upon nowhere. */
  static final byte ABSENT = 0;

  static final byte STRING = 1;
  static final byte ESCAPED_STRING = 2;
  static final byte NUMBER = 3;
  static final byte OBJECT = 4;
  static final byte ARRAY = 5;
  static final byte BOOLEAN = 6;
  static final byte NULL = 7;

  /**
   * 0: an ordinary ASCII character within a string. 1: quote. 2: backslash. 3: control. 4: not
   * ASCII.
   */
  private static final byte[] IN_STRING = new byte[256];

  static {
    for (int c = 0; c < 256; c++) {
      IN_STRING[c] = (byte) (c == '"' ? 1 : c == '\\' ? 2 : c < 0x20 ? 3 : c >= 0x80 ? 4 : 0);
    }
  }

  private final boolean[] inObject = new boolean[MAX_DEPTH];
  private byte[] text = new byte[0];
  private int end;
  private int at;

  /** Starts over on {@code text[0, length)}; the array is read, never kept past the next call. */
  void reset(byte[] newText, int length) {
    text = newText;
    end = length;
    at = 0;
  }

  /** The index of the next byte to be read. */
  int position() {
    return at;
  }

  /** Skips white space and returns the next byte without consuming it, or -1 at the end. */
  int peek() {
    while (at < end) {
      byte c = text[at];
      if (c != ' ' && c != '\n' && c != '\t' && c != '\r') {
        return c & 0xff;
      }
      at++;
    }
    return -1;
  }

  /** Skips white space and consumes {@code expected}. */
  void expect(char expected) throws MalformedJson {
    if (peek() != expected) {
      throw unexpected("'" + expected + "'");
    }
    at++;
  }

  /** Consumes {@code wanted} if it comes next after white space. */
  boolean accept(char wanted) {
    if (peek() == wanted) {
      at++;
      return true;
    }
    return false;
  }

  /** What is wrong here, in words: what was wanted and what stands there. */
  MalformedJson unexpected(String wanted) {
    int c = peek();
    String found =
        c < 0
            ? "the end"
            : c > 0x20 && c < 0x7f ? "'" + (char) c + "'" : String.format("byte 0x%02x", c);
    return new MalformedJson("expected " + wanted + ", found " + found, at);
  }

  /**
   * Consumes a string, quotes included; its content is {@code text[start + 1, position - 1)} where
   * start is the position of the opening quote.
   *
   * @return {@link #STRING}, or {@link #ESCAPED_STRING} if the content has to be unescaped
   */
  byte skipString() throws MalformedJson {
    if (peek() != '"') {
      throw unexpected("a string");
    }
    final byte[] t = text;
    final int limit = end;
    byte kind = STRING;
    int i = at + 1;
    while (true) {
      while (i < limit && IN_STRING[t[i] & 0xff] == 0) {
        i++;
      }
      if (i >= limit) {
        throw new MalformedJson("a string is not closed", at);
      }
      switch (IN_STRING[t[i] & 0xff]) {
        case 1 -> {
          at = i + 1;
          return kind;
        }
        case 2 -> {
          kind = ESCAPED_STRING;
          i = skipEscape(i);
        }
        case 3 -> throw new MalformedJson("a control character in a string is not escaped", i);
        default -> i = skipUtf8(i);
      }
    }
  }

  private int skipEscape(int backslash) throws MalformedJson {
    int i = backslash + 1;
    if (i < end) {
      switch (text[i]) {
        case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> {
          return i + 1;
        }
        case 'u' -> {
          if (i + 4 < end
              && isHex(text[i + 1])
              && isHex(text[i + 2])
              && isHex(text[i + 3])
              && isHex(text[i + 4])) {
            return i + 5;
          }
        }
        default -> {}
      }
    }
    throw new MalformedJson("an escape sequence in a string is not valid", backslash);
  }

  private static boolean isHex(byte c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  }

  /** Well-formed UTF-8 as of Unicode's table 3-7: no overlong forms, no surrogates. */
  private int skipUtf8(int i) throws MalformedJson {
    int lead = text[i] & 0xff;
    int second = i + 1 < end ? text[i + 1] & 0xff : 0;
    int length;
    boolean ok;
    if (lead >= 0xc2 && lead <= 0xdf) {
      length = 2;
      ok = isTail(second);
    } else if (lead >= 0xe0 && lead <= 0xef) {
      length = 3;
      ok =
          isTail(second)
              && (lead != 0xe0 || second >= 0xa0)
              && (lead != 0xed || second <= 0x9f)
              && isTailAt(i + 2);
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      length = 4;
      ok =
          isTail(second)
              && (lead != 0xf0 || second >= 0x90)
              && (lead != 0xf4 || second <= 0x8f)
              && isTailAt(i + 2)
              && isTailAt(i + 3);
    } else {
      length = 1;
      ok = false;
    }
    if (!ok) {
      throw new MalformedJson("a string is not valid UTF-8", i);
    }
    return i + length;
  }

  private boolean isTailAt(int i) {
    return i < end && isTail(text[i] & 0xff);
  }

  private static boolean isTail(int b) {
    return b >= 0x80 && b <= 0xbf;
  }

  /**
   * Consumes one value of any kind.
   *
   * @return its kind
   */
  byte skipValue() throws MalformedJson {
    int c = peek();
    return switch (c) {
      case '{' -> {
        skipContainer();
        yield OBJECT;
      }
      case '[' -> {
        skipContainer();
        yield ARRAY;
      }
      default -> skipScalar(c);
    };
  }

  private byte skipScalar(int c) throws MalformedJson {
    return switch (c) {
      case '"' -> skipString();
      case 't' -> skipWord("true", BOOLEAN);
      case 'f' -> skipWord("false", BOOLEAN);
      case 'n' -> skipWord("null", NULL);
      case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> skipNumber();
      default -> throw unexpected("a value");
    };
  }

  private byte skipWord(String word, byte kind) throws MalformedJson {
    for (int i = 0; i < word.length(); i++) {
      if (at + i >= end || text[at + i] != word.charAt(i)) {
        throw unexpected("a value");
      }
    }
    at += word.length();
    return kind;
  }

  private byte skipNumber() throws MalformedJson {
    final int start = at;
    int i = at;
    if (text[i] == '-') {
      i++;
    }
    int integer = i;
    i = skipDigits(i);
    boolean ok = i > integer && (text[integer] != '0' || i == integer + 1);
    if (ok && i < end && text[i] == '.') {
      int fraction = i + 1;
      i = skipDigits(fraction);
      ok = i > fraction;
    }
    if (ok && i < end && (text[i] | 0x20) == 'e') {
      i++;
      if (i < end && (text[i] == '+' || text[i] == '-')) {
        i++;
      }
      int exponent = i;
      i = skipDigits(exponent);
      ok = i > exponent;
    }
    if (!ok) {
      throw new MalformedJson("a number is not valid", start);
    }
    at = i;
    return NUMBER;
  }

  private int skipDigits(int from) {
    int i = from;
    while (i < end && text[i] >= '0' && text[i] <= '9') {
      i++;
    }
    return i;
  }

  /** Iterative, so that hostile nesting meets {@link #MAX_DEPTH} and not the end of the stack. */
  private void skipContainer() throws MalformedJson {
    int depth = 0;
    boolean valueWanted = true;
    while (true) {
      if (valueWanted) {
        int c = peek();
        if (c == '{' || c == '[') {
          if (depth == MAX_DEPTH) {
            throw new MalformedJson("nested more than " + MAX_DEPTH + " deep", at);
          }
          at++;
          boolean object = c == '{';
          inObject[depth++] = object;
          if (accept(object ? '}' : ']')) {
            depth--;
            valueWanted = false;
          } else if (object) {
            skipName();
          }
        } else {
          skipScalar(c);
          valueWanted = false;
        }
      }
      if (!valueWanted) {
        if (depth == 0) {
          return;
        }
        boolean object = inObject[depth - 1];
        if (accept(',')) {
          if (object) {
            skipName();
          }
          valueWanted = true;
        } else if (accept(object ? '}' : ']')) {
          depth--;
        } else {
          throw unexpected(object ? "',' or '}'" : "',' or ']'");
        }
      }
    }
  }

  private void skipName() throws MalformedJson {
    skipString();
    expect(':');
  }

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
