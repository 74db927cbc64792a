package io.penstock.provisioning.client;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.zip.CRC32;

/**
 * Makes API keys: {@code pk_}, 256 random bits in 43 characters of {@code 0-9A-Za-z}, and six more
 * that are their checksum, so that scanners recognise a leaked key and a mistyped one is told apart
 * from a revoked one.
 */
final class ApiKeys {
  static final String PREFIX = "pk_";

  private static final String ALPHABET =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final BigInteger BASE = BigInteger.valueOf(ALPHABET.length());
  private static final int BYTES = 32;

  /** 62^43 is the first power above 2^256, and 62^6 the first above 2^32. */
  private static final int RANDOM_LENGTH = 43;

  private static final int CHECKSUM_LENGTH = 6;

  private ApiKeys() {}

  static String generate(SecureRandom random) {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    String body = PREFIX + base62(new BigInteger(1, bytes), RANDOM_LENGTH);
    return body + checksum(body);
  }

  /** 256 random bits in the same characters, for ClickHouse's users. */
  static String password(SecureRandom random) {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return base62(new BigInteger(1, bytes), RANDOM_LENGTH);
  }

  /**
   * Whether the text has a key's form and its checksum is right; says nothing about whom it belongs
   * to.
   */
  static boolean wellFormed(String key) {
    int length = PREFIX.length() + RANDOM_LENGTH;
    return key.length() == length + CHECKSUM_LENGTH
        && key.startsWith(PREFIX)
        && checksum(key.substring(0, length)).equals(key.substring(length));
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
