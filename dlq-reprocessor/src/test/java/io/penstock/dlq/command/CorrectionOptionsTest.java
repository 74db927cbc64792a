package io.penstock.dlq.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.ExitCode;
import io.penstock.dlq.correction.Corrected;
import io.penstock.dlq.correction.Corrections;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class CorrectionOptionsTest {
  private static final String HASH = "0123456789abcdef".repeat(4);

  @Command(name = "edit")
  private static final class Edit {
    @Mixin private CorrectionOptions options = new CorrectionOptions();
  }

  private static Corrections parse(String... args) {
    return CommandLine.populateCommand(new Edit(), args).options.corrections();
  }

  private static String corrected(String json, String... args) {
    return switch (parse(args).apply(json.getBytes(UTF_8), new RecordHeaders())) {
      case Corrected.Changed(byte[] value, var _) -> new String(value, UTF_8);
      case Corrected.Unchanged() -> json;
      case Corrected.Impossible(String why) -> why;
    };
  }

  @Test
  void correctionsKeepTheOrderOfTheCommandLine() {
    assertThat(
            parse(
                    "--rename",
                    "user=user_id",
                    "--set=event_name=a=b",
                    "--parse-time",
                    "event_time=epoch-micros",
                    "--rename",
                    "event_properties.a=event_properties.b",
                    "--default",
                    "event_properties.n=1.10",
                    "--set",
                    "x={\"y\": [1]}")
                .describe())
        .isEqualTo(
            "rename user=user_id; set event_name=\"a=b\"; parse-time event_time=epoch-micros;"
                + " rename event_properties.a=event_properties.b; default event_properties.n=1.10;"
                + " set x={\"y\": [1]}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "x=1.10|1.10",
        "x= 1e400 |1e400",
        "x=true|true",
        "x=null|null",
        "x=[1, {}]|[1, {}]",
        "x=\"a\\u00e4\"|\"a\\u00e4\"",
        "x=|\"\"",
        "x=007|\"007\"",
        "x=NaN|\"NaN\"",
        "x=1 2|\"1 2\"",
        "x={a|\"{a\"",
        "x=say \"hi\"|\"say \\\"hi\\\"\"",
        "x=über|\"über\"",
      })
  void aValueIsJsonIfItIsValidJsonElseAString(String argument, String json) {
    assertThat(corrected("{}", "--set", argument)).isEqualTo("{\"x\":" + json + "}");
  }

  @ParameterizedTest
  @CsvSource({"42,\"42\"", "true,\"true\"", "null,null", "\"42\",\"42\""})
  void fieldsThatMustBeStringsGetStrings(String value, String json) {
    assertThat(corrected("{}", "--set", "user_id=" + value))
        .isEqualTo("{\"user_id\":" + json + "}");
    assertThat(corrected("{}", "--set", "event_time=1700000000000"))
        .isEqualTo("{\"event_time\":1700000000000}");
  }

  @Test
  void ofAKeysHashTheDescriptionHasEightDigits() {
    String described =
        parse(
                "--set",
                "api_key_hash=" + HASH,
                "--default",
                "event_properties.note=" + HASH,
                "--set",
                "x={\"api_key_hash\":\"" + HASH + "\"}",
                "--set",
                "event_properties.password=hunter2")
            .toString();

    assertThat(described)
        .doesNotContain(HASH.substring(0, 9))
        .doesNotContain(HASH.substring(9))
        .doesNotContain("hunter2")
        .startsWith("set api_key_hash=01234567***; default event_properties.note=");
  }

  @Test
  void theDescriptionIsOneLine() {
    assertThat(parse("--set", "x={\n\"a\":\u001b1}", "--set", "y=[1,\r\n2]").describe())
        .doesNotContain("\n")
        .doesNotContain("\r")
        .doesNotContain("\u001b");
  }

  @Test
  void aZoneIsOfTheTimesThatTellNone() {
    String[] args = {"--parse-time", "t=yyyy-MM-dd HH:mm", "--zone", "Europe/Berlin"};

    assertThat(corrected("{\"t\":\"2026-07-01 12:00\"}", args))
        .isEqualTo("{\"t\":\"2026-07-01T10:00:00.000Z\"}");
    assertThat(parse(args).describe())
        .isEqualTo("parse-time t=yyyy-MM-dd HH:mm (zone Europe/Berlin)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--zone UTC",
        "--zone UTC --set a=1",
        "--zone Nowhere --parse-time t=yyyy-MM-dd",
        "--set a",
        "--set =1",
        "--set a..b=1",
        "--set .a=1",
        "--set client_id=null",
        "--set a=\ufffd",
        "--set a=\ud800",
        "--default api_key_hash=1234",
        "--rename a",
        "--rename a=",
        "--rename a=a",
        "--rename a.b=b",
        "--rename a.b=c.b",
        "--parse-time t",
        "--parse-time t=",
        "--parse-time t=nonsense",
        "--parse-time t=HH:mm",
        "--parse-time t=yyyy-MM",
        "--parse-time t=YYYY-MM-dd",
        "--parse-time t=yyyy-MM-dd'T'hh:mm",
        "--parse-time t=yyyy-MM-dd'T'mm",
        "--parse-time client_id=yyyy-MM-dd",
      })
  void whatIsWrongIsAUsageError(String line) {
    String[] args = line.isEmpty() ? new String[0] : line.split(" ", -1);

    assertThatThrownBy(() -> parse(args))
        .isInstanceOfSatisfying(
            CommandFailure.class,
            failure -> assertThat(failure.exitCode()).isEqualTo(ExitCode.USAGE))
        .message()
        .isNotBlank();
  }

  @Test
  void aWrongHashIsNotRepeated() {
    assertThatThrownBy(() -> parse("--set", "api_key_hash=" + HASH + "0"))
        .hasMessageContaining("64 hex digits")
        .message()
        .doesNotContain("0123456789");
  }

  @Test
  void theHelpTellsHowAValueIsRead() {
    assertThat(new CommandLine(new Edit()).getUsageMessage().replaceAll("\\s+", " "))
        .contains("JSON if it is valid JSON, else a string")
        .contains("made in the order given")
        .contains("--parse-time=FIELD=PATTERN");
  }
}
