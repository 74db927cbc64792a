package io.penstock.local.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.Json;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AccountTest {
  private static final Map<String, Long> ONE = Map.of("UNKNOWN_CLIENT", 1L);

  private static Account account(long stored, long duplicated, Map<String, Long> dead) {
    return new Account(
        List.of(
            new Account.Row("a", 10, stored, 0, duplicated),
            new Account.Row("(no client)", 1, 0, 1, 0)),
        dead,
        ONE);
  }

  @Test
  void itAddsUpOnlyWhenEverythingIsThereOnce() {
    assertThat(account(10, 0, ONE).addsUp()).isTrue();
    assertThat(account(9, 0, ONE).addsUp()).isFalse();
    assertThat(account(9, 0, ONE).all().lost()).isEqualTo(1);
    assertThat(account(10, 1, ONE).addsUp()).isFalse();
  }

  @Test
  void anUnexpectedReasonDoesNotAddUp() {
    assertThat(account(10, 0, Map.of("MALFORMED_JSON", 1L)).addsUp()).isFalse();
  }

  @Test
  void scriptsGetOneObject() {
    Account account =
        new Account(
            List.of(new Account.Row("acme", 10, 8, 1, 0)),
            Map.of("UNKNOWN_CLIENT", 1L),
            Map.of("UNKNOWN_CLIENT", 1L));

    assertThat(
            Json.of(
                new DemoReport(
                        new Demo.Result(List.of(), account, List.of()), Duration.ofMillis(1_500))
                    .view()))
        .isEqualTo(
            """
            {"sent":10,"stored":8,"deadLetters":1,"lost":1,"duplicated":0,"clients":0,"seconds":1.5,"addsUp":false,\
            "deadLettersByReason":{"UNKNOWN_CLIENT":1}}\
            """);
  }
}
