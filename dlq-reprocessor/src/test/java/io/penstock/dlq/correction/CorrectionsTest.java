package io.penstock.dlq.correction;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.event.EventLimits;
import io.penstock.core.event.EventParser;
import io.penstock.core.refusal.Reason;
import io.penstock.core.refusal.Refusal;
import java.nio.charset.Charset;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CorrectionsTest {
  private static final String HASH = "0123456789abcdef".repeat(4);

  private static FieldPath field(String path) {
    return FieldPath.parse("test", path);
  }

  private static Correction set(String path, String value) {
    return new Correction.SetField(field(path), NewValue.parse("test", field(path), value));
  }

  private static Correction fallback(String path, String value) {
    return new Correction.DefaultField(field(path), NewValue.parse("test", field(path), value));
  }

  private static Correction rename(String from, String to) {
    return new Correction.RenameField(field(from), field(to));
  }

  private static Correction time(String path, String pattern, String zone) {
    return new Correction.ParseTime(field(path), TimePattern.of(pattern, ZoneId.of(zone)));
  }

  @Test
  void numbersBecomeStringsDigitForDigit() {
    Correction toText = new Correction.ToText(field("p.id"));

    assertThat(told("{\"p\":{\"id\": 1.10e3 }}", toText))
        .isEqualTo("{\"p\":{\"id\": \"1.10e3\" }}");
    assertThat(told("{\"p\":{\"id\":true}}", toText)).isEqualTo("{\"p\":{\"id\":\"true\"}}");
    assertThat(told("{\"p\":{\"id\":\"1\"}}", toText)).isEqualTo("unchanged");
    assertThat(told("{\"p\":{\"id\":null}}", toText)).isEqualTo("unchanged");
    assertThat(told("{\"p\":{}}", toText)).isEqualTo("unchanged");
    assertThat(told("{\"p\":{\"id\":[1]}}", toText))
        .isEqualTo("p.id is an array, not a number or a boolean");
  }

  private static Corrected apply(String json, Headers headers, Correction... steps) {
    return new Corrections(List.of(steps)).apply(json.getBytes(UTF_8), headers);
  }

  /** The corrected text; "unchanged"; or why not. */
  private static String told(String json, Correction... steps) {
    return switch (apply(json, new RecordHeaders(), steps)) {
      case Corrected.Changed(byte[] value, var _) -> new String(value, UTF_8);
      case Corrected.Unchanged() -> "unchanged";
      case Corrected.Impossible(String why) -> why;
    };
  }

  /** Whether the router takes the text for a JSON object, whatever it thinks of its fields. */
  private static boolean routerReads(String text) {
    EventParser parser = new EventParser(new EventLimits(1 << 20, 0, Long.MAX_VALUE));
    Refusal refusal = parser.parse(text.getBytes(UTF_8), null, null, 0);
    return refusal == null || refusal.reason() != Reason.MALFORMED_JSON;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"a\" : 1.10 , \"b\":1e400}|{\"a\" : 7 , \"b\":1e400}",
        "{\"b\":1, \"a\":\"x\\\"}\" }|{\"b\":1, \"a\":7 }",
        "{\"a\":{\"a\":[1]} }|{\"a\":7 }",
        "{\"a\":[ ] ,\"b\":{\"a\":2}}|{\"a\":7 ,\"b\":{\"a\":2}}",
        "{\"\\u0061\":null}|{\"\\u0061\":7}",
        "{\"b\":1 }|{\"b\":1,\"a\":7 }",
        "{\"b\":1,\"b\":2}|{\"b\":1,\"b\":2,\"a\":7}",
        "{ }|{\"a\":7 }",
        "{\"a\":7}|unchanged",
        "{\"a\":1,\"a\":2}|a stands twice in the event",
      })
  void setGivesAFieldAValueWhateverItWas(String json, String expected) {
    assertThat(told(json, set("a", "7"))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"p\":{ \"q\":{\"r\":1} ,\"s\":2}}|{\"p\":{ \"q\":{\"r\":7} ,\"s\":2}}",
        "{\"p\":{\"q\":{ } ,\"s\":2}}|{\"p\":{\"q\":{\"r\":7 } ,\"s\":2}}",
        "{\"p\":{\"q\":{\"x\":1 } ,\"s\":2}}|{\"p\":{\"q\":{\"x\":1,\"r\":7 } ,\"s\":2}}",
        "{\"p\":{\"s\":2}, \"q\":3}|{\"p\":{\"s\":2,\"q\":{\"r\":7}}, \"q\":3}",
        "{\"p\":null, \"q\":3}|{\"p\":{\"q\":{\"r\":7}}, \"q\":3}",
        "{}|{\"p\":{\"q\":{\"r\":7}}}",
        "{\"p\":{\"q\":[{\"r\":1}]}}|p.q is an array, not an object",
        "{\"p\":\"x\"}|p is a string, not an object",
        "{\"p\":{\"q\":{}},\"p\":1}|p stands twice in the event",
        "{\"p\":{\"q\":{},\"\\u0071\":1}}|p.q stands twice in the event",
      })
  void aPathLeadsIntoObjects(String json, String expected) {
    assertThat(told(json, set("p.q.r", "7"))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"a\":null}|{\"a\":\"x\"}",
        "{\"b\":0}|{\"b\":0,\"a\":\"x\"}",
        "{\"a\":\"\"}|unchanged",
        "{\"a\":false}|unchanged",
      })
  void defaultFillsInWhatIsAbsentOrNull(String json, String expected) {
    assertThat(told(json, fallback("a", "x"))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"p\":{\"old\" : 1.10}}|{\"p\":{\"new\" : 1.10}}",
        "{\"p\":{\"\\u006fl\\u0064\":null},\"old\":1}|{\"p\":{\"new\":null},\"old\":1}",
        "{\"p\":{\"x\":\"old\"}}|unchanged",
        "{\"p\":[\"old\"]}|unchanged",
        "{\"old\":1}|unchanged",
        "{\"p\":{\"old\":1,\"new\":null}}|p.old and p.new are both there",
        "{\"p\":{\"old\":1,\"old\":2}}|p.old stands twice in the event",
      })
  void renameGivesTheSameValueAnotherName(String json, String expected) {
    assertThat(told(json, rename("p.old", "p.new"))).isEqualTo(expected);
  }

  @Test
  void correctionsAreMadeInOrderAllOrNone() {
    assertThat(
            told(
                "{\"ts\":\"1700000000\"}",
                rename("ts", "event_time"),
                time("event_time", "epoch-seconds", "UTC"),
                fallback("event_name", "seen")))
        .isEqualTo("{\"event_time\":\"2023-11-14T22:13:20.000Z\",\"event_name\":\"seen\"}");
    assertThat(told("{\"a\":1}", set("b", "2"), time("a", "yyyy-MM-dd", "UTC")))
        .isEqualTo("a does not fit yyyy-MM-dd (zone UTC)");
    assertThat(told("{\"a\":1}", set("a", "2"), set("a", "1"))).isEqualTo("unchanged");
  }

  @Test
  void theReasonDoesNotRepeatWhatTheEventSays() {
    String secret = "secret".repeat(30);

    assertThat(told("{\"t\":\"" + secret + "\"}", time("t", "epoch-micros", "UTC")))
        .isEqualTo("t has 182 bytes: too long for a time");
    assertThat(told("{\"t\":" + secret + "}", set("t", "1")))
        .startsWith("the event is not JSON, near byte ")
        .doesNotContain("secret");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "[]",
        "1",
        "null",
        "{",
        "{\"a\":1",
        "{\"a\" 1}",
        "{a:1}",
        "{\"a\":01}",
        "{\"a\":1,}",
        "{\"a\":1} {}",
        "{\"a\":1}x",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":nul}",
        "{'a':1}",
        "{\"a\":NaN}",
        "{\"b\":[1}}",
        "\ufeff{\"a\":1}",
        "{\"a\":1}\0",
        "\0{\"a\":1}"
      })
  void whatIsNoJsonObjectIsImpossible(String text) {
    Headers headers = new RecordHeaders().add("penstock-client-id", "x".getBytes(UTF_8));

    assertThat(routerReads(text)).isFalse();
    assertThat(apply(text, new RecordHeaders(), set("a", "2")))
        .isInstanceOf(Corrected.Impossible.class);
    assertThat(apply(text, headers, set("client_id", "y")))
        .isInstanceOf(Corrected.Impossible.class);
  }

  @Test
  void otherEncodingsAreImpossible() {
    for (Charset charset : List.of(UTF_16BE, UTF_16LE, ISO_8859_1, Charset.forName("UTF-32LE"))) {
      assertThat(
              new Corrections(List.of(set("a", "2")))
                  .apply("{\"a\":\"ä\"}".getBytes(charset), new RecordHeaders()))
          .isInstanceOf(Corrected.Impossible.class);
    }
  }

  @Test
  void nestingIsBoundedAsInTheRouter() {
    String bearable = "[".repeat(256) + "]".repeat(256);
    String hostile = "[".repeat(400_000);

    assertThat(routerReads("{\"x\":" + bearable + "}")).isTrue();
    assertThat(routerReads("{\"x\":[" + bearable + "]}")).isFalse();
    assertThat(told("{\"a\":1,\"x\":" + bearable + "}", set("a", "2")))
        .isEqualTo("{\"a\":2,\"x\":" + bearable + "}");
    assertThat(told("{\"a\":1,\"x\":[" + bearable + "]}", set("a", "2")))
        .startsWith("the event is nested deeper than the router reads");
    assertThat(told("{\"a\":1,\"x\":" + hostile, set("a", "2")))
        .startsWith("the event is nested deeper than the router reads");
  }

  @Test
  void anIdentityInAHeaderIsCorrectedThere() {
    Headers headers =
        new RecordHeaders()
            .add("penstock-client-id", "old".getBytes(UTF_8))
            .add("first", new byte[] {1})
            .add("penstock-client-id", "wrong".getBytes(UTF_8))
            .add("last", null);

    Corrected corrected = apply("{\"client_id\":\"x\"}", headers, set("client_id", "42"));

    assertThat(corrected)
        .isInstanceOfSatisfying(
            Corrected.Changed.class,
            changed -> {
              assertThat(changed.value()).asString(UTF_8).isEqualTo("{\"client_id\":\"x\"}");
              assertThat(changed.headers().toArray())
                  .containsExactly(
                      new RecordHeader("penstock-client-id", "old".getBytes(UTF_8)),
                      new RecordHeader("first", new byte[] {1}),
                      new RecordHeader("penstock-client-id", "42".getBytes(UTF_8)),
                      new RecordHeader("last", (byte[]) null));
            });
    assertThat(headers.lastHeader("penstock-client-id").value()).asString(UTF_8).isEqualTo("wrong");
  }

  @Test
  void aHeaderOfAnIdentityCountsAsThereAndHasNoOtherName() {
    Headers headers = new RecordHeaders().add("penstock-api-key-hash", HASH.getBytes(UTF_8));

    assertThat(apply("{}", headers, fallback("api_key_hash", "f".repeat(64))))
        .isEqualTo(new Corrected.Unchanged());
    assertThat(apply("{}", headers, set("api_key_hash", HASH)))
        .isEqualTo(new Corrected.Unchanged());
    assertThat(apply("{\"key\":1}", headers, rename("key", "api_key_hash")))
        .isEqualTo(
            new Corrected.Impossible(
                "key and api_key_hash are both there, the latter as the record header"
                    + " penstock-api-key-hash"));
    assertThat(apply("{\"api_key_hash\":1}", headers, rename("api_key_hash", "key")))
        .isEqualTo(
            new Corrected.Impossible(
                "api_key_hash comes from the record header penstock-api-key-hash, which has no"
                    + " other name"));
  }

  @Test
  void aHeaderWithoutAValueIsNoneAsForTheRouter() {
    Headers headers = new RecordHeaders().add("penstock-client-id", null);

    assertThat(apply("{}", headers, fallback("client_id", "acme")))
        .isInstanceOfSatisfying(
            Corrected.Changed.class,
            changed ->
                assertThat(changed.value()).asString(UTF_8).isEqualTo("{\"client_id\":\"acme\"}"));
  }

  @Test
  void anIdentityWithinAnotherObjectHasNoHeader() {
    Headers headers = new RecordHeaders().add("penstock-client-id", "acme".getBytes(UTF_8));

    assertThat(apply("{}", headers, set("event_properties.client_id", "7")))
        .isInstanceOfSatisfying(
            Corrected.Changed.class,
            changed ->
                assertThat(changed.value())
                    .asString(UTF_8)
                    .isEqualTo("{\"event_properties\":{\"client_id\":7}}"));
  }

  @Test
  void aMebibyteIsCorrectedAtOnce() {
    String many = "{\"k\":[1.10,\"\\u00e4\",null]},".repeat(40_000);
    String json = "{\"a\":0,\"x\":[" + many + "0],\"b\":0}";
    Correction[] steps = {set("a", "1"), fallback("c", "1"), rename("b", "d"), set("x", "{}")};
    long start = System.nanoTime();

    for (int i = 0; i < 20; i++) {
      assertThat(told(json, steps)).isEqualTo("{\"a\":1,\"x\":{},\"d\":0,\"c\":1}");
    }

    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
  }
}
