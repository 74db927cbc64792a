package io.penstock.core.deadletter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.event.Origin;
import io.penstock.core.refusal.Reason;
import io.penstock.core.refusal.Refusal;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DeadLettersTest {
  private static final Uuid TOPIC_ID = new Uuid(1, 2);
  private static final Origin ORIGIN = new Origin(TOPIC_ID, "shared_raw_events", 3, 42);
  private static final long TIMESTAMP = 1_772_366_400_000L;
  private static final Instant FAILED_AT = Instant.parse("2026-03-01T12:00:01Z");
  private static final Failure FAILURE =
      Failure.of(new Refusal(Reason.INVALID_FIELD, "user_id", "user_id must be a string"), "acme");

  private final DeadLetters deadLetters = new DeadLetters("shared_dead_letter", "0.1.0");

  private ProducerRecord<byte[], byte[]> deadLetter(Headers headers, Failure failure) {
    Arrival arrival = Arrival.of(ORIGIN, TIMESTAMP, headers, null, null);
    return deadLetters.record(
        arrival, "acme".getBytes(UTF_8), "oops".getBytes(UTF_8), headers, failure, FAILED_AT);
  }

  private static Map<String, String> textOf(Headers headers) {
    Map<String, String> text = new LinkedHashMap<>();
    for (Header header : headers) {
      assertThat(text).as("headers that appear once").doesNotContainKey(header.key());
      text.put(header.key(), new String(header.value(), UTF_8));
    }
    return text;
  }

  @Test
  void everyHeaderOfTheContractIsWritten() {
    assertThat(textOf(deadLetter(new RecordHeaders(), FAILURE).headers()))
        .containsExactlyInAnyOrderEntriesOf(
            Map.ofEntries(
                Map.entry("penstock.dlq.key", "acme"),
                Map.entry("penstock.dlq.stage", "intake"),
                Map.entry("penstock.dlq.reason", "INVALID_FIELD"),
                Map.entry("penstock.dlq.detail", "user_id must be a string"),
                Map.entry("penstock.dlq.client", "acme"),
                Map.entry("penstock.dlq.topic", "shared_raw_events"),
                Map.entry("penstock.dlq.topic-id", TOPIC_ID.toString()),
                Map.entry("penstock.dlq.partition", "3"),
                Map.entry("penstock.dlq.offset", "42"),
                Map.entry("penstock.dlq.timestamp", "1772366400000"),
                Map.entry("penstock.dlq.failed-at", "2026-03-01T12:00:01Z"),
                Map.entry("penstock.dlq.first-failed-at", "2026-03-01T12:00:01Z"),
                Map.entry("penstock.dlq.attempt", "1"),
                Map.entry("penstock.dlq.retry", "after-fix"),
                Map.entry("penstock.dlq.fingerprint", "intake:INVALID_FIELD:0:user_id"),
                Map.entry("penstock.dlq.router-version", "0.1.0")));
  }

  @Test
  void theCodeIsWrittenWhereClickHouseGaveOne() {
    Failure refused = Failure.ofInsert(Reason.ROW_REJECTED, "acme", "price", "out of range", 321);

    assertThat(textOf(deadLetter(new RecordHeaders(), refused).headers()))
        .containsEntry("penstock.dlq.stage", "insert")
        .containsEntry("penstock.dlq.clickhouse-code", "321")
        .containsEntry("penstock.dlq.fingerprint", "insert:ROW_REJECTED:321:price");
  }

  @Test
  void whatCouldNotBeReadHasNoHeader() {
    Failure broken = Failure.of(new Refusal(Reason.MALFORMED_JSON, "", "no JSON"), null);

    ProducerRecord<byte[], byte[]> record =
        deadLetters.record(
            Arrival.of(ORIGIN, TIMESTAMP, new RecordHeaders(), null, null),
            null,
            new byte[] {1},
            new RecordHeaders(),
            broken,
            FAILED_AT);

    assertThat(textOf(record.headers()))
        .doesNotContainKeys(
            "penstock.dlq.key", "penstock.dlq.client", "penstock.dlq.clickhouse-code");
  }

  @Test
  void theKeyIsTheOriginAndTheBytesAreUntouched() {
    byte[] value = {0, -1, 127, '{', '\n'};
    byte[] key = {-128, 0};

    ProducerRecord<byte[], byte[]> record =
        deadLetters.record(
            Arrival.of(ORIGIN, TIMESTAMP, new RecordHeaders(), null, null),
            key,
            value,
            new RecordHeaders(),
            FAILURE,
            FAILED_AT);

    assertThat(record.topic()).isEqualTo("shared_dead_letter");
    assertThat(record.key())
        .asString(UTF_8)
        .isEqualTo("shared_raw_events:AAAAAAAAAAEAAAAAAAAAAg-3-42");
    assertThat(record.value()).containsExactly(0, -1, 127, '{', '\n');
    assertThat(record.headers().lastHeader("penstock.dlq.key").value()).containsExactly(-128, 0);
    assertThat(record.partition()).isNull();
    assertThat(record.timestamp()).isNull();
  }

  @Test
  void aRecordWithoutValueDoesNotBecomeATombstone() {
    ProducerRecord<byte[], byte[]> record =
        deadLetters.record(
            Arrival.of(ORIGIN, TIMESTAMP, new RecordHeaders(), null, null),
            null,
            null,
            new RecordHeaders(),
            FAILURE,
            FAILED_AT);

    assertThat(record.value()).isNotNull().isEmpty();
  }

  @Test
  void theProducersHeadersAreKeptInOrderRepetitionsAndNullsIncluded() {
    Headers headers =
        new RecordHeaders()
            .add("trace", "a".getBytes(UTF_8))
            .add("penstock-client-id", "acme".getBytes(UTF_8))
            .add("trace", new byte[] {-1})
            .add("nothing", null)
            .add("penstock.dlqx", "not ours".getBytes(UTF_8));

    Headers kept = deadLetter(headers, FAILURE).headers();

    assertThat(kept.toArray()).startsWith(headers.toArray());
  }

  @Test
  void aSecondFailureReplacesTheHeadersOfTheFirstAndCarriesOn() {
    Headers first = deadLetter(new RecordHeaders().add("trace", null), FAILURE).headers();
    Failure parked = Failure.ofInsert(Reason.CLIENT_UNAVAILABLE, "acme", "", "no table", 60);
    Arrival replayed =
        Arrival.of(new Origin(TOPIC_ID, "shared_raw_events", 5, 99), 7, first, null, null);

    ProducerRecord<byte[], byte[]> second =
        deadLetters.record(replayed, null, new byte[0], first, parked, FAILED_AT.plusSeconds(60));

    assertThat(replayed).isEqualTo(new Arrival(ORIGIN, TIMESTAMP, 1, FAILED_AT, null, false));
    assertThat(second.key())
        .asString(UTF_8)
        .isEqualTo("shared_raw_events:AAAAAAAAAAEAAAAAAAAAAg-3-42");
    assertThat(second.headers().lastHeader("trace")).isNotNull();
    second.headers().remove("trace");
    assertThat(textOf(second.headers()))
        .containsEntry("penstock.dlq.reason", "CLIENT_UNAVAILABLE")
        .containsEntry("penstock.dlq.retry", "automatic")
        .containsEntry("penstock.dlq.attempt", "2")
        .containsEntry("penstock.dlq.first-failed-at", "2026-03-01T12:00:01Z")
        .containsEntry("penstock.dlq.failed-at", "2026-03-01T12:01:01Z")
        .containsEntry("penstock.dlq.partition", "3")
        .containsEntry("penstock.dlq.offset", "42")
        .containsEntry("penstock.dlq.timestamp", Long.toString(TIMESTAMP))
        .doesNotContainKey("penstock.dlq.key");
  }

  @Test
  void headersThatNoReplayWroteAreIgnored() {
    String[][] forged = {
      {"penstock.dlq.topic-id", "not an id"},
      {"penstock.dlq.partition", "-1"},
      {"penstock.dlq.partition", "x"},
      {"penstock.dlq.offset", "-1"},
      {"penstock.dlq.offset", "99999999999999999999"},
      {"penstock.dlq.timestamp", ""},
      {"penstock.dlq.attempt", "0"},
      {"penstock.dlq.attempt", "2147483647"},
      {"penstock.dlq.first-failed-at", "yesterday"},
      {"penstock.dlq.first-failed-at", null},
    };
    Arrival fresh = Arrival.first(new Origin(TOPIC_ID, "shared_raw_events", 5, 99), 7);
    for (@Nullable String[] header : forged) {
      Headers headers = deadLetter(new RecordHeaders(), FAILURE).headers();
      String value = header[1];
      headers.remove(header[0]);
      headers.add(header[0], value == null ? null : value.getBytes(UTF_8));

      assertThat(Arrival.of(fresh.origin(), 7, headers, null, null)).as(header[0]).isEqualTo(fresh);
    }
  }

  @Test
  void failuresOfOneCauseHaveOneFingerprintWhateverTheEvent() {
    Failure one =
        Failure.of(new Refusal(Reason.INVALID_FIELD, "user_id", "got a number of 3"), "acme");
    Failure other =
        Failure.of(new Refusal(Reason.INVALID_FIELD, "user_id", "got a boolean"), "globex");

    assertThat(one.fingerprint()).isEqualTo(other.fingerprint());
    assertThat(FAILURE.fingerprint()).doesNotContain("acme");
  }

  @Test
  void anotherStageReasonCodeOrSubjectIsAnotherCause() {
    assertThat(
            java.util.stream.Stream.of(
                    Failure.ofInsert(Reason.ROW_REJECTED, null, "price", "", 321),
                    Failure.ofInsert(Reason.ROW_REJECTED, null, "price", "", 53),
                    Failure.ofInsert(Reason.ROW_REJECTED, null, "total", "", 53),
                    Failure.ofInsert(Reason.CLIENT_UNAVAILABLE, null, "price", "", 53))
                .map(Failure::fingerprint))
        .doesNotHaveDuplicates();
  }
}
