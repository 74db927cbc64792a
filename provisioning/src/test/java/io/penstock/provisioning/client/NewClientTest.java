package io.penstock.provisioning.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.client.Retention;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NewClientTest {
  @ParameterizedTest
  @CsvSource({
    "Acme, acme, client_acme",
    "Züri & Söhne AG, zuri-sohne-ag, client_zuri_sohne_ag",
    "3M, 3m, client_3m",
    "'US Airways, Inc.', us-airways-inc, client_us_airways_inc"
  })
  void idAndDatabaseAreMadeFromTheName(String name, String id, String database) {
    NewClient client = request(name, null, null).withDefaults();

    assertThat(client.id()).isEqualTo(id);
    assertThat(client.database()).isEqualTo(database);
    assertThat(client.problems()).isEmpty();
  }

  @Test
  void nameWithoutLatinLettersGetsAnIdOfItsOwn() {
    NewClient client = request("東京", null, null).withDefaults();

    assertThat(client.id()).hasSize(36);
    assertThat(client.problems()).isEmpty();
  }

  @Test
  void longestNamesStillMakeValidIds() {
    assertThat(request("a".repeat(200), null, null).withDefaults().problems()).isEmpty();
    assertThat(Objects.requireNonNull(request("x", "A".repeat(64), null).withDefaults().database()))
        .hasSize(63);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x; DROP DATABASE y", "", " a", "a\nb", "a`b", "a\"b", "a\u0000b"})
  void namesAndIdsThatCouldHurtAreRefused(String text) {
    assertThat(request(text, "ok", null).withDefaults().problems())
        .anyMatch(p -> p.startsWith("The name"));
    assertThat(request("ok", text, null).withDefaults().problems())
        .anyMatch(p -> p.startsWith("The id"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x; DROP DATABASE y",
        "",
        "1a",
        "Client",
        "a-b",
        "system",
        "default",
        "information_schema",
        "a`b"
      })
  void databasesThatAreNotPlainOrNotOursAreRefused(String database) {
    assertThat(request("ok", "ok", database).withDefaults().problems())
        .singleElement()
        .asString()
        .startsWith("The database");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x'; DROP DATABASE y", "", "1a", "Eu", "a.b", "a b", "a`b", "a\n"})
  void targetsThatAreNotPlainAreRefused(String target) {
    assertThat(
            new NewClient("ok", "ok", null, target, Retention.DEFAULT, null, null)
                .withDefaults()
                .problems())
        .singleElement()
        .asString()
        .startsWith("The target");
  }

  @Test
  void lifetimeHasABound() {
    NewClient client =
        new NewClient("a", "a", null, "default", Retention.DEFAULT, null, Duration.ZERO)
            .withDefaults();

    assertThat(client.problems()).containsExactly("The key would expire at once.");
  }

  private static NewClient request(String name, @Nullable String id, @Nullable String database) {
    return new NewClient(
        name, id, database, "default", new Retention(30, Retention.From.EVENT_TIME), null, null);
  }
}
