package io.penstock.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

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
