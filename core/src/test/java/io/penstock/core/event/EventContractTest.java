package io.penstock.core.event;

import static io.penstock.core.event.ParserFixture.ACCEPTED;
import static io.penstock.core.event.ParserFixture.HASH;
import static io.penstock.core.event.ParserFixture.MAX_RECORD_BYTES;
import static io.penstock.core.event.ParserFixture.eventWith;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.refusal.Reason;
import io.penstock.core.refusal.Refusal;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventContractTest {
  private final ParserFixture fixture = new ParserFixture();

  @Test
  void everyFieldOfTheContractIsRead() {
    Event event =
        fixture.accept(
            """
            {
              "client_id": "acme",
              "api_key_hash": "%s",
              "event_name": "signup",
              "event_id": "0198c5a4-9f3e-7c41-8d2b-6f1e0a9b3c57",
              "event_time": "2026-02-28T23:59:59.5Z",
              "user_id": "u1",
              "anonymous_id": "a1",
              "session_id": "s1",
              "event_properties": {"plan": "pro"}
            }
            """
                .formatted(HASH));

    assertThat(event.clientId()).isEqualTo("acme");
    assertThat(event.apiKeyHash()).isEqualTo(ApiKeyHash.ofHex(HASH));
    assertThat(event.eventName()).hasToString("signup");
    assertThat(event.hasEventId()).isTrue();
    assertThat(event.eventTimeMillis()).isEqualTo(1_772_323_199_500L);
    assertThat(event.userId()).hasToString("u1");
    assertThat(event.anonymousId()).hasToString("a1");
    assertThat(event.sessionId()).hasToString("s1");
    assertThat(event.eventProperties()).hasToString("{\"plan\": \"pro\"}");
    assertThat(event.extra()).hasToString("{}");
  }

  @Test
  void onlyTheThreeRequiredFieldsAreNeeded() {
    assertNothingButTheRequired(fixture.accept(eventWith()));
  }

  private static void assertNothingButTheRequired(Event event) {
    assertThat(event.hasEventId()).isFalse();
    assertThat(event.eventTimeMillis()).isEqualTo(ACCEPTED.toEpochMilli());
    assertThat(event.userId()).hasToString("");
    assertThat(event.anonymousId()).hasToString("");
    assertThat(event.sessionId()).hasToString("");
    assertThat(event.eventProperties()).hasToString("{}");
    assertThat(event.extra()).hasToString("{}");
  }

  @Test
  void nullMeansAbsent() {
    Event event =
        fixture.accept(
            eventWith(
                "\"event_id\":null",
                "\"event_time\":null",
                "\"user_id\":null",
                "\"anonymous_id\":null",
                "\"session_id\":null",
                "\"event_properties\":null"));

    assertThat(event.hasEventId()).isFalse();
    assertThat(event.eventTimeMillis()).isEqualTo(ACCEPTED.toEpochMilli());
    assertThat(event.userId()).hasToString("");
    assertThat(event.eventProperties()).hasToString("{}");
    assertThat(event.extra()).hasToString("{}");
  }

  @Test
  void nothingOfAnEarlierEventIsLeftInTheNext() {
    fixture.accept(
        eventWith(
            "\"event_id\":\"0198c5a4-9f3e-7c41-8d2b-6f1e0a9b3c57\"",
            "\"event_time\":1000000000000",
            "\"extra_field\":1",
            "\"user_id\":\"caf\\u00e9\"",
            "\"event_properties\":{\"a\":1}"));

    assertNothingButTheRequired(fixture.accept(eventWith()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"client_id", "api_key_hash", "event_name"})
  void aRequiredFieldThatIsAbsentOrNullIsNamed(String field) {
    String renamed = eventWith().replace('"' + field + '"', "\"renamed\"");
    String nulled =
        eventWith().replaceFirst('"' + field + "\":\"[^\"]*\"", '"' + field + "\":null");

    for (String event : new String[] {renamed, nulled}) {
      assertThat(fixture.reject(event))
          .isEqualTo(
              new Refusal(
                  Reason.MISSING_FIELD, field, field + " is required; it is absent or null"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          client_id        | 5         | must be a string; got a number of 1 characters
          client_id        | ""        | must be 1-64 of A-Z, a-z, 0-9, '_' and '-'; got a string of 0 characters
          client_id        | "ac me"   | must be 1-64 of A-Z, a-z, 0-9, '_' and '-'; got a string of 5 characters
          client_id        | "zoë"     | must be 1-64 of A-Z, a-z, 0-9, '_' and '-'; got a string of 3 characters
          api_key_hash     | [1]       | must be a string; got an array of 3 bytes
          api_key_hash     | "0123"    | must be 64 hex digits, the SHA-256 of the API key; got a string of 4 characters
          event_name       | true      | must be a string; got a boolean
          event_name       | ""        | must have 1-200 characters; got a string of 0 characters
          event_id         | 12        | must be a string; got a number of 2 characters
          event_id         | "12"      | must be a UUID such as 8-4-4-4-12 hex digits; got a string of 2 characters
          event_time       | {"a":1}   | must be ISO-8601 with a zone such as 2026-01-31T23:59:59.123Z, or integer epoch milliseconds; got an object of 7 bytes
          event_time       | "noon"    | must be ISO-8601 with a zone such as 2026-01-31T23:59:59.123Z, or integer epoch milliseconds; got a string of 4 bytes
          user_id          | 7         | must be a string; got a number of 1 characters
          anonymous_id     | false     | must be a string; got a boolean
          session_id       | []        | must be a string; got an array of 2 bytes
          event_properties | "{}"      | must be a JSON object; got a string of 2 bytes
          event_properties | []        | must be a JSON object; got an array of 2 bytes
          event_properties | 1e400     | must be a JSON object; got a number of 5 characters
          """)
  void aFieldThatBreaksItsRuleIsToldWithTheRuleAndTheShape(
      String field, String value, String rule) {
    String member = '"' + field + "\":" + value;
    String event =
        eventWith().contains('"' + field + '"')
            ? eventWith().replaceFirst('"' + field + "\":\"[^\"]*\"", member)
            : eventWith(member);

    assertThat(fixture.reject(event))
        .isEqualTo(new Refusal(Reason.INVALID_FIELD, field, field + " " + rule));
  }

  @Test
  void noRejectionRepeatsTheKeyHash() {
    String almost = HASH.substring(0, 63) + "g";

    assertThat(fixture.reject(eventWith().replace(HASH, almost)).detail())
        .isEqualTo(
            "api_key_hash must be 64 hex digits, the SHA-256 of the API key;"
                + " got a string of 64 characters");
    assertThat(fixture.reject(eventWith().replace('"' + HASH + '"', HASH)).detail())
        .doesNotContain(HASH.substring(0, 4));
    assertThat(fixture.reject(eventWith("\"api_key_hash\":\"" + HASH + '"')).detail())
        .isEqualTo("api_key_hash must appear once; it appears again");
  }

  @Test
  void aKeyHashOfEitherCaseIsTheSame() {
    Event event = fixture.accept(eventWith().replace(HASH, HASH.toUpperCase(Locale.ROOT)));

    assertThat(event.apiKeyHash()).isEqualTo(ApiKeyHash.ofHex(HASH));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a", "A-z_0", "-", "0198c5a4-9f3e-7c41-8d2b-6f1e0a9b3c57", "acme\\u002done"})
  void clientIdsOfTheAlphabetAreAccepted(String id) {
    Event event = fixture.accept(eventWith().replace("acme", id));

    assertThat(event.clientId()).isEqualTo(id.replace("\\u002d", "-"));
    assertThat(fixture.parser.claimedClientId()).isEqualTo(event.clientId());
  }

  @Test
  void clientIdsHaveUpTo64Characters() {
    assertThat(fixture.accept(eventWith().replace("acme", "x".repeat(64))).clientId()).hasSize(64);
    assertThat(fixture.reject(eventWith().replace("acme", "x".repeat(65))).field())
        .isEqualTo("client_id");
  }

  @Test
  void manyClientsAreKeptApart() {
    for (int i = 0; i < 5_000; i++) {
      String id = "client-" + i % 2_500;
      assertThat(fixture.accept(eventWith().replace("acme", id)).clientId()).isEqualTo(id);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "é", "日", "\uD83D\uDE00", "\\u65e5", "\\ud83d\\ude00", "\\n"})
  void eventNamesAreCountedInCharactersNotInBytes(String character) {
    String longest = "\"event_name\":\"" + character.repeat(200) + '"';
    String tooLong = "\"event_name\":\"" + character.repeat(201) + '"';
    String required = "\"event_name\":\"signup\"";

    fixture.accept(eventWith().replace(required, longest));
    assertThat(fixture.reject(eventWith().replace(required, tooLong)).detail())
        .isEqualTo("event_name must have 1-200 characters; got a string of 201 characters");
  }

  @Test
  void fieldNamesWrittenWithEscapesMeanTheSame() {
    Event event =
        fixture.accept(
            eventWith("\"\\u0075ser_id\":\"u1\"", "\"user\\/id\":1")
                .replace("client_id", "client\\u005fid"));

    assertThat(event.clientId()).isEqualTo("acme");
    assertThat(event.userId()).hasToString("u1");
    assertThat(event.extra()).hasToString("{\"user\\/id\":1}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "user_i",
        "user_ID",
        "user_id ",
        "User_id",
        "event_nome",
        "event_date",
        "session_ib",
        "",
        "api_key_hasch",
        "apikey_hash1",
        "anonymous_iq",
        "event_propertied",
        "event_ib",
        "client_ic"
      })
  void namesThatOnlyResembleAFieldAreExtra(String name) {
    Event event = fixture.accept(eventWith('"' + name + "\":1"));

    assertThat(event.extra()).hasToString("{\"" + name + "\":1}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "client_id",
        "api_key_hash",
        "event_name",
        "event_id",
        "event_time",
        "user_id",
        "anonymous_id",
        "session_id",
        "event_properties"
      })
  void aFieldOfTheContractThatAppearsTwiceIsRejected(String field) {
    String twice = eventWith('"' + field + "\":null", '"' + field.replace("_", "\\u005f") + "\":1");

    assertThat(fixture.reject(twice))
        .isEqualTo(
            new Refusal(
                Reason.INVALID_FIELD, field, field + " must appear once; it appears again"));
    assertThat(fixture.parser.claimedClientId())
        .isEqualTo(field.equals("client_id") ? null : "acme");
  }

  @Test
  void headersWinOverFields() {
    String other = "0".repeat(64);

    Refusal refusal =
        fixture.parser.parse(
            eventWith().getBytes(UTF_8),
            "globex".getBytes(UTF_8),
            other.getBytes(UTF_8),
            ACCEPTED.toEpochMilli());

    assertThat(refusal).isNull();
    assertThat(fixture.parser.event().clientId()).isEqualTo("globex");
    assertThat(fixture.parser.event().apiKeyHash()).isEqualTo(ApiKeyHash.ofHex(other));
    assertThat(fixture.parser.event().extra()).hasToString("{}");
  }

  @Test
  void headersStandInForFieldsThatAreAbsentOrWrong() {
    for (String fields : new String[] {"", ",\"client_id\":5,\"api_key_hash\":null"}) {
      Refusal refusal =
          fixture.parser.parse(
              ("{\"event_name\":\"signup\"" + fields + "}").getBytes(UTF_8),
              "globex".getBytes(UTF_8),
              HASH.getBytes(UTF_8),
              ACCEPTED.toEpochMilli());

      assertThat(refusal).isNull();
    }
  }

  @Test
  void aWrongHeaderIsRejectedThoughTheFieldIsRight() {
    byte[] event = eventWith().getBytes(UTF_8);

    assertThat(fixture.parser.parse(event, new byte[0], null, ACCEPTED.toEpochMilli()))
        .isEqualTo(
            new Refusal(
                Reason.INVALID_FIELD,
                "client_id",
                "client_id must be 1-64 of A-Z, a-z, 0-9, '_' and '-'; got a string of 0 characters"
                    + " in the record header penstock-client-id"));
    assertThat(fixture.parser.parse(event, null, new byte[] {-1}, ACCEPTED.toEpochMilli()))
        .isEqualTo(
            new Refusal(
                Reason.INVALID_FIELD,
                "api_key_hash",
                "api_key_hash must be 64 hex digits, the SHA-256 of the API key;"
                    + " got a string of 1 characters in the record header penstock-api-key-hash"));
  }

  @Test
  void aRecordThatIsNoEventStillClaimsTheClientOfItsHeader() {
    fixture.parser.parse(
        "oops".getBytes(UTF_8), "globex".getBytes(UTF_8), null, ACCEPTED.toEpochMilli());
    assertThat(fixture.parser.claimedClientId()).isEqualTo("globex");

    fixture.reject("oops");
    assertThat(fixture.parser.claimedClientId()).isNull();
  }

  @Test
  void aRejectedEventClaimsItsClientIfThatCouldBeRead() {
    fixture.reject(eventWith("\"user_id\":1"));
    assertThat(fixture.parser.claimedClientId()).isEqualTo("acme");

    fixture.reject(eventWith().replace("acme", "ac me"));
    assertThat(fixture.parser.claimedClientId()).isNull();
  }

  @Test
  void aRecordOverTheLimitIsRejectedByItsSizeAlone() {
    byte[] event = eventWith().getBytes(UTF_8);
    byte[] largest = java.util.Arrays.copyOf(event, MAX_RECORD_BYTES);
    java.util.Arrays.fill(largest, event.length, largest.length, (byte) ' ');

    fixture.accept(largest);
    assertThat(fixture.reject(new byte[MAX_RECORD_BYTES + 1]))
        .isEqualTo(
            new Refusal(
                Reason.RECORD_TOO_LARGE,
                "",
                "the record's value has 1048577 bytes; at most 1048576 are accepted"));
  }

  @Test
  void aRecordWithoutAValueIsRejected() {
    for (byte[] nothing : new byte[][] {null, new byte[0]}) {
      assertThat(fixture.reject(nothing))
          .isEqualTo(
              new Refusal(
                  Reason.MALFORMED_JSON, "", "the record has no value; expected a JSON object"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          []              | expected a JSON object in UTF-8, found '[' at byte 0
          ` "x"`          | expected a JSON object in UTF-8, found '"' at byte 1
          null            | expected a JSON object in UTF-8, found 'n' at byte 0
          {               | expected a string, found the end at byte 1
          {"a"            | expected ':', found the end at byte 4
          {"a":           | expected a value, found the end at byte 5
          {"a":1          | expected ',' or '}', found the end at byte 6
          {"a":1,}        | expected a string, found '}' at byte 7
          {"a":1}x        | expected the end after the JSON object, found 'x' at byte 7
          {"a":01}        | a number is not valid at byte 5
          {"a":tru}       | expected a value, found 't' at byte 5
          {"a":?x}        | expected a value, found '?' at byte 5
          {"a":"x}        | a string is not closed at byte 5
          {"a":"\\x"}     | an escape sequence in a string is not valid at byte 6
          {"a":[1 2]}     | expected ',' or ']', found '2' at byte 8
          {"a":{"b" 1}}   | expected ':', found '1' at byte 10
          {a:1}           | expected a string, found 'a' at byte 1
          é{}             | expected a JSON object in UTF-8, found byte 0xc3 at byte 0
          """)
  void brokenJsonIsToldByWhatWasExpectedWhere(String json, String detail) {
    assertThat(fixture.reject(json)).isEqualTo(new Refusal(Reason.MALFORMED_JSON, "", detail));
  }
}
