package io.penstock.core.event;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Walks over one JSON text (RFC 8259, UTF-8) without building anything: it checks the grammar and
 * tells where values start and end, so that they can be copied verbatim. It accepts exactly what
 * the RFC's grammar accepts, up to {@link #MAX_DEPTH} nested containers, and refuses invalid UTF-8.
 * ADR 0002 says why it is not a library's.
 *
 * <p>Within, the position travels as a local variable from method to method: that is what makes it
 * fast. Reusable, not thread-safe.
 */
final class JsonScanner {
  /** Deeper documents are refused: no analytics event needs it and readers downstream choke. */
  static final int MAX_DEPTH = 256;

  /** The kinds of values that {@link #skipValue} finds; their order means nothing. */
  static final byte ABSENT = 0;

  static final byte STRING = 1;
  static final byte ESCAPED_STRING = 2;
  static final byte NUMBER = 3;
  static final byte OBJECT = 4;
  static final byte ARRAY = 5;
  static final byte BOOLEAN = 6;
  static final byte NULL = 7;

  /** Reads eight bytes of the text at once, the first in the lowest place. */
  private static final VarHandle EIGHT_BYTES =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long EACH_BYTE = 0x0101010101010101L;
  private static final long EACH_HIGH_BIT = EACH_BYTE << 7;

  private static final int END = -1;

  private final boolean[] inObject = new boolean[MAX_DEPTH];
  private byte[] text = new byte[0];
  private int end;
  private int start;
  private int position;
  private byte kind;

  /** Starts over; the array is read, never changed. */
  void reset(byte[] newText) {
    text = newText;
    end = newText.length;
    start = 0;
    position = 0;
  }

  /** Where the string or value that was consumed last starts. */
  int start() {
    return start;
  }

  /** The index of the next byte to be read: where what was consumed last ends. */
  int position() {
    return position;
  }

  /** Consumes {@code wanted} if it comes next after white space. */
  boolean accept(char wanted) {
    int i = skipSpace(position);
    boolean found = byteAt(i) == wanted;
    position = found ? i + 1 : i;
    return found;
  }

  /** Whether nothing but white space is left. */
  boolean atEnd() {
    position = skipSpace(position);
    return position == end;
  }

  /** What is wrong here, in words: what was wanted and what stands there. */
  Refused unexpected(String wanted) {
    return unexpected(wanted, skipSpace(position));
  }

  /**
   * Consumes a string, quotes included; its content is {@code text[start + 1, position - 1)}.
   *
   * @return {@link #STRING}, or {@link #ESCAPED_STRING} if the content has to be unescaped
   */
  byte skipString() throws Refused {
    start = skipSpace(position);
    position = skipString(start);
    return kind;
  }

  /**
   * Consumes one value of any kind.
   *
   * @return its kind
   */
  byte skipValue() throws Refused {
    start = skipSpace(position);
    int first = byteAt(start);
    if (first == '{' || first == '[') {
      position = skipContainer(start);
      return first == '{' ? OBJECT : ARRAY;
    }
    position = skipScalar(start);
    return kind;
  }

  private Refused unexpected(String wanted, int i) {
    int c = byteAt(i);
    String found =
        c == END
            ? "the end"
            : c > 0x20 && c < 0x7f ? "'" + (char) c + "'" : String.format("byte 0x%02x", c & 0xff);
    return Refused.malformed("expected " + wanted + ", found " + found, i);
  }

  /** The byte at {@code i}, not negative, or {@link #END}. */
  private int byteAt(int i) {
    return i < end ? text[i] & 0xff : END;
  }

  private int skipSpace(int from) {
    int i = from;
    while (i < end) {
      byte c = text[i];
      if (c > ' ' || (c != ' ' && c != '\n' && c != '\t' && c != '\r')) {
        break;
      }
      i++;
    }
    return i;
  }

  private int skipScalar(int i) throws Refused {
    return switch (byteAt(i)) {
      case '"' -> skipString(i);
      case 't' -> skipWord(i, "true", BOOLEAN);
      case 'f' -> skipWord(i, "false", BOOLEAN);
      case 'n' -> skipWord(i, "null", NULL);
      case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> skipNumber(i);
      default -> throw unexpected("a value", i);
    };
  }

