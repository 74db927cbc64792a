package io.penstock.core.client;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Locale;
import org.junit.jupiter.api.Test;

class ApiKeyHashTest {
  /** SHA-256 of "abc", FIPS 180-4. */
  private static final String ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @Test
  void hashOfAKeyIsItsSha256() {
    assertThat(ApiKeyHash.ofKey("abc").toHex()).isEqualTo(ABC);
  }

  @Test
  void hexOfEitherCaseIsReadFromTheMiddleOfABuffer() {
    byte[] buffer = ("\"" + ABC.toUpperCase(Locale.ROOT) + "\",").getBytes(US_ASCII);

    assertThat(ApiKeyHash.parseHex(buffer, 1, 64)).isEqualTo(ApiKeyHash.ofHex(ABC));
  }

  @Test
  void everyWrongByteIsNoticedWhereverItStands() {
    for (int at = 0; at < 64; at++) {
      for (int value = 0; value < 256; value++) {
        byte[] hex = ABC.getBytes(US_ASCII);
        hex[at] = (byte) value;
        boolean digit = value < 128 && Character.digit(value, 16) >= 0;
        assertThat(ApiKeyHash.parseHex(hex, 0, 64) != null).isEqualTo(digit);
      }
    }
  }

  @Test
  void otherLengthsAreNoHash() {
    byte[] hex = (ABC + "00").getBytes(US_ASCII);

    assertThat(ApiKeyHash.parseHex(hex, 0, 63)).isNull();
    assertThat(ApiKeyHash.parseHex(hex, 0, 65)).isNull();
    assertThat(ApiKeyHash.parseHex(hex, 0, 0)).isNull();
    assertThatThrownBy(() -> ApiKeyHash.ofHex("secret")).hasMessage("not 64 hexadecimal digits");
  }

  @Test
  void oneBitMakesADifference() {
    ApiKeyHash hash = ApiKeyHash.ofHex(ABC);

    assertThat(hash.matches(ApiKeyHash.ofHex(ABC))).isTrue();
    assertThat(
            hash.matches(
                new ApiKeyHash(hash.first() ^ 1, hash.second(), hash.third(), hash.fourth())))
        .isFalse();
    assertThat(
            hash.matches(
                new ApiKeyHash(
                    hash.first(), hash.second() ^ 1L << 63, hash.third(), hash.fourth())))
        .isFalse();
    assertThat(
            hash.matches(
                new ApiKeyHash(hash.first(), hash.second(), hash.third() ^ 2, hash.fourth())))
        .isFalse();
    assertThat(
            hash.matches(
                new ApiKeyHash(hash.first(), hash.second(), hash.third(), hash.fourth() ^ 4)))
        .isFalse();
  }

  @Test
  void printsMasked() {
    assertThat(ApiKeyHash.ofHex(ABC)).hasToString("***");
  }
}
