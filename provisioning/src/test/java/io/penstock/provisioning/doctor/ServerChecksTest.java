package io.penstock.provisioning.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.config.RedisConfig;
import io.penstock.core.config.Secret;
import io.penstock.provisioning.doctor.Finding.Level;
import io.penstock.provisioning.doctor.PostgresFacts.Pooling;
import io.penstock.provisioning.doctor.PostgresFacts.Schema;
import io.penstock.provisioning.doctor.PostgresFacts.Writes;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** PostgreSQL, Redis, clocks, and who does not answer. */
class ServerChecksTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final ClockReading CLOCK = new ClockReading(NOW, NOW, NOW);
  private static final Schema CURRENT = new Schema("002", List.of(), List.of(), List.of());

  @Test
  void currentSchemaWithAllRightsIsFine() {
    assertThat(PostgresChecks.judge(postgres(false, CURRENT, List.of())))
        .extracting(Finding::what)
        .containsExactly("18.6", "schema 002");
  }

  @Test
  void standbyMissingMigrationsAndRightsAreErrorsOfPostgres() {
    Schema schema = new Schema("001", List.of("002"), List.of("002"), List.of("009"));

    List<Finding> findings =
        PostgresChecks.judge(postgres(true, schema, List.of("UPDATE on clients")));

    assertThat(findings)
        .filteredOn(one -> one.level() == Level.ERROR)
        .extracting(Finding::what)
        .containsExactly(
            "it is a standby and takes no writes",
            "a migration of the metadata schema failed",
            "the metadata schema lacks migrations",
            "this user lacks rights that the jobs need");
    assertThat(findings)
        .filteredOn(one -> one.level() == Level.WARNING)
        .extracting(Finding::subjects)
        .containsExactly(List.of("009"));
  }

  @Test
  void redisIsJudgedByWritingListenersAndSpeed() {
    RedisConfig config = redisConfig(Secret.of("signs"));

    assertThat(RedisChecks.judge(redis(1, 2, null), config))
        .extracting(Finding::level)
        .containsOnly(Level.OK);
    assertThat(RedisChecks.judge(redis(301, 0, "NOPERM"), config))
        .extracting(Finding::level)
        .containsExactly(Level.OK, Level.ERROR, Level.NOTE, Level.WARNING);
    assertThat(RedisChecks.judge(redis(1, -1, null), config))
        .extracting(Finding::what)
        .contains("this user may not ask how many routers listen");
    assertThat(RedisChecks.judge(redis(1, 2, null), redisConfig(null)))
        .filteredOn(one -> one.level() == Level.WARNING)
        .singleElement()
        .satisfies(
            one -> assertThat(one.what()).startsWith("penstock.redis.signing.secret is not set"));
  }

  @Test
  void redisThatIsAReplicaIsToldWithItsPrimary() {
    RedisLook.Facts replica =
        new RedisLook.Facts("6.2", Duration.ZERO, CLOCK, 1, "READONLY You can't", "10.0.0.7:6379");

    assertThat(RedisChecks.judge(replica, redisConfig(Secret.of("signs"))))
        .filteredOn(one -> one.level() == Level.ERROR)
        .singleElement()
        .satisfies(one -> {
          assertThat(one.what()).startsWith("it is a replica of 10.0.0.7:6379");
          assertThat(one.remedy()).endsWith("to the primary 10.0.0.7:6379");
        });
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, OK",
    "-2000, 500, OK",
    "2000, 2500, OK",
    "-5000, 500, -5000",
    "40000, 500, 39500"
  })
  void skewIsWhatTheRoundTripCannotExplain(long server, long roundTrip, String expected) {
    ClockReading clock = new ClockReading(NOW, NOW.plusMillis(server), NOW.plusMillis(roundTrip));

    if (expected.equals("OK")) {
      assertThat(clock.judge("it")).isEmpty();
    } else {
      assertThat(clock.skew()).isEqualTo(Duration.ofMillis(Long.parseLong(expected)));
    }
  }

  @Test
  void skewIsAWarningAndALargeOneAnError() {
    assertThat(new ClockReading(NOW, NOW.minusSeconds(3), NOW).judge("it").orElseThrow())
        .satisfies(one -> {
          assertThat(one.level()).isEqualTo(Level.WARNING);
          assertThat(one.what()).isEqualTo("the clock of it is 3.0 s behind this machine's");
        });
    assertThat(new ClockReading(NOW, NOW.plusSeconds(31), NOW).judge("it").orElseThrow().level())
        .isEqualTo(Level.ERROR);
  }

  @Test
  void whoNeverAnswersIsSilentWhenThePatienceIsOver() {
    CountDownLatch never = new CountDownLatch(1);

    Answer<String> answer =
        Question.ask(
                () -> {
                  never.await();
                  return "";
                },
                Duration.ofMillis(50))
            .answer();

    assertThat(answer)
        .isInstanceOfSatisfying(
            Answer.Silent.class,
            silent -> assertThat(silent.why()).isEqualTo("does not answer within 0.05 s"));
  }

  @Test
  void whoFailsIsSilentWithItsReason() {
    Answer<String> answer =
        Question.<String>ask(
                () -> {
                  throw new java.io.IOException("no route", new java.io.IOException("to host"));
                },
                Duration.ofSeconds(9))
            .answer();

    assertThat(answer)
        .isInstanceOfSatisfying(
            Answer.Silent.class,
            silent -> assertThat(silent.why()).isEqualTo("no route (to host)"));
  }

  @Test
  void readOnlyUsersAndPoolersOfTransactionsAreErrors() {
    PostgresFacts facts =
        new PostgresFacts(
            "18.6", CLOCK, Writes.READ_ONLY, Pooling.TRANSACTION, CURRENT, List.of(), null);

    assertThat(PostgresChecks.judge(facts))
        .filteredOn(one -> one.level() == Level.ERROR)
        .extracting(Finding::what)
        .satisfiesExactly(
            readOnly -> assertThat(readOnly).contains("default_transaction_read_only"),
            pooler -> assertThat(pooler).contains("a pooler in transaction mode"));
  }

  private static PostgresFacts postgres(boolean standby, Schema schema, List<String> lacking) {
    Writes writes = standby ? Writes.STANDBY : Writes.TAKEN;
    return new PostgresFacts("18.6", CLOCK, writes, Pooling.SESSION, schema, lacking, null);
  }

  private static RedisLook.Facts redis(
      long roundTripMillis, long listeners, @org.jspecify.annotations.Nullable String refused) {
    return new RedisLook.Facts(
        "6.2", Duration.ofMillis(roundTripMillis), CLOCK, listeners, refused, null);
  }

  private static RedisConfig redisConfig(@org.jspecify.annotations.Nullable Secret signs) {
    return new RedisConfig(
        URI.create("redis://cache"), null, null, null, Duration.ofMillis(300), signs, null);
  }
}
