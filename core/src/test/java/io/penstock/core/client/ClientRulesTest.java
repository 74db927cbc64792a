package io.penstock.core.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.clickhouse.Scratch;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.Secret;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names that somebody may have planted, at what every statement and every entry goes through. */
class ClientRulesTest {
  private static final Path V001 =
      Path.of(System.getProperty("penstock.home", ".."))
          .resolve("postgres/sql/V001__client_metadata.sql");

  static Stream<String> hostile() {
    return Stream.of(
        "x`.events_base VALUES (1); INSERT INTO `y",
        "x'; DROP DATABASE y; --",
        "x\"y",
        "x\\",
        "x\n",
        "x\u0000",
        "x\u2028y",
        "a.b",
        "a b",
        "a-b",
        "a/*b",
        "a${b}",
        "{a:String}",
        "",
        "1a",
        "\u0430bc",
        "ä",
        "\uff41",
        "a\ud83d\ude00",
        "a\ud800",
        "a".repeat(100_000));
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void noStatementIsMadeWithIt(String name) {
    ClickHouseConfig config =
        new ClickHouseConfig(URI.create("http://localhost"), "u", Secret.of(""), null, name);

    assertThatThrownBy(() -> ClickHouseClients.quoted(name))
        .isInstanceOf(IllegalArgumentException.class)
        .message()
        .hasSizeLessThan(200)
        .matches("[ -~]+");
    assertThatThrownBy(() -> ClickHouseClients.literal(name))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ClickHouseClients.onCluster(config))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Scratch.FORECAST.create(name, ""))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Scratch.drop(name, "")).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void noClientHasIt(String name) {
    assertThat(ClientRules.isDatabase(name)).isFalse();
    assertThat(ClientRules.databaseProblem(name)).hasSizeLessThan(200).matches("[ -~]+");
    assertThat(allowed(name, "default")).isFalse();
    if (!name.equals("a-b")) {
      assertThat(ClientRules.isTarget(name)).isFalse();
      assertThat(allowed("client_a", name)).isFalse();
    }
  }

  private static boolean allowed(String database, String target) {
    return ClientRules.allow(
        new ClientMetadata("a", ClientStatus.ACTIVE, database, target, List.of()));
  }

  @Test
  void whatOthersNamedIsEscaped() {
    assertThat(ClickHouseClients.escaped("a`b\\c")).isEqualTo("`a\\`b\\\\c`");
    assertThat(ClickHouseClients.text("a'b\\c")).isEqualTo("'a\\'b\\\\c'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"client_acme", "a", "a1_"})
  void whatPenstockGivesIsTaken(String name) {
    assertThat(ClientRules.databaseProblem(name)).isNull();
    assertThat(ClickHouseClients.quoted(name)).isEqualTo("`" + name + "`");
    assertThat(ClickHouseClients.literal(name)).isEqualTo("'" + name + "'");
    assertThat(allowed(name, "eu-1")).isTrue();
  }

  @Test
  void rulesAreThoseOfPostgres() throws IOException {
    String sql = Files.readString(V001);

    assertThat(sql)
        .contains("ch_database_name ~ '^" + ClientRules.DATABASE + "$'")
        .contains("ch_target ~ '^" + ClientRules.TARGET + "$'")
        .contains("NOT IN ('default', 'system', 'information_schema')");
    assertThat(ClientRules.RESERVED_DATABASES)
        .isEqualTo(Set.of("default", "system", "information_schema"));
  }
}
