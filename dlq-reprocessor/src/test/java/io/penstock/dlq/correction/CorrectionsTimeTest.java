package io.penstock.dlq.correction;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.ZoneId;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CorrectionsTimeTest {
  private static String told(String json, String pattern, String zone) {
    Correction time =
        new Correction.ParseTime(
            FieldPath.parse("test", "t"), TimePattern.of(pattern, ZoneId.of(zone)));
    return switch (new Corrections(List.of(time))
        .apply(json.getBytes(UTF_8), new RecordHeaders())) {
      case Corrected.Changed(byte[] value, var _) -> new String(value, UTF_8);
      case Corrected.Unchanged() -> "unchanged";
      case Corrected.Impossible(String why) -> why;
    };
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "epoch-seconds|1700000000|2023-11-14T22:13:20.000Z",
        "epoch-seconds|1700000000.9876|2023-11-14T22:13:20.987Z",
        "epoch-seconds|1.7e9|2023-11-14T22:13:20.000Z",
        "epoch-seconds|\"-1\"|1969-12-31T23:59:59.000Z",
        "epoch-micros|1700000000123999|2023-11-14T22:13:20.123Z",
        "epoch-millis|\"1700000000123\"|2023-11-14T22:13:20.123Z",
        "epoch-millis|1700000000123.75|2023-11-14T22:13:20.123Z",
        "epoch-millis|1.700000000123E12|2023-11-14T22:13:20.123Z",
        "epoch-millis|\"1.7E12\"|2023-11-14T22:13:20.000Z",
        "epoch-nanos|1700000000123999999|2023-11-14T22:13:20.123Z",
        "yyyyMMdd|20260228|2026-02-28T00:00:00.000Z",
        "yyyy-MM-dd HH:mm:ss|\"2026-01-31 23:59:58\"|2026-01-31T23:59:58.000Z",
        "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX|\"2026-01-31T23:59:58.123456+02:00\"|2026-01-31T21:59:58.123Z",
        "dd/MMM/yyyy:HH:mm:ss Z|\"21\\/nov\\/2026:15:01:02 -0130\"|2026-11-21T16:31:02.000Z",
        "M/d/yy h:mm a|\"2/3/26 3:04 PM\"|2026-02-03T15:04:00.000Z",
        "EEE, dd MMM yyyy HH:mm:ss z|\"Sat, 21 Nov 2026 15:01:02 GMT\"|2026-11-21T15:01:02.000Z",
        "yyyy-MM-ddXXX|\"2026-11-21+01:00\"|2026-11-20T23:00:00.000Z",
      })
  void timesOfManyFormsBecomeIso(String pattern, String json, String iso) {
    assertThat(told("{\"t\": " + json + " }", pattern, "UTC"))
        .isEqualTo("{\"t\": \"" + iso + "\" }");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "epoch-seconds|\"2026-01-01\"|t does not fit epoch-seconds",
        "epoch-seconds|1e400|t does not fit epoch-seconds",
        "epoch-seconds|1e-2000000000|t does not fit epoch-seconds",
        "epoch-seconds|1700000000000|t is not within the years 0 to 9999, read as epoch-seconds",
        "epoch-seconds|null|t is absent or null",
        "epoch-seconds|{}|t is an object, not a text or a number",
        "epoch-seconds|true|t is a boolean, not a text or a number",
        "yyyy-MM-dd|\"2026-02-30\"|t does not fit yyyy-MM-dd (zone Europe/Berlin)",
        "yyyy-MM-dd HH:mm|\"2026-03-29 02:30\"|t does not fit yyyy-MM-dd HH:mm (zone Europe/Berlin)",
        "yyyy-MM-dd HH:mm|\"2026-10-25 02:30\"|t does not fit yyyy-MM-dd HH:mm (zone Europe/Berlin)",
      })
  void whatIsNoTimeOfThePatternIsImpossible(String pattern, String json, String why) {
    assertThat(told("{\"t\":" + json + "}", pattern, "Europe/Berlin")).isEqualTo(why);
  }
}
