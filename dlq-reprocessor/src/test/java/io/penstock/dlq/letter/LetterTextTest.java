package io.penstock.dlq.letter;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.client.ApiKeys;
import io.penstock.core.deadletter.DeadLetterHeaders;
import java.security.SecureRandom;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LetterTextTest {
  private static final String HASH = "0123456789abcdef".repeat(4);

  private static String payload(String text) {
    return LetterText.payload(text.getBytes(UTF_8), false);
  }

  @Test
  void keysOfJsonAreMaskedAndTheRestStaysAsItIs() {
    assertThat(
            payload(
                "{\"client_id\":\"acme\",\"api_key_hash\":\""
                    + HASH
                    + "\",\"event_properties\":{\"price\":1.10e3,\"big\":12345678901234567890.5,\"api_key\":{\"a\":[1]}},\"x\":[true,null]}"))
        .isEqualTo(
            "{\"client_id\":\"acme\",\"api_key_hash\":\"01234567***\",\"event_properties\":{\"price\":1.10e3,\"big\":12345678901234567890.5,\"api_key\":\"***\"},\"x\":[true,null]}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"api_key_hash\":\"" + "VALUE" + "\"",
        "{\"api\\u005fkey_hash\":\"VALUE\"}",
        "{\"api\\u005fkey_hash\":\"VALUE\"",
        "{'api_key_hash': 'VALUE'}",
        "api_key_hash=VALUE&x=1",
        "\"{\\\"api_key_hash\\\":\\\"VALUE\\\"}",
        "{\"API_KEY_HASH\":\"VALUE\"}",
        "{\"apiKey\":\"VALUE\"} {",
        "VALUE"
      })
  void noFormLetsAHashOut(String form) {
    String shown = payload(form.replace("VALUE", HASH));

    assertThat(shown).doesNotContain(HASH.substring(8)).doesNotContain(HASH.substring(0, 16));
  }

  @Test
  void keysAreMaskedInAnyFieldNameAndHeader() {
    String key = ApiKeys.generate(new SecureRandom());
    String escaped = key.replace("p", "\\u0070").replace("k", "\\u006B");
    String percent = key.replace("_", "%5F");

    String shown =
        payload(
            "{\"user_id\":\"%s\",\"%s\":[\"x=%s\"],\"url\":\"/?%s\",\"old\":\"%s\"}"
                .formatted(key, escaped, escaped, percent, HASH));

    assertThat(shown)
        .isEqualTo(
            "{\"user_id\":\"pk_***\",\"pk_***\":[\"x=pk_***\"],\"url\":\"/?pk_***\",\"old\":\"01234567***\"}");
    assertThat(payload("{" + escaped)).isEqualTo("{pk_***");
    assertThat(LetterText.line(key)).isEqualTo("pk_***");
    for (String name : List.of("x", DeadLetterHeaders.DETAIL, DeadLetterHeaders.KEY)) {
      assertThat(LetterText.header(new RecordHeader(name, ("a " + key).getBytes(UTF_8))))
          .isEqualTo("a pk_***");
    }
    byte[] binary = ("\0\0" + key + "\u00ff").getBytes(ISO_8859_1);
    assertThat(LetterText.header(new RecordHeader("x", binary))).isEqualTo("***");
    assertThat(
            LetterText.header(
                new RecordHeader(DeadLetterHeaders.VALUE_SHA256, HASH.getBytes(UTF_8))))
        .isEqualTo(HASH);
  }

  @Test
  void aCutLeavesNoPartOfAKeyBehind() {
    String key = ApiKeys.generate(new SecureRandom());
    byte[] event = ("{\"a\":\"" + "x".repeat(30) + key + "\"}").getBytes(UTF_8);

    for (int limit = 1; limit < 80; limit++) {
      assertThat(LetterText.payload(event, false, limit)).doesNotContain(key.substring(3, 8));
    }
  }

  @Test
  void whatWasCutOffInTheMiddleOfAKeyIsMasked() {
    assertThat(payload("{\"api_key_hash\":\"0123456789abc")).isEqualTo("{\"api_key_hash\":***");
  }

  @Test
  void bytesThatAreNoTextAreShown() {
    assertThat(LetterText.payload(new byte[] {(byte) 0xff, 'a', 0}, true)).contains("a");
    assertThat(LetterText.payload(new byte[0], true)).isEmpty();
  }

  @Test
  void headersOfKeysAreMasked() {
    assertThat(LetterText.header(new RecordHeader("penstock-api-key-hash", HASH.getBytes(UTF_8))))
        .isEqualTo("01234567***");
    assertThat(LetterText.header(new RecordHeader("X-Api-Key", "short".getBytes(UTF_8))))
        .isEqualTo("***");
    assertThat(LetterText.header(new RecordHeader("copy", ("a " + HASH).getBytes(UTF_8))))
        .isEqualTo("a 01234567***");
  }

  @Test
  void otherHeadersAreShownWhateverTheyHold() {
    assertThat(LetterText.header(new RecordHeader("trace", "00-ab".getBytes(UTF_8))))
        .isEqualTo("00-ab");
    assertThat(LetterText.header(new RecordHeader("bytes", new byte[] {(byte) 0xff})))
        .isEqualTo("base64:/w==");
    assertThat(LetterText.header(new RecordHeader("nothing", (byte[]) null))).isEqualTo("(null)");
  }

  @Test
  void nothingSteersTheTerminal() {
    assertThat(LetterText.line("a\u001b[31mb\nc\u202e")).isEqualTo("a\\u001b[31mb\\u000ac\\u202e");
    assertThat(LetterText.lines("a\u001b[31m\nb")).isEqualTo("a\\u001b[31m\nb");
  }
}
