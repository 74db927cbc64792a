package io.penstock.core.event;

import static io.penstock.core.event.ParserFixture.ACCEPTED;
import static io.penstock.core.event.ParserFixture.MAX_RECORD_BYTES;
import static io.penstock.core.event.ParserFixture.eventWith;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.refusal.Reason;
import io.penstock.core.refusal.Refusal;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever comes, the answer is a refusal, and the parser is good for the next record. */
class HostileInputTest {
  private final ParserFixture fixture = new ParserFixture();

  @AfterEach
  void theNextEventIsParsedAsIfNothingHadHappened() {
    Event event = fixture.accept(eventWith("\"user_id\":\"u1\""));

    assertThat(event.userId()).hasToString("u1");
    assertThat(event.extra()).hasToString("{}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "{\"a\":", "[{\"a\":", "[[],", "{\"a\":{},\"b\":"})
  void endlessNestingIsRejectedWithoutEndingTheStack(String opening) {
    String start = eventWith("\"event_properties\":{\"a\":").replaceAll("}$", "");
    String nested = opening.repeat((MAX_RECORD_BYTES - start.length()) / opening.length());

    assertThat(fixture.reject(start + nested))
        .extracting(Refusal::reason)
        .isEqualTo(Reason.MALFORMED_JSON);
    assertThat(fixture.reject(start + nested).detail()).startsWith("nested more than 256 deep");
    assertThat(fixture.reject(nested).reason()).isEqualTo(Reason.MALFORMED_JSON);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "]", "{", "}", "\"", ",", ":", "0", "-", " ", "\\", "a", "\u0000"})
  void aMebibyteOfOneCharacterIsRejected(String character) {
    assertThat(fixture.reject(character.repeat(MAX_RECORD_BYTES)).reason())
        .isEqualTo(Reason.MALFORMED_JSON);
    assertThat(
            fixture
                .reject(("{\"x\":" + character.repeat(MAX_RECORD_BYTES)).substring(0, 1 << 20))
                .reason())
        .isEqualTo(Reason.MALFORMED_JSON);
  }

  @Test
  void longStringsAndNumbersAreMerelyLong() {
    String digits = "9".repeat(500_000);
    String text = "x".repeat(500_000);

    Event event = fixture.accept(eventWith("\"n\":" + digits, "\"user_id\":\"" + text + '"'));

    assertThat(event.extra().length()).isEqualTo(digits.length() + "{\"n\":}".length());
    assertThat(event.userId().length()).isEqualTo(text.length());
  }

  @Test
  void manySmallFieldsAreKeptAll() {
    String members = "\"a\":0,".repeat(100_000);

    Event event = fixture.accept(eventWith(members.substring(0, members.length() - 1)));

    assertThat(event.extra().length()).isEqualTo(members.length() + 1);
  }

  @Test
  void everyControlByteIsRejectedWithinAStringAndBetweenTokens() {
    for (int control = 0; control < 0x20; control++) {
      for (String before : new String[] {"", "1234567", "12345678", "123456789"}) {
        String text = eventWith("\"user_id\":\"" + before + (char) control + "after\"");
        assertThat(fixture.reject(text).detail())
            .isEqualTo(
                "a control character in a string is not escaped at byte "
                    + text.indexOf((char) control));
      }
      if ("\t\n\r".indexOf(control) < 0) {
        assertThat(fixture.reject(eventWith("\"a\":" + (char) control + "1")).detail())
            .startsWith("expected a value, found byte 0x");
      }
    }
    fixture.accept(eventWith("\"user_id\":\"\u007f\u0080\""));
  }

