package io.penstock.dlq.heal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.refusal.Reason;
import io.penstock.core.refusal.Retry;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OutstandingCountsTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final TopicPartition FIRST = new TopicPartition("dead", 0);
  private static final TopicPartition SECOND = new TopicPartition("dead", 1);
  private static final List<String> REJECTED = List.of("ROW_REJECTED", "after-fix");
  private static final List<String> UNAVAILABLE = List.of("CLIENT_UNAVAILABLE", "automatic");

  private final OutstandingCounts counts = new OutstandingCounts(() -> NOW, 1_000);
  private long next;

  private void letter(TopicPartition partition, @Nullable String key, Reason reason, int minutes) {
    letter(partition, key, reason.name(), reason.retry(), minutes);
  }

  private void letter(
      TopicPartition partition, @Nullable String key, String reason, Retry retry, int minutes) {
    RecordHeaders headers = new RecordHeaders();
    headers.add(DeadLetterHeaders.REASON, reason.getBytes(UTF_8));
    headers.add(DeadLetterHeaders.RETRY, retry.label().getBytes(UTF_8));
    headers.add(
        DeadLetterHeaders.FAILED_AT,
        NOW.minus(Duration.ofMinutes(minutes)).toString().getBytes(UTF_8));
    read(partition, key, new byte[1], headers);
  }

  private void tombstone(TopicPartition partition, String key) {
    read(partition, key, null, new RecordHeaders());
  }

  private void read(
      TopicPartition partition,
      @Nullable String key,
      byte @Nullable [] value,
      RecordHeaders headers) {
    ConsumerRecord<byte[], byte[]> record =
        new ConsumerRecord<>(
            partition.topic(),
            partition.partition(),
            next++,
            NOW.toEpochMilli(),
            TimestampType.CREATE_TIME,
            0,
            0,
            key == null ? null : key.getBytes(UTF_8),
            value,
            headers,
            java.util.Optional.empty());
    counts.read(record, DeadLetter.of(record));
  }

  private void whole(TopicPartition partition) {
    counts.begins(partition, 0);
    counts.reached(partition, 0);
  }

  private double outstanding(List<String> group) {
    return counts.outstanding().getOrDefault(group, Double.NaN);
  }

  private double oldestMinutes(List<String> group) {
    return counts.oldestSeconds().getOrDefault(group, Double.NaN) / 60;
  }

  @Test
  void nothingIsToldBeforeAPartitionIsRead() {
    counts.begins(FIRST, 2);
    letter(FIRST, "a", Reason.ROW_REJECTED, 5);
    counts.reached(FIRST, 1);
    assertThat(counts.outstanding()).isEmpty();
    assertThat(counts.beginning()).isEqualTo(Set.of(FIRST));

    letter(FIRST, "b", Reason.ROW_REJECTED, 3);
    counts.reached(FIRST, 2);

    assertThat(counts.beginning()).isEmpty();
    assertThat(outstanding(REJECTED)).isEqualTo(2);
    assertThat(oldestMinutes(REJECTED)).isEqualTo(5);
    assertThat(outstanding(UNAVAILABLE)).isZero();
    assertThat(oldestMinutes(UNAVAILABLE)).isZero();
  }

  @Test
  void whatIsSettledOrFailsAnewIsCountedOnce() {
    whole(FIRST);
    letter(FIRST, "a", Reason.ROW_REJECTED, 60);
    letter(FIRST, "b", Reason.ROW_REJECTED, 30);
    letter(FIRST, null, Reason.ROW_REJECTED, 10);
    tombstone(FIRST, "a");
    tombstone(FIRST, "a");
    tombstone(FIRST, "of nobody");
    assertThat(outstanding(REJECTED)).isEqualTo(2);
    assertThat(oldestMinutes(REJECTED)).isEqualTo(30);

    letter(FIRST, "b", Reason.CLIENT_UNAVAILABLE, 1);

    assertThat(outstanding(REJECTED)).isEqualTo(1);
    assertThat(oldestMinutes(REJECTED)).isEqualTo(10);
    assertThat(outstanding(UNAVAILABLE)).isEqualTo(1);
  }

  @Test
  void reasonsThatNobodyKnowsAreOne() {
    whole(FIRST);
    letter(FIRST, "a", "SOMETHING_NEW", Retry.AFTER_FIX, 5);
    letter(FIRST, "b", "{client=\"x\"}", Retry.AFTER_FIX, 5);
    assertThat(outstanding(List.of("other", "after-fix"))).isEqualTo(2);
  }

  @Test
  void partitionsAddUpAndGo() {
    whole(FIRST);
    whole(SECOND);
    letter(FIRST, "a", Reason.ROW_REJECTED, 5);
    letter(SECOND, "a", Reason.ROW_REJECTED, 50);
    assertThat(outstanding(REJECTED)).isEqualTo(2);
    assertThat(oldestMinutes(REJECTED)).isEqualTo(50);

    counts.gone(List.of(SECOND));

    assertThat(outstanding(REJECTED)).isEqualTo(1);
    assertThat(oldestMinutes(REJECTED)).isEqualTo(5);
    letter(SECOND, "b", Reason.ROW_REJECTED, 5);
    assertThat(outstanding(REJECTED)).isEqualTo(1);
  }

  /** As after the topic's retention has deleted its first letters. */
  @Test
  void whatWasCountedStandsUntilThePartitionIsReadAnew() {
    whole(FIRST);
    letter(FIRST, "a", Reason.ROW_REJECTED, 50);
    letter(FIRST, "b", Reason.ROW_REJECTED, 5);

    counts.begins(FIRST, next);
    letter(FIRST, "b", Reason.ROW_REJECTED, 5);
    assertThat(outstanding(REJECTED)).isEqualTo(2);
    counts.reached(FIRST, next);

    assertThat(outstanding(REJECTED)).isEqualTo(1);
    assertThat(oldestMinutes(REJECTED)).isEqualTo(5);
  }

  @Test
  void tooManyAreNotCounted() {
    whole(FIRST);
    for (int i = 0; i < 1_000; i++) {
      letter(FIRST, "letter " + i, Reason.ROW_REJECTED, 5);
    }
    assertThat(outstanding(REJECTED)).isEqualTo(1_000);

    letter(FIRST, "one more", Reason.ROW_REJECTED, 5);
    assertThat(counts.outstanding()).isEmpty();
    assertThat(counts.oldestSeconds()).isEmpty();

    counts.gone(List.of(FIRST));
    whole(FIRST);
    letter(FIRST, "a", Reason.ROW_REJECTED, 5);
    assertThat(outstanding(REJECTED)).isEqualTo(1);
  }

  @Test
  void anyOrderCountsAsAPlainMapDoes() {
    whole(FIRST);
    Random random = new Random(1);
    List<Reason> reasons = List.of(Reason.values());
    Map<String, List<String>> model = new HashMap<>();
    for (int step = 0; step < 5_000; step++) {
      String key = "key " + random.nextInt(300);
      Reason reason = reasons.get(random.nextInt(reasons.size()));
      if (random.nextInt(3) == 0) {
        tombstone(FIRST, key);
        model.remove(key);
      } else {
        letter(FIRST, key, reason, random.nextInt(100));
        model.put(key, List.of(reason.name(), reason.retry().label()));
      }
    }
    Map<List<String>, Double> expected = new HashMap<>();
    model.values().forEach(group -> expected.merge(group, 1.0, Double::sum));
    assertThat(counts.outstanding()).containsAllEntriesOf(expected);
    assertThat(counts.outstanding().values().stream().mapToDouble(one -> one).sum())
        .isEqualTo(model.size());
  }
}
