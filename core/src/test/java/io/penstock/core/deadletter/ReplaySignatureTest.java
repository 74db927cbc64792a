package io.penstock.core.deadletter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.config.Secret;
import io.penstock.core.event.EventParser;
import io.penstock.core.event.Origin;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class ReplaySignatureTest {
  private static final byte[] VALUE = "{\"client_id\":\"acme\"}".getBytes(UTF_8);
  private static final Origin HERE = new Origin(Uuid.randomUuid(), "events", 0, 900);
  private static final Origin THERE = new Origin(Uuid.randomUuid(), "events", 3, 42);

  private final ReplaySignature signature = new ReplaySignature(Secret.of("s".repeat(32)));

  @Test
  void whatIsSignedIsProvenAndKeepsOriginTimeAndAttempts() {
    Headers headers = signed();

    Arrival arrival = Arrival.of(HERE, 7_000, headers, VALUE, signature);

    assertThat(arrival).isEqualTo(new Arrival(THERE, 5_000, 2, Instant.EPOCH, "a-replay", true));
    assertThat(arrival.trusted(HERE, 7_000)).isEqualTo(arrival);
  }

  @Test
  void anythingChangedIsAClaimOnly() {
    for (String name :
        List.of(
            DeadLetterHeaders.OFFSET,
            DeadLetterHeaders.TIMESTAMP,
            DeadLetterHeaders.ATTEMPT,
            EventParser.CLIENT_ID_HEADER,
            EventParser.API_KEY_HASH_HEADER)) {
      Headers headers = signed();
      headers.add(name, "1".getBytes(UTF_8));
      assertThat(Arrival.of(HERE, 7_000, headers, VALUE, signature).proven()).as(name).isFalse();
    }
    byte[] other = "{\"client_id\":\"acmf\"}".getBytes(UTF_8);
    assertThat(Arrival.of(HERE, 7_000, signed(), other, signature).proven()).isFalse();
    assertThat(Arrival.of(HERE, 7_000, signed(), null, signature).proven()).isFalse();
  }

  @Test
  void withoutTheSecretOrTheSignatureNothingIsProven() {
    ReplaySignature others = new ReplaySignature(Secret.of("t".repeat(32)));
    Headers unsigned = signed();
    unsigned.remove(DeadLetterHeaders.SIGNATURE);
    Headers empty = signed();
    empty.add(DeadLetterHeaders.SIGNATURE, null);

    assertThat(Arrival.of(HERE, 7_000, signed(), VALUE, others).proven()).isFalse();
    assertThat(Arrival.of(HERE, 7_000, signed(), VALUE, null).proven()).isFalse();
    assertThat(Arrival.of(HERE, 7_000, unsigned, VALUE, signature).proven()).isFalse();
    assertThat(Arrival.of(HERE, 7_000, empty, VALUE, signature).proven()).isFalse();
  }

  @Test
  void aClaimCannotChooseTheLetterThatItsOwnReplaces() {
    Arrival claimed = Arrival.of(HERE, 7_000, signed(), VALUE, null);

    assertThat(claimed.origin()).isEqualTo(THERE);
    assertThat(claimed.replay()).isNull();
    assertThat(claimed.trusted(HERE, 7_000)).isEqualTo(Arrival.first(HERE, 7_000));
  }

  @Test
  void aReplayedLetterOfAnotherToolIsANewEventThatItsReplayIsKnownBy() {
    Headers headers = headers(DeadLetterHeaders.REPLAY, "a-replay");
    signature.sign(headers, VALUE);

    Arrival arrival = Arrival.of(HERE, 7_000, headers, VALUE, signature);

    assertThat(arrival).isEqualTo(new Arrival(HERE, 7_000, 0, null, "a-replay", true));
    assertThat(arrival.isReplay()).isTrue();
  }

  @Test
  void aReplaysIdThatNobodyHasSignedIsNone() {
    Headers forged = headers(DeadLetterHeaders.REPLAY, "a-replay");

    assertThat(Arrival.of(HERE, 7_000, forged, VALUE, signature))
        .isEqualTo(Arrival.first(HERE, 7_000));
    assertThat(Arrival.isClaimed(forged)).isTrue();
    assertThat(Arrival.isClaimed(new RecordHeaders())).isFalse();
  }

  private Headers signed() {
    Headers headers =
        headers(
            DeadLetterHeaders.TOPIC, THERE.topic(),
            DeadLetterHeaders.TOPIC_ID, THERE.topicId().toString(),
            DeadLetterHeaders.PARTITION, "3",
            DeadLetterHeaders.OFFSET, "42",
            DeadLetterHeaders.TIMESTAMP, "5000",
            DeadLetterHeaders.FIRST_FAILED_AT, Instant.EPOCH.toString(),
            DeadLetterHeaders.ATTEMPT, "2",
            DeadLetterHeaders.REPLAY, "a-replay");
    signature.sign(headers, VALUE);
    return headers;
  }

  private static Headers headers(String... namesAndValues) {
    Headers headers = new RecordHeaders();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      headers.add(namesAndValues[i], namesAndValues[i + 1].getBytes(UTF_8));
    }
    return headers;
  }
}
