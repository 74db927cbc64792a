package io.penstock.core.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.client.Retention.From;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetentionTest {
  private static final long NOW = Instant.parse("2026-11-26T12:00:00Z").toEpochMilli();

  @ParameterizedTest
  @CsvSource({
    // Ten days or more keep a day's margin; fewer keep a tenth.
    "365, PT8736H, false",
    "365, PT8736H0.001S, true",
    "365, -PT8736H, false",
    "10, PT216H, false",
    "10, PT216H0.001S, true",
    "1, PT21H36M, false",
    "1, PT21H36M0.001S, true",
    "20000, P19999D, false",
    "20000, P19999DT0.001S, true"
  })
  void whatIsOlderThanTheClientKeepsLessAMarginIsOver(int days, Duration age, boolean isOver) {
    long then = NOW - age.toMillis();

    assertThat(new Retention(days, From.EVENT_TIME).isOver(then, NOW, NOW)).isEqualTo(isOver);
    assertThat(new Retention(days, From.ARRIVAL).isOver(0, then, NOW)).isEqualTo(isOver);
    assertThat(new Retention(days, From.ARRIVAL).isOver(then, NOW, NOW)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 20_001, Integer.MAX_VALUE})
  void daysHaveBounds(int days) {
    assertThatThrownBy(() -> new Retention(days, From.ARRIVAL))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("The retention of %d days is not between 1 and 20000.".formatted(days));
  }

  @Test
  void whatTheyAreCountedFromIsWrittenAndRead() {
    for (From from : From.values()) {
      assertThat(From.of(from.text())).isSameAs(from);
    }
    assertThatThrownBy(() -> From.of("birth"))
        .hasMessage("The retention is counted from event_time or arrival, not from birth.");
  }

  @Test
  void whatKeepsLongerKeepsAllAndSoDoesWhatCountsFromArrival() {
    Retention month = new Retention(30, From.EVENT_TIME);

    assertThat(new Retention(31, From.EVENT_TIME).keeps(month)).isTrue();
    assertThat(new Retention(30, From.ARRIVAL).keeps(month)).isTrue();
    assertThat(new Retention(29, From.ARRIVAL).keeps(month)).isFalse();
    assertThat(month.keeps(new Retention(7, From.ARRIVAL))).isFalse();
    assertThat(month.keeps(month)).isTrue();
  }

  /** ClickHouse has 32 bits for the end of a row's time. */
  @Test
  void theLongestRetentionEndsBeforeClickHousesTimeDoes() {
    assertThat(Instant.ofEpochMilli(NOW).plus(Duration.ofDays(Retention.MAX_DAYS)))
        .isBefore(Instant.ofEpochSecond(0xffff_ffffL));
  }
}