  private int skipWord(int from, String word, byte itsKind) throws Refused {
    for (int i = 0; i < word.length(); i++) {
      if (byteAt(from + i) != word.charAt(i)) {
        throw unexpected("a value", from);
      }
    }
    kind = itsKind;
    return from + word.length();
  }

  private int skipString(int from) throws Refused {
    if (byteAt(from) != '"') {
      throw unexpected("a string", from);
    }
    kind = STRING;
    int i = from + 1;
    while (true) {
      i = skipPlain(i);
      switch (byteAt(i)) {
        case '"' -> {
          return i + 1;
        }
        case '\\' -> {
          kind = ESCAPED_STRING;
          i = skipEscape(i);
        }
        case END -> throw Refused.malformed("a string is not closed", from);
        default -> {
          if (byteAt(i) < ' ') {
            throw Refused.malformed("a control character in a string is not escaped", i);
          }
          i = skipUtf8(i);
        }
      }
    }
  }

  /**
   * The index from {@code from} of the first byte that is no ordinary ASCII character of a string,
   * or the end. Strings are most of an event, so eight bytes are tested in one go: the subtractions
   * set the high bit of each byte that is too small, and the lowest bit set so is exact.
   */
  private int skipPlain(int from) {
    int i = from;
    while (i <= end - Long.BYTES) {
      long word = (long) EIGHT_BYTES.get(text, i);
      long special =
          ((word ^ EACH_BYTE * '"') - EACH_BYTE)
              | ((word ^ EACH_BYTE * '\\') - EACH_BYTE)
              | (word - EACH_BYTE * ' ')
              | word;
      special &= EACH_HIGH_BIT;
      if (special != 0) {
        return i + (Long.numberOfTrailingZeros(special) >>> 3);
      }
      i += Long.BYTES;
    }
    while (i < end && text[i] >= ' ' && text[i] != '"' && text[i] != '\\') {
      i++;
    }
    return i;
  }

  private int skipEscape(int backslash) throws Refused {
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
    throw Refused.malformed("an escape sequence in a string is not valid", backslash);
  }

  private static boolean isHex(byte c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  }

  /** Well-formed UTF-8 as of Unicode's table 3-7: no overlong forms, no surrogates. */
  private int skipUtf8(int i) throws Refused {
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
      throw Refused.malformed("a string is not valid UTF-8", i);
    }
    return i + length;
  }

  private boolean isTailAt(int i) {
    return i < end && isTail(text[i] & 0xff);
  }

  private static boolean isTail(int b) {
    return b >= 0x80 && b <= 0xbf;
  }

  private int skipNumber(int from) throws Refused {
    int i = from;
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
      throw Refused.malformed("a number is not valid", from);
    }
    kind = NUMBER;
    return i;
  }

  private int skipDigits(int first) {
    int i = first;
    while (i < end && text[i] >= '0' && text[i] <= '9') {
      i++;
    }
    return i;
  }

  /** Iterative, so that hostile nesting meets {@link #MAX_DEPTH} and not the end of the stack. */
  private int skipContainer(int from) throws Refused {
    int depth = 0;
    int i = from;
    do {
      // Here a value starts at i.
      int c = byteAt(i);
      if (c == '{' || c == '[') {
        if (depth == MAX_DEPTH) {
          throw Refused.malformed("nested more than " + MAX_DEPTH + " deep", i);
        }
        boolean object = c == '{';
        inObject[depth++] = object;
        i = skipSpace(i + 1);
        if (byteAt(i) != (object ? '}' : ']')) {
          i = object ? skipName(i) : i;
          continue;
        }
      } else {
        i = skipSpace(skipScalar(i));
      }
      // Here a value has ended, and i is at what follows.
      while (byteAt(i) != ',') {
        boolean object = inObject[depth - 1];
        if (byteAt(i) != (object ? '}' : ']')) {
          throw unexpected(object ? "',' or '}'" : "',' or ']'", i);
        }
        i++;
        if (--depth == 0) {
          return i;
        }
        i = skipSpace(i);
      }
      i = skipSpace(i + 1);
      i = inObject[depth - 1] ? skipName(i) : i;
    } while (true);
  }

  /** Consumes a member's name and colon; returns where its value starts. */
  private int skipName(int from) throws Refused {
    int colon = skipSpace(skipString(from));
    if (byteAt(colon) != ':') {
      throw unexpected("':'", colon);
    }
    return skipSpace(colon + 1);
  }
}
