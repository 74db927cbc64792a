package io.penstock.provisioning.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.client.Retention;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.Secret;
import io.penstock.provisioning.schema.Migrator.Place;
import io.penstock.provisioning.target.ClickHouseServer;
import io.penstock.provisioning.target.ReaderAccess;
import io.penstock.provisioning.target.TargetSettings;
import java.net.URI;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Names that somebody planted, on the command line or in PostgreSQL while its constraints were off,
 * come into no statement. Core's {@code ClientRulesTest} has more of them, {@code NewClientTest}
 * those of {@code clients create}.
 */
class HostileNamesTest {
  static Stream<String> hostile() {
    return Stream.of(
        "x`.events_base VALUES (1); DROP DATABASE `y",
        "x' OR 1 = 1 --",
        "x\"",
        "x\\",
        "x\n",
        "x\u0000",
        "a.b",
        "\u0430bc",
        "${database}");
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void noTargetsClusterIsNamedSo(String name) {
    assertThat(new TargetSettings("http://ch:8123", "u", null, null, name).problems())
        .singleElement()
        .asString()
        .startsWith("The cluster");
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void isRefusedBeforeAServerIsAsked(String name) {
    // Nobody listens there: what asked would fail otherwise.
    ClickHouseServer nobody = server(null);

    assertThatThrownBy(
            () -> Migrator.placeholders(nobody, new Place("acme", name, Retention.DEFAULT)))
        .isInstanceOf(MigrationFailed.class)
        .hasMessageContaining("correct clients.ch_database_name");
    assertThatThrownBy(() -> nobody.placeholders(name, Retention.DEFAULT))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> server(name).placeholders("client_acme", Retention.DEFAULT))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() ->
            new ReaderAccess(nobody, name, step -> {})
                .grant(Secret.of("p"), ReaderAccess.Limits.DEFAULT))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static ClickHouseServer server(@Nullable String cluster) {
    return new ClickHouseServer(
        new ClickHouseConfig(URI.create("http://127.0.0.1:1"), "u", Secret.of(""), null, cluster));
  }
}
