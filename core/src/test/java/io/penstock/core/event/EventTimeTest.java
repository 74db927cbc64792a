package io.penstock.core.event;

import static io.penstock.core.event.ParserFixture.ACCEPTED;
import static io.penstock.core.event.ParserFixture.EARLIEST;
import static io.penstock.core.event.ParserFixture.MAX_AHEAD;
import static io.penstock.core.event.ParserFixture.eventWith;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.refusal.Reason;
import io.penstock.core.refusal.Refusal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventTimeTest {
  private final ParserFixture fixture = new ParserFixture();

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          2026-01-31T23:59:59Z,                     2026-01-31T23:59:59Z
          2026-01-31t23:59:59z,                     2026-01-31T23:59:59Z
          2026-01-31T23:59Z,                        2026-01-31T23:59:00Z
          2024-02-29T00:00:00Z,                     2024-02-29T00:00:00Z
          2000-02-29T00:00:00+00:00,                2000-02-29T00:00:00Z
          2026-01-31T23:59:59+01:00,                2026-01-31T22:59:59Z
          2026-01-31T23:59:59-03:30,                2026-02-01T03:29:59Z
          2026-01-31T23:59:59+05:45,                2026-01-31T18:14:59Z
          2026-01-31T23:59:59-00:00,                2026-01-31T23:59:59Z
          2026-01-31T23:59:59+14,                   2026-01-31T09:59:59Z
          2026-01-31T23:59:59-0330,                 2026-02-01T03:29:59Z
          2026-01-31T23:59:59.000+0000,             2026-01-31T23:59:59Z
          2026-01-31T23:59:59+01:00[Europe/Vienna], 2026-01-31T22:59:59Z
          2026-01-31T23:59:59.1Z,                   2026-01-31T23:59:59.1Z
          2026-01-31T23:59:59.12Z,                  2026-01-31T23:59:59.12Z
          2026-01-31T23:59:59.123Z,                 2026-01-31T23:59:59.123Z
          2026-01-31T23:59:59.1239Z,                2026-01-31T23:59:59.123Z
          2026-01-31T23:59:59.12399Z,               2026-01-31T23:59:59.123Z
          2026-01-31T23:59:59.123999Z,              2026-01-31T23:59:59.123Z
          2026-01-31T23:59:59.1239999Z,             2026-01-31T23:59:59.123Z
          2026-01-31T23:59:59.12399999+01:00,       2026-01-31T22:59:59.123Z
          2026-01-31T23:59:59.999999999Z,           2026-01-31T23:59:59.999Z
          2026-01-31T23:59\\u003a59Z,               2026-01-31T23:59:59Z
          """)
  void isoTextWithAZoneIsRead(String text, Instant expected) {
    Event event = fixture.accept(eventWith("\"event_time\":\"" + text + '"'));

    assertThat(Instant.ofEpochMilli(event.eventTimeMillis())).isEqualTo(expected);
  }

  @Test
  void aCommaMayStandBeforeTheFraction() {
    Event event = fixture.accept(eventWith("\"event_time\":\"2026-01-31T23:59:59,25Z\""));

    assertThat(event.eventTimeMillis()).isEqualTo(1_769_903_999_250L);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Z",
        "now",
        "2026-01-31",
        "2026-01-31T23:59:59",
        "2026-01-31T23:59:59.123",
        "2026-01-31 23:59:59Z",
        "2026-01-31T23:59:59.1234567890Z",
        "2026-01-31T23:59:59ZZ",
        "2026-01-31T23:59:59 Z",
        "2026-01-31T23:59:59+1",
        "2026-01-31T23:59:59+1:00",
        "2026-01-31T23:59:59+01:60",
        "2026-01-31T23:59:59+19:00",
        "2026-01-31T23:59:59*01:00",
        "2026-01-31T23:59:59+01:00[Nowhere/Land]",
        "2026-01-31T24:00:00Z",
        "2026-01-31T23:60:00Z",
        "2026-01-31T23:59:60Z",
        "2026-00-31T23:59:59Z",
        "2026-13-31T23:59:59Z",
        "2026-01-00T23:59:59Z",
        "2026-01-32T23:59:59Z",
        "2026-04-31T23:59:59Z",
        "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-1-31T23:59:59Z",
        "2026-01-31T23:59:5:Z",
        "2026-01-31T23:5/:59Z",
        "-026-01-31T23:59:59Z",
        "2026-01-31T23:59:59é",
        "1769903999000",
        "+999999999-12-31T23:59:59Z"
      })
  void otherTextIsNoTime(String text) {
    assertThat(fixture.reject(eventWith("\"event_time\":\"" + text + '"')))
        .isEqualTo(
            new Refusal(
                Reason.INVALID_FIELD,
                "event_time",
                "event_time must be ISO-8601 with a zone such as 2026-01-31T23:59:59.123Z,"
                    + " or integer epoch milliseconds; got a string of "
                    + text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length
                    + " bytes"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"1769903999.123", "1.769903999e12", "1769903999000.0", "1e3", "1234567890123456"})
  void onlyAnIntegerOfMillisecondsIsATime(String number) {
    assertThat(fixture.reject(eventWith("\"event_time\":" + number)))
        .extracting(Refusal::reason, Refusal::field)
        .containsExactly(Reason.INVALID_FIELD, "event_time");
  }

  @Test
  void epochMillisecondsAreRead() {
    Event event = fixture.accept(eventWith("\"event_time\":1769903999123"));

    assertThat(event.eventTimeMillis()).isEqualTo(1_769_903_999_123L);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1970-01-01T00:00:00Z",
    "-0, 1970-01-01T00:00:00Z",
    "-86400000, 1969-12-31T00:00:00Z",
    "1769903999, 1970-01-21T11:38:23.999Z"
  })
  void aZeroedClockOrSecondsAreToldFromMilliseconds(String number, String time) {
    assertThat(fixture.reject(eventWith("\"event_time\":" + number)))
        .isEqualTo(
            new Refusal(
                Reason.EVENT_TIME_OUT_OF_RANGE,
                "event_time",
                "event_time " + time + " is before 1980-01-01T00:00:00Z"));
  }

  @Test
  void theEarliestTimeIsInRangeAndTheMillisecondBeforeIsNot() {
    long earliest = EARLIEST.toEpochMilli();

    assertThat(fixture.accept(eventWith("\"event_time\":" + earliest)).eventTimeMillis())
        .isEqualTo(earliest);
    fixture.accept(eventWith("\"event_time\":\"1980-01-01T00:00:00.000Z\""));
    assertThat(fixture.reject(eventWith("\"event_time\":" + (earliest - 1))).reason())
        .isEqualTo(Reason.EVENT_TIME_OUT_OF_RANGE);
  }

  @Test
  void howFarAheadIsJudgedByTheRecordsTimestamp() {
    Instant latest = ACCEPTED.plus(MAX_AHEAD);

    fixture.accept(eventWith("\"event_time\":\"" + latest + '"'));
    assertThat(fixture.reject(eventWith("\"event_time\":\"" + latest.plusMillis(1) + '"')))
        .isEqualTo(
            new Refusal(
                Reason.EVENT_TIME_OUT_OF_RANGE,
                "event_time",
                "event_time 2026-03-02T12:00:00.001Z is more than 86400 s ahead of the broker's"
                    + " 2026-03-01T12:00:00Z"));
  }

  @Test
  void theFarthestTimesOverflowNothing() {
    for (String time :
        new String[] {
          "999999999999999", "\"+292278994-08-17T07:12:55.807Z\"", "\"9999-12-31T23:59:59Z\""
        }) {
      byte[] event = eventWith("\"event_time\":" + time).getBytes(US_ASCII);
      for (long timestamp : new long[] {-1, 0, Long.MIN_VALUE / 2, ACCEPTED.toEpochMilli()}) {
        assertThat(fixture.parser.parse(event, null, null, timestamp))
            .extracting(refusal -> refusal == null ? null : refusal.reason())
            .isEqualTo(Reason.EVENT_TIME_OUT_OF_RANGE);
      }
    }
  }

  @Test
  void aRecordWithoutTimestampIsNoTimeForAnEventWithoutOne() {
    assertThat(fixture.parser.parse(eventWith().getBytes(US_ASCII), null, null, -1))
        .isEqualTo(
            new Refusal(
                Reason.EVENT_TIME_OUT_OF_RANGE,
                "event_time",
                "event_time is absent, and the record's timestamp 1969-12-31T23:59:59.999Z"
                    + " is before 1980-01-01T00:00:00Z"));
  }

  @Test
  void everyDayOfFourHundredYearsIsReadAsTheJdkDoes() {
    for (LocalDate day = LocalDate.of(1900, 1, 1); day.getYear() < 2300; day = day.plusDays(1)) {
      byte[] text = (day + "T01:02:03Z").getBytes(US_ASCII);
      assertThat(EventTime.fromIso(text, 0, text.length))
          .isEqualTo(day.atTime(1, 2, 3).toInstant(ZoneOffset.UTC).toEpochMilli());
    }
  }

  @Test
  void textOneByteOffATimeIsReadAsTheJdkDoesOrNotAtAll() {
    Seeds.check(
        5_000,
        random -> {
          byte[] text = "2026-02-28T23:59:59.123+01:00".getBytes(US_ASCII);
          text[random.nextInt(text.length)] = (byte) (0x20 + random.nextInt(0x5f));
          String mutated = new String(text, US_ASCII);
          long expected;
          try {
            expected = OffsetDateTime.parse(mutated).toInstant().toEpochMilli();
          } catch (DateTimeException notATime) {
            expected = EventTime.NONE;
          }

          long actual = EventTime.fromIso(text, 0, text.length);

          // Offsets between 18:00 and 18:59 and the comma are ours alone.
          boolean wider = mutated.contains(",") || mutated.contains("+18:");
          assertThat(wider ? expected : actual).as(mutated).isEqualTo(expected);
        });
  }
}
