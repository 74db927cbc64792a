package io.penstock.core.event;

import static io.penstock.core.event.ParserFixture.HASH;
import static io.penstock.core.event.ParserFixture.eventWith;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is stored verbatim is stored byte for byte. */
class VerbatimTest {
  private static final List<String> REQUIRED =
      List.of(
          "\"client_id\":\"acme\"",
          "\"api_key_hash\":\"" + HASH + '"',
          "\"event_name\":\"signup\"");

  private final ParserFixture fixture = new ParserFixture();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{ }",
        "{\"n\":1e400,\"m\":0.10,\"o\":12345678901234567890,\"p\":-0,\"q\":1E+2}",
        "{\"z\":1,\"a\":2,\"m\":3}",
        "{\"a\":1,\"a\":2}",
        "{\n\t\"a\" :\r\n [ 1 , { } ] }",
        "{\"é\":\"日本 \uD83D\uDE00\",\"\\u00e9\":\"\\ud83d\\ude00 \\ud83d \\/\"}",
        "{\"client_id\":\"another\",\"event_properties\":{\"client_id\":5}}"
      })
  void propertiesAreKeptByteForByte(String properties) {
    Event event = fixture.accept(eventWith("\"event_properties\" : " + properties + " "));

    assertThat(event.eventProperties()).hasToString(properties);
    assertThat(event.extra()).hasToString("{}");
    assertThat(event.clientId()).isEqualTo("acme");
  }

  @Test
  void unknownFieldsAreKeptInOrderWithTheirSpellingAndTheirRepetitions() {
    Event event =
        fixture.accept(
            eventWith(
                "\"z\" : [1e400, 0.10]",
                "\"user_id\":\"u1\"",
                "\"\\u0061\":{\"client_id\":null} ",
                "\"z\":null",
                "\"\":\"\uD83D\uDE00\""));

    assertThat(event.extra())
        .hasToString(
            "{\"z\" : [1e400, 0.10],\"\\u0061\":{\"client_id\":null},\"z\":null,"
                + "\"\":\"\uD83D\uDE00\"}");
  }

  @Test
  void anyObjectSurvivesAsProperties() {
    Seeds.check(
        3_000,
        random -> {
          RandomJson json = new RandomJson(random);
          String properties = json.object(6);
          String member = "\"event_properties\":" + json.space() + properties + json.space();

          Event event = fixture.accept(eventWith(member));

          assertThat(event.eventProperties()).hasToString(properties);
        });
  }

  @Test
  void anyValueSurvivesAsAnUnknownField() {
    Seeds.check(
        3_000,
        random -> {
          RandomJson json = new RandomJson(random);
          List<String> members = new ArrayList<>(REQUIRED);
          List<String> unknown = new ArrayList<>();
          for (int i = random.nextInt(6); i > 0; i--) {
            String name = "\"x" + json.string().substring(1);
            members.add(name + json.space() + ":" + json.space() + json.value(4));
          }
          Collections.shuffle(members, random);
          StringBuilder event = new StringBuilder("{");
          for (String member : members) {
            event.append(event.length() == 1 ? "" : ",").append(json.space());
            event.append(member).append(json.space());
            if (member.startsWith("\"x")) {
              unknown.add(member);
            }
          }

          Event parsed = fixture.accept(event.append("}").toString());

          assertThat(parsed.extra()).hasToString("{" + String.join(",", unknown) + "}");
          assertThat(parsed.apiKeyHash().toHex()).isEqualTo(HASH);
        });
  }

  @Test
  void anyTextHoweverEscapedIsStoredAsItsCharacters() {
    Seeds.check(
        3_000,
        random -> {
          StringBuilder text = new StringBuilder();
          StringBuilder json = new StringBuilder();
          for (int i = random.nextInt(40); i > 0; i--) {
            int codePoint = random.nextInt(random.nextBoolean() ? 0x80 : 0x110000);
            if (codePoint >= 0xd800 && codePoint <= 0xdfff) {
              continue;
            }
            text.appendCodePoint(codePoint);
            if (codePoint < 0x20 || codePoint == '"' || codePoint == '\\' || random.nextBoolean()) {
              for (char unit : Character.toChars(codePoint)) {
                json.append(String.format("\\u%04x", (int) unit));
              }
            } else {
              json.appendCodePoint(codePoint);
            }
          }

          Event event = fixture.accept(eventWith("\"user_id\":\"" + json + '"'));

          assertThat(event.userId()).hasToString(text.toString());
        });
  }
}
