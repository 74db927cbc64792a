package io.penstock.core.event;

import static io.penstock.core.event.ParserFixture.eventWith;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.deadletter.Arrival;
import io.penstock.core.deadletter.DeadLetters;
import io.penstock.core.deadletter.Failure;
import io.penstock.core.refusal.Reason;
import io.penstock.core.refusal.Refusal;
import java.time.Instant;
import java.util.Locale;
import java.util.UUID;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventIdTest {
  private static final Uuid TOPIC = new Uuid(0x1122334455667788L, 0x99aabbccddeeff00L);

  private final ParserFixture fixture = new ParserFixture();

  @Test
  void anyUuidIsReadInEitherCase() {
    Seeds.check(
        1_000,
        random -> {
          UUID id = new UUID(random.nextLong(), random.nextLong());
          String text =
              random.nextBoolean() ? id.toString() : id.toString().toUpperCase(Locale.ROOT);

          Event event = fixture.accept(eventWith("\"event_id\":\"" + text + '"'));

          assertThat(new UUID(event.eventIdHigh(), event.eventIdLow())).isEqualTo(id);
        });
  }

  @Test
  void anIdWrittenWithEscapesMeansTheSame() {
    Event event =
        fixture.accept(eventWith("\"event_id\":\"0198c5a4\\u002d9f3e-7c41-8d2b-6f1e0a9b3c57\""));

    assertThat(new UUID(event.eventIdHigh(), event.eventIdLow()))
        .hasToString("0198c5a4-9f3e-7c41-8d2b-6f1e0a9b3c57");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0198c5a49f3e7c418d2b6f1e0a9b3c57",
        "0198c5a4-9f3e-7c41-8d2b-6f1e0a9b3c5",
        "0198c5a4-9f3e-7c41-8d2b-6f1e0a9b3c577",
        "0198c5a4-9f3e-7c41-8d2b-6f1e0a9b3c5g",
        "0198c5a4-9f3e-7c41-8d2b-6f1e0a9b3cé",
        "0198c5a4-9f3e-7c41-8d2b_6f1e0a9b3c57",
        "0198c5a49-f3e-7c41-8d2b-6f1e0a9b3c57",
        "-198c5a4-9f3e-7c41-8d2b-6f1e0a9b3c57",
        "{198c5a4-9f3e-7c41-8d2b-6f1e0a9b3c5}",
        "1-2-3-4-5"
      })
  void otherTextIsNoUuid(String text) {
    assertThat(fixture.reject(eventWith("\"event_id\":\"" + text + '"')))
        .isEqualTo(
            new Refusal(
                Reason.INVALID_FIELD,
                "event_id",
                "event_id must be a UUID such as 8-4-4-4-12 hex digits; got a string of "
                    + text.length()
                    + " characters"));
  }

  @Test
  void everyWrongByteOfAUuidIsNoticed() {
    String id = "0198c5a4-9f3e-7c41-8d2b-6f1e0a9b3c57";
    for (int at = 0; at < id.length(); at++) {
      for (char wrong : new char[] {'g', 'G', '/', ':', '@', '`', ' '}) {
        String text = id.substring(0, at) + wrong + id.substring(at + 1);
        assertThat(fixture.reject(eventWith("\"event_id\":\"" + text + '"')).field())
            .isEqualTo("event_id");
      }
    }
  }

  @Test
  void theDerivedIdNamesTopicPartitionAndOffset() {
    UUID id = new Origin(TOPIC, "events", 3, 42).eventId();

    assertThat(id.version()).isEqualTo(3);
    assertThat(new Origin(TOPIC, "renamed", 3, 42).eventId()).isEqualTo(id);
    assertThat(new Origin(TOPIC, "events", 3, 43).eventId()).isNotEqualTo(id);
    assertThat(new Origin(TOPIC, "events", 4, 42).eventId()).isNotEqualTo(id);
    assertThat(new Origin(Uuid.ONE_UUID, "events", 3, 42).eventId()).isNotEqualTo(id);
  }

  /** Rows of earlier versions carry such ids, so the derivation must never change. */
  @Test
  void theDerivedIdIsThatOfEarlierVersions() {
    assertThat(new Origin(TOPIC, "events", 3, 42).eventId())
        .hasToString("f4e5802f-670c-342f-ae2d-ac4b02a7fcf4");
  }

  @Test
  void aReplayDerivesTheSameId() {
    Origin origin = new Origin(TOPIC, "events", 3, 42);
    Event event = fixture.accept(eventWith());
    event.deriveEventId(Arrival.of(origin, 1_000, new RecordHeaders(), null, null).origin());
    UUID first = new UUID(event.eventIdHigh(), event.eventIdLow());
    Failure failure = Failure.ofInsert(Reason.CLIENT_UNAVAILABLE, "acme", "", "no table", 60);
    Headers replayed =
        new DeadLetters("dead", "1")
            .record(
                Arrival.of(origin, 1_000, new RecordHeaders(), null, null),
                null,
                new byte[0],
                new RecordHeaders(),
                failure,
                Instant.EPOCH)
            .headers();

    event = fixture.accept(eventWith());
    event.deriveEventId(
        Arrival.of(new Origin(TOPIC, "events", 7, 99), 2_000, replayed, null, null).origin());

    assertThat(event.hasEventId()).isTrue();
    assertThat(new UUID(event.eventIdHigh(), event.eventIdLow())).isEqualTo(first);
  }
}
