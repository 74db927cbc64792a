package io.penstock.core.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyMaskTest {
  private static final String KEY = ApiKeys.generate(new SecureRandom());
  private static final String HASH = ApiKeyHash.ofKey(KEY).toHex();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "KEY",
        "x KEY.",
        "https://x/?k=KEY&y=1",
        "aKEYb",
        "\"KEY\"",
        "BODY",
        "u=BODY;",
        "abcBODYxyz",
        "CUT"
      })
  void aKeyIsMaskedWhateverIsAroundIt(String form) {
    String cut = KEY.substring(0, KEY.length() - 6); // the rest is its checksum
    String body = KEY.substring(3);

    String shown = KeyMask.mask(form.replace("KEY", KEY).replace("BODY", body).replace("CUT", cut));

    assertThat(shown).contains("***").doesNotContain(body.substring(3, 15));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\\u%04x", "\\\\u%04X", "\\x%02x", "%%%02X", "%%25%02x", "%%5Cu%04x"})
  void escapesHideNothing(String escape) {
    for (String secret : new String[] {KEY, HASH, KEY.substring(3)}) {
      String all = secret.chars().mapToObj(escape::formatted).collect(Collectors.joining());
      String first = escape.formatted((int) secret.charAt(0)) + secret.substring(1);
      String middle =
          secret.substring(0, 30)
              + escape.formatted((int) secret.charAt(30))
              + secret.substring(31);
      for (String form : new String[] {all, first, middle}) {
        assertThat(KeyMask.mask("{\"a\":\"" + form + "\" "))
            .startsWith("{\"a\":\"")
            .endsWith("***\" ")
            .hasSizeLessThan(35);
      }
    }
  }

  @Test
  void zerosBetweenTheLettersHideNothing() {
    String wide = new String(KEY.getBytes(StandardCharsets.UTF_16LE), StandardCharsets.UTF_8);

    assertThat(KeyMask.mask(wide)).isEqualTo("pk_***");
  }

  @Test
  void ofAHashEightDigitsStay() {
    assertThat(KeyMask.mask("hash " + HASH)).isEqualTo("hash " + HASH.substring(0, 8) + "***");
    assertThat(KeyMask.mask(HASH.toUpperCase(Locale.ROOT)))
        .isEqualTo(HASH.substring(0, 8).toUpperCase(Locale.ROOT) + "***");
    assertThat(KeyMask.mask(HASH.substring(0, 40))).isEqualTo(HASH.substring(0, 8) + "***");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "pk_live",
        "4bf92f3577b34da6a3ce929d0e0e4736", // a trace id
        "0f0e7b5c-3d61-4c62-8f3b-8d7f2f1c9a51",
        "insert:ROW_REJECTED:53:price",
        "100% of C:\\users\\x, caf\u00e9 \\u4e2d\\u6587 %E4%B8%AD",
        "ThisIsALongNameOfSomeClassThatHasNoKeyAndNoHashInItAtAll"
      })
  void whatIsNoneStaysAsItIs(String text) {
    assertThat(KeyMask.mask(text)).isEqualTo(text);
  }

  @Test
  void longTextsCostLittle() {
    String letters = "Zz9".repeat(1 << 20);
    String escapes = "\\u0041".repeat(1 << 18);
    int keys = (1 << 20) / KEY.length();

    assertThat(KeyMask.mask(letters)).isEqualTo(letters);
    assertThat(KeyMask.mask(escapes)).isEqualTo("***");
    assertThat(KeyMask.mask(KEY.substring(3).repeat(keys))).isEqualTo("***".repeat(keys));
  }
}
