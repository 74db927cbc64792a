package io.penstock.core.client;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The SHA-256 of a client's API key, as four big-endian words so that one parsed from an event
 * costs a single object. Prints masked, because whoever holds the hash can send events.
 */
public record ApiKeyHash(long first, long second, long third, long fourth) {
  /** Hexadecimal digits of a hash. */
  public static final int HEX_LENGTH = 64;

  private static final byte[] DIGITS = digits();

  private static byte[] digits() {
    byte[] values = new byte[256];
    for (int i = 0; i < values.length; i++) {
      values[i] = (byte) Character.digit(i < 128 ? i : ' ', 16);
    }
    return values;
  }

  /**
   * Reads exactly 64 hexadecimal digits of either case.
   *
   * @return null for any other length or character
   */
  public static @Nullable ApiKeyHash parseHex(byte[] ascii, int offset, int length) {
    if (length != HEX_LENGTH) {
      return null;
    }
    int invalid = 0;
    long first = 0;
    long second = 0;
    long third = 0;
    long fourth = 0;
    for (int i = 0; i < 16; i++) {
      int a = DIGITS[ascii[offset + i] & 0xff];
      int b = DIGITS[ascii[offset + 16 + i] & 0xff];
      int c = DIGITS[ascii[offset + 32 + i] & 0xff];
      int d = DIGITS[ascii[offset + 48 + i] & 0xff];
      invalid |= a | b | c | d;
      first = first << 4 | (a & 15);
      second = second << 4 | (b & 15);
      third = third << 4 | (c & 15);
      fourth = fourth << 4 | (d & 15);
    }
    return invalid < 0 ? null : new ApiKeyHash(first, second, third, fourth);
  }

  /**
   * Reads exactly 64 hexadecimal digits of either case.
   *
   * @throws IllegalArgumentException for anything else; the message does not repeat it
   */
  public static ApiKeyHash ofHex(String hex) {
    byte[] ascii = hex.getBytes(StandardCharsets.UTF_8);
    ApiKeyHash hash = parseHex(ascii, 0, ascii.length);
    if (hash == null) {
      throw new IllegalArgumentException("not 64 hexadecimal digits");
    }
    return hash;
  }

  /** The hash of a whole API key, prefix included, as UTF-8. */
  public static ApiKeyHash ofKey(String apiKey) {
    ByteBuffer digest =
        ByteBuffer.wrap(Sha256.digest().digest(apiKey.getBytes(StandardCharsets.UTF_8)));
    return new ApiKeyHash(digest.getLong(), digest.getLong(), digest.getLong(), digest.getLong());
  }

  /** Compares in a time that does not depend on where the two differ. */
  public boolean matches(ApiKeyHash other) {
    return ((first ^ other.first)
            | (second ^ other.second)
            | (third ^ other.third)
            | (fourth ^ other.fourth))
        == 0;
  }

  /** 64 lower-case digits, for storage; never for a log. */
  public String toHex() {
    HexFormat format = HexFormat.of();
    return format.toHexDigits(first)
        + format.toHexDigits(second)
        + format.toHexDigits(third)
        + format.toHexDigits(fourth);
  }

  @Override
  public String toString() {
    return "***";
  }
}
