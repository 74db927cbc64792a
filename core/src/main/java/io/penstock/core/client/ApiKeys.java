package io.penstock.core.client;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.zip.CRC32;

/**
 * Makes API keys: {@code pk_}, 256 random bits in 43 characters of {@code 0-9A-Za-z}, and six more
 * that are their checksum, so that scanners recognise a leaked key and a mistyped one is told apart
 * from a revoked one.
 */
public final class ApiKeys {
  static final String PREFIX = "pk_";

  /** How many characters follow the prefix. */
  static final int BODY_LENGTH = 49;

  private static final String ALPHABET =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final BigInteger BASE = BigInteger.valueOf(ALPHABET.length());
  private static final int BYTES = 32;

  /** 62^43 is the first power above 2^256, and 62^6 the first above 2^32. */
  private static final int RANDOM_LENGTH = 43;

  private static final int CHECKSUM_LENGTH = 6;

  private static final byte[] PREFIX_BYTES = PREFIX.getBytes(StandardCharsets.US_ASCII);

  private ApiKeys() {}

  /** A new key. */
  public static String generate(SecureRandom random) {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    String body = PREFIX + base62(new BigInteger(1, bytes), RANDOM_LENGTH);
    return body + checksum(body);
  }

  /** 256 random bits in the same characters, for ClickHouse's users. */
  public static String password(SecureRandom random) {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return base62(new BigInteger(1, bytes), RANDOM_LENGTH);
  }

  /**
   * Whether what follows a key's prefix begins at {@code from}: the checksum is right.
   *
   * @param ascii has {@link #BODY_LENGTH} bytes from there on
   */
  static boolean isBody(byte[] ascii, int from) {
    long told = 0;
    for (int i = from + RANDOM_LENGTH; i < from + BODY_LENGTH; i++) {
      int digit = ALPHABET.indexOf(ascii[i]);
      if (digit < 0) {
        return false;
      }
      told = told * ALPHABET.length() + digit;
    }
    CRC32 crc = new CRC32();
    crc.update(PREFIX_BYTES);
    crc.update(ascii, from, RANDOM_LENGTH);
    return told == crc.getValue();
  }

  private static String checksum(String body) {
    CRC32 crc = new CRC32();
    crc.update(body.getBytes(StandardCharsets.US_ASCII));
    return base62(BigInteger.valueOf(crc.getValue()), CHECKSUM_LENGTH);
  }

  private static String base62(BigInteger value, int length) {
    char[] digits = new char[length];
    BigInteger rest = value;
    for (int i = length - 1; i >= 0; i--) {
      BigInteger[] parts = rest.divideAndRemainder(BASE);
      digits[i] = ALPHABET.charAt(parts[1].intValue());
      rest = parts[0];
    }
    return new String(digits);
  }
}