  /** One of each row of Unicode's table 3-7 broken in each way. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "80",
        "bf",
        "c0",
        "c080",
        "c1bf",
        "c2",
        "c27f",
        "c2c0",
        "dfff",
        "e0",
        "e080",
        "e08080",
        "e09fbf",
        "e0a0",
        "e0a07f",
        "e180",
        "e1",
        "e18080c0",
        "ed",
        "eda080",
        "edafbf",
        "edb080",
        "edbfbf",
        "eda080edb080",
        "ef",
        "efbf",
        "efbfc0",
        "f0",
        "f08080",
        "f0808080",
        "f08fbfbf",
        "f090",
        "f09080",
        "f09080ff",
        "f0908041",
        "f180807f",
        "f48fbf",
        "f4908080",
        "f5808080",
        "f7bfbfbf",
        "f8888080",
        "f888808080",
        "fc8480808080",
        "fe",
        "ff",
        "fffe",
        "feff"
      })
  void invalidUtf8IsRejectedInNamesAndValuesAndAtTheEnd(String hex) {
    String bytes = new String(HexFormat.of().parseHex(hex), ISO_8859_1);
    for (String before : new String[] {"", "1234567", "12345678"}) {
      for (String after : new String[] {"", "x", "12345678"}) {
        String text = before + bytes + after;
        assertInvalidUtf8("{\"user_id\":\"" + text + "\"}");
        assertInvalidUtf8("{\"" + text + "\":1}");
        assertInvalidUtf8("{\"event_properties\":{\"" + text + "\":1}}");
      }
    }
    assertThat(fixture.reject(("{\"a\":\"" + bytes).getBytes(ISO_8859_1)).reason())
        .isEqualTo(Reason.MALFORMED_JSON);
  }

  private void assertInvalidUtf8(String latin1) {
    Refusal refusal = fixture.reject(latin1.getBytes(ISO_8859_1));
    assertThat(refusal.reason()).isEqualTo(Reason.MALFORMED_JSON);
    assertThat(refusal.detail()).startsWith("a string is not valid UTF-8 at byte ");
  }

  @Test
  void theEdgesOfValidUtf8AreAccepted() {
    for (int edge :
        new int[] {
          0x80, 0x7ff, 0x800, 0xfff, 0x1000, 0xcfff, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x3ffff,
          0x40000, 0xfffff, 0x100000, 0x10ffff
        }) {
      String text = Character.toString(edge);
      Event event = fixture.accept(eventWith("\"user_id\":\"" + text + '"'));
      assertThat(event.userId()).hasToString(text);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32"})
  void otherEncodingsAreRejected(String charset) {
    assertThat(fixture.reject(eventWith().getBytes(Charset.forName(charset))).detail())
        .startsWith("expected a");
  }

  @Test
  void anEventCutOffAnywhereIsRejected() {
    byte[] event =
        eventWith(
                "\"user_id\":\"caf\\u00e9 \uD83D\uDE00\"",
                "\"event_properties\":{\"a\":[1.5e3,true,null,{\"b\":\"é\"}]}",
                "\"other\":-0.1")
            .getBytes(UTF_8);
    fixture.accept(event);

    for (int length = 0; length < event.length; length++) {
      assertThat(fixture.reject(Arrays.copyOf(event, length)).reason())
          .isEqualTo(Reason.MALFORMED_JSON);
    }
  }

  @Test
  void nothingIsEverThrown() {
    Seeds.check(
        30_000,
        random -> {
          byte[] value = eventWith(new RandomJson(random).string() + ":1").getBytes(UTF_8);
          for (int i = random.nextInt(4); i > 0; i--) {
            value[random.nextInt(value.length)] = (byte) random.nextInt();
          }
          Refusal refusal =
              fixture.parser.parse(
                  Arrays.copyOf(value, random.nextInt(2) * value.length / 2 + value.length / 2),
                  randomHeader(random),
                  randomHeader(random),
                  random.nextBoolean() ? ACCEPTED.toEpochMilli() : random.nextLong());
          assertThat(refusal == null || !refusal.detail().isEmpty()).isTrue();
        });
  }

  private static byte @Nullable [] randomHeader(Random random) {
    if (random.nextInt(3) > 0) {
      return null;
    }
    byte[] header = new byte[random.nextInt(70)];
    random.nextBytes(header);
    return header;
  }
}
