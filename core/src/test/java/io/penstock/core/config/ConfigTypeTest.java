package io.penstock.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigTypeTest {
  enum Color {
    DARK_RED,
    BLUE
  }

  @ParameterizedTest
  @ValueSource(strings = {"0ms", "500ms", "1500ms", "10s", "90s", "5m", "12h", "36h", "7d"})
  void durationsAreReadAsTheyAreWritten(String text) {
    assertThat(Durations.format(Durations.parse(text))).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "5", "1.5s", "-1s", "PT5S", "5 min", "9999999999999s"})
  void durationsOfAnotherFormAreRefused(String text) {
    assertThatThrownBy(() -> Durations.parse(text)).hasMessageStartingWith("is not a duration");
  }

  @ParameterizedTest
  @ValueSource(strings = {"36501d", "999999999999d", "999999999999h", "3153600001s"})
  void durationsOfMoreThanAHundredYearsAreRefused(String text) {
    assertThatThrownBy(() -> Durations.parse(text)).hasMessage("is longer than 36500d");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0B", "512B", "64KiB", "1MiB", "1025KiB", "3GiB", "2048GiB"})
  void sizesAreReadAsTheyAreWritten(String text) {
    assertThat(DataSize.parse(text).toString()).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "64", "64MB", "64M", "-1B", "1.5MiB", "99999999999999GiB"})
  void sizesOfAnotherFormAreRefused(String text) {
    assertThatThrownBy(() -> DataSize.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void sizesHaveUnits() {
    assertThat(DataSize.ofMiB(2))
        .isEqualTo(DataSize.ofKiB(2048))
        .isEqualTo(new DataSize(2_097_152));
    assertThat(DataSize.parse("2MiB")).isGreaterThan(DataSize.parse("2047KiB"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"50%", "99%", "99.90%", "99.999%"})
  void sharesAreReadAsTheyAreWritten(String text) {
    ConfigType<BigDecimal> type = ConfigType.percentage("50%", "99.999%");
    assertThat(type.formatter().apply(type.parser().apply(text))).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "%", "99.9", "0,999%", "99.9 %", "-1%", "+60%", "99.", "9e1%"})
  void sharesOfAnotherFormAreRefused(String text) {
    ConfigType<BigDecimal> type = ConfigType.percentage("50%", "99.999%");
    assertThatThrownBy(() -> type.parser().apply(text)).hasMessage("is not a share such as 99.9%");
  }

  @Test
  void boundsAreIncluded() {
    ConfigType<Duration> type = ConfigType.duration(Duration.ofSeconds(1), Duration.ofMinutes(1));

    assertThat(type.parser().apply("1s")).isEqualTo(Duration.ofSeconds(1));
    assertThat(type.parser().apply("1m")).isEqualTo(Duration.ofMinutes(1));
    assertThatThrownBy(() -> type.parser().apply("999ms")).hasMessage("is out of range: 1s to 1m");
    assertThatThrownBy(
            () -> ConfigType.dataSize(DataSize.ofKiB(1), DataSize.ofMiB(1)).parser().apply("2MiB"))
        .hasMessage("is out of range: 1KiB to 1MiB");
    assertThatThrownBy(() -> ConfigType.percentage("50%", "99.999%").parser().apply("100%"))
        .hasMessage("is out of range: 50% to 99.999%");
    assertThatThrownBy(() -> ConfigType.integer(1, 2).parser().apply("x"))
        .hasMessageContaining("whole number");
  }

  @Test
  void choicesAreReadExactly() {
    assertThat(ConfigType.oneOf(Color.class).parser().apply("dark-red")).isEqualTo(Color.DARK_RED);
    assertThatThrownBy(() -> ConfigType.oneOf(Color.class).parser().apply("green"))
        .hasMessage("is not one of dark-red, blue");
  }

  @Test
  void swapsAndMissingLettersAreNear() {
    assertThat(NearMatch.distance("abcd", "abdc")).isEqualTo(1);
    assertThat(NearMatch.distance("abcd", "abd")).isEqualTo(1);
    assertThat(NearMatch.distance("", "abc")).isEqualTo(3);
  }
}
