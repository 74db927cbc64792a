package io.penstock.core.deadletter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LetterFilterTest {
  private static final Instant FAILED = Instant.parse("2026-11-21T10:00:00Z");
  private static final Instant WRITTEN = Instant.parse("2026-11-21T12:00:00Z");

  private final DeadLetter ours =
      letter(
          "events-0-7".getBytes(UTF_8),
          Map.of(
              DeadLetterHeaders.CLIENT, "acme",
              DeadLetterHeaders.REASON, "UNKNOWN_CLIENT",
              DeadLetterHeaders.FINGERPRINT, "auth:UNKNOWN_CLIENT:0:",
              DeadLetterHeaders.FAILED_AT, FAILED.toString()));
  private final DeadLetter foreign =
      letter(new byte[] {(byte) 0xff, 0}, Map.of(DeadLetterHeaders.FAILED_AT, "yesterday"));
  private final DeadLetter keyless = letter(null, Map.of());

  private static DeadLetter letter(byte @Nullable [] key, Map<String, String> headers) {
    RecordHeaders all = new RecordHeaders();
    headers.forEach((name, value) -> all.add(name, value.getBytes(UTF_8)));
    return Objects.requireNonNull(
        DeadLetter.of(
            new ConsumerRecord<>(
                "dead",
                2,
                41,
                WRITTEN.toEpochMilli(),
                TimestampType.LOG_APPEND_TIME,
                0,
                0,
                key,
                new byte[0],
                all,
                Optional.empty())));
  }

  @Test
  void everyLetterIsMeantByNoFilter() {
    assertThat(LetterFilter.ALL).accepts(ours, foreign, keyless);
    assertThat(LetterFilter.ALL).hasToString("all");
  }

  @Test
  void eachPartOfAFilterMustApply() {
    assertThat(LetterFilter.ofClient("acme")).accepts(ours).rejects(foreign, keyless);
    assertThat(
            new LetterFilter("acme", "UNKNOWN_CLIENT", "auth:UNKNOWN_CLIENT:0:", null, null, null))
        .accepts(ours);
    assertThat(new LetterFilter("acme", "KEY_EXPIRED", null, null, null, null)).rejects(ours);
    assertThat(new LetterFilter(null, null, "auth", null, null, null)).rejects(ours);
  }

  @Test
  void timeIsThatOfTheFailureOrElseOfTheRecord() {
    LetterFilter upToTen = new LetterFilter(null, null, null, null, FAILED, null);
    LetterFilter fromTen = new LetterFilter(null, null, null, FAILED, null, null);
    LetterFilter fromTwelve = new LetterFilter(null, null, null, WRITTEN, null, null);

    assertThat(upToTen).rejects(ours, foreign);
    assertThat(fromTen).accepts(ours, foreign, keyless);
    assertThat(fromTwelve).rejects(ours).accepts(foreign, keyless);
  }

  @Test
  void everyLetterHasANameThatFindsIt() {
    assertThat(ours.name()).isEqualTo("events-0-7");
    assertThat(foreign.name()).isEqualTo("base64:/wA=");
    assertThat(keyless.name()).isEqualTo("@2-41");
    assertThat(LetterFilter.ofOrigin("events-0-7")).accepts(ours).rejects(foreign, keyless);
    assertThat(LetterFilter.ofOrigin("base64:/wA=")).accepts(foreign).rejects(ours);
    DeadLetter today =
        letter(
            "events:AAAAAAAAABEAAAAAAAAABA-0-7".getBytes(UTF_8),
            Map.of(
                DeadLetterHeaders.TOPIC, "events",
                DeadLetterHeaders.TOPIC_ID, "AAAAAAAAABEAAAAAAAAABA",
                DeadLetterHeaders.PARTITION, "0",
                DeadLetterHeaders.OFFSET, "7",
                DeadLetterHeaders.TIMESTAMP, "0",
                DeadLetterHeaders.ATTEMPT, "1",
                DeadLetterHeaders.FIRST_FAILED_AT, FAILED.toString()));
    assertThat(LetterFilter.ofOrigin("events-0-7")).accepts(today);
    assertThat(LetterFilter.ofOrigin(today.name())).accepts(today).rejects(ours);
    assertThat(LetterFilter.ofOrigin("@2-41")).accepts(ours, foreign, keyless);
  }
}
