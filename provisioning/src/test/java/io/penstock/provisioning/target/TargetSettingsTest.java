package io.penstock.provisioning.target;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetSettingsTest {
  @ParameterizedTest
  @ValueSource(strings = {"http://eu:8123", "https://eu.example.com:8443", "http://[::1]:8123/"})
  void urlOfAServerIsFine(String url) {
    assertThat(settings(url, null).problems()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "eu:8123",
        "ftp://eu",
        "http://eu:8123/path",
        "http://eu:8123?user=x",
        "http://",
        "http://eu 8123",
        "jdbc:clickhouse://eu"
      })
  void anyOtherUrlIsRefused(String url) {
    assertThat(settings(url, null).problems()).singleElement().asString().startsWith("The URL");
  }

  @Test
  void passwordInTheUrlIsRefusedAndNotRepeated() {
    assertThat(settings("http://writer:hunter2@eu:8123", null).problems())
        .singleElement()
        .asString()
        .contains("--password-variable")
        .doesNotContain("hunter2");
  }

  @ParameterizedTest
  @CsvSource({
    "PENSTOCK_TARGET_EU_PASSWORD, ''",
    "EU_PASSWORD, ''",
    "hunter2, names an environment variable",
    "PENSTOCK_EU_PASSWORD, would be taken for a setting",
    "EU_PASSWORD_FILE, ends in _FILE"
  })
  void passwordVariableIsANameThatNoSettingHas(String variable, String problem) {
    assertThat(String.join(" ", settings("http://eu:8123", variable).problems()))
        .contains(problem)
        .doesNotContain("hunter2");
    assertThat(settings("http://eu:8123", variable).problems().isEmpty())
        .isEqualTo(problem.isEmpty());
  }

  @Test
  void caFileTakesTlsAndAClusterIsAName() {
    assertThat(new TargetSettings("http://eu:8123", "", null, "/ca.pem", "x; DROP").problems())
        .hasSize(3);
    assertThat(new TargetSettings("https://eu:8443", "writer", null, "/ca.pem", "main").problems())
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "24.8.1.2684, true",
    "24.7.9.1, false",
    "23.12.1.1, false",
    "26.7.1.1, true",
    "nonsense, false"
  })
  void versionsFrom24Dot8OnAreSupported(String version, boolean supported) {
    assertThat(TargetCheck.versionProblem(version) == null).isEqualTo(supported);
  }

  private static TargetSettings settings(String url, @Nullable String passwordVariable) {
    return new TargetSettings(url, "default", passwordVariable, null, null);
  }
}
