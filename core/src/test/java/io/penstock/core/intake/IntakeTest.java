package io.penstock.core.intake;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.client.ApiKey;
import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.client.ClientMetadata;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.client.Lookup;
import io.penstock.core.client.Retention;
import io.penstock.core.client.Retention.From;
import io.penstock.core.deadletter.Arrival;
import io.penstock.core.event.Event;
import io.penstock.core.event.EventLimits;
import io.penstock.core.event.EventParser;
import io.penstock.core.event.Origin;
import io.penstock.core.refusal.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class IntakeTest {
  private static final ApiKeyHash KEY = ApiKeyHash.ofKey("good");
  private static final Instant NOW = Instant.parse("2026-11-26T12:00:00Z");

  @Test
  void whatTheClientWouldNotKeepIsRefusedNamingItsRetention() {
    assertThat(judge(30, From.EVENT_TIME, NOW.minus(Duration.ofDays(28)), NOW))
        .isInstanceOf(Verdict.Accepted.class);
    assertThat(judge(30, From.EVENT_TIME, Instant.parse("2001-01-01T00:00:00Z"), NOW))
        .isInstanceOfSatisfying(
            Verdict.Refused.class,
            refused -> {
              assertThat(refused.failure().reason()).isEqualTo(Reason.EVENT_TIME_OUT_OF_RANGE);
              assertThat(refused.failure().detail())
                  .isEqualTo(
                      "event_time 2001-01-01T00:00:00Z is older than the client keeps events: its retention is 30 days from event_time");
            });
  }

  @Test
  void whatIsKeptFromItsArrivalMayBeOfAnyTime() {
    assertThat(judge(30, From.ARRIVAL, Instant.parse("2001-01-01T00:00:00Z"), NOW))
        .isInstanceOf(Verdict.Accepted.class);
  }

  /** Replayed from the dead-letter topic, an event keeps its time, and it would be gone at once. */
  @Test
  void aReplayIsJudgedByWhenItComesAndNotByWhenItFirstCame() {
    Instant first = NOW.minus(Duration.ofDays(30));

    assertThat(judge(30, From.EVENT_TIME, first, first)).isInstanceOf(Verdict.Refused.class);
    assertThat(judge(30, From.ARRIVAL, first, first))
        .isInstanceOfSatisfying(
            Verdict.Refused.class,
            refused ->
                assertThat(refused.failure().detail())
                    .startsWith("the arrival 2026-10-27T12:00:00Z is older"));
    assertThat(judge(32, From.ARRIVAL, first, first)).isInstanceOf(Verdict.Accepted.class);
  }

  private static Verdict<Event> judge(int days, From from, Instant eventTime, Instant arrivedAt) {
    ClientMetadata client =
        new ClientMetadata(
            "acme",
            ClientStatus.ACTIVE,
            "client_acme",
            "default",
            List.of(new ApiKey(KEY, Instant.EPOCH, null, null)),
            null,
            new Retention(days, from));
    Intake intake =
        new Intake(
            new EventParser(new EventLimits(1 << 20, 0, Duration.ofDays(1).toMillis())),
            id -> new Lookup.Found(client));
    byte[] value =
        "{\"client_id\":\"acme\",\"api_key_hash\":\"%s\",\"event_name\":\"click\",\"event_time\":%d}"
            .formatted(KEY.toHex(), eventTime.toEpochMilli())
            .getBytes(UTF_8);
    Arrival arrival =
        Arrival.first(new Origin(Uuid.ONE_UUID, "events", 0, 7), arrivedAt.toEpochMilli());
    return intake.judge(
        new IncomingRecord(7, NOW.toEpochMilli(), null, value, new RecordHeaders()), arrival);
  }
}
