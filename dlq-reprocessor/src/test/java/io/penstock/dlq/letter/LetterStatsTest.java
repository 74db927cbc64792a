package io.penstock.dlq.letter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.DeadLetterHeaders;
import java.time.Instant;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LetterStatsTest {
  private static DeadLetter letter(
      String key, @Nullable String client, @Nullable String fingerprint, String failedAt) {
    ConsumerRecord<byte[], byte[]> record =
        new ConsumerRecord<>("dead", 0, 0, key.getBytes(UTF_8), new byte[0]);
    put(record, DeadLetterHeaders.CLIENT, client);
    put(record, DeadLetterHeaders.FINGERPRINT, fingerprint);
    put(
        record,
        DeadLetterHeaders.REASON,
        fingerprint == null ? null : fingerprint.split(":", 3)[1]);
    put(record, DeadLetterHeaders.FAILED_AT, failedAt);
    return Objects.requireNonNull(DeadLetter.of(record));
  }

  private static void put(
      ConsumerRecord<byte[], byte[]> record, String name, @Nullable String text) {
    if (text != null) {
      var _ = record.headers().add(name, text.getBytes(UTF_8));
    }
  }

  private static LetterStats sample(LetterStats.By by) {
    LetterStats stats = new LetterStats(by);
    stats.add(letter("e-0-1", "acme", "insert:ROW_REJECTED:53:price:eur", "2026-11-21T10:59:59Z"));
    stats.add(letter("e-0-2", "globex", "auth:KEY_EXPIRED:0:", "2026-11-21T11:00:00Z"));
    stats.add(
        letter("e-0-3", "globex", "insert:ROW_REJECTED:53:price:eur", "2026-11-21T09:00:00Z"));
    stats.add(letter("e-0-4", null, null, "2026-11-21T10:00:00Z"));
    return stats;
  }

  @Test
  void causesAreCountedTheMostFrequentFirst() {
    LetterStats stats = sample(LetterStats.By.CAUSE);

    assertThat(stats.total()).isEqualTo(4);
    assertThat(stats.groups())
        .extracting(LetterStats.Group::name)
        .containsExactly(
            "insert:ROW_REJECTED:53:price:eur", LetterStats.NONE, "auth:KEY_EXPIRED:0:");
    LetterStats.Group rejected = stats.groups().getFirst();
    assertThat(rejected.count()).isEqualTo(2);
    assertThat(rejected.subject()).isEqualTo("price:eur");
    assertThat(rejected.text(DeadLetterHeaders.REASON)).isEqualTo("ROW_REJECTED");
    assertThat(rejected.clients()).containsExactly("acme", "globex");
    assertThat(rejected.first()).isEqualTo(Instant.parse("2026-11-21T09:00:00Z"));
    assertThat(rejected.last()).isEqualTo(Instant.parse("2026-11-21T10:59:59Z"));
    assertThat(rejected.example()).isEqualTo("e-0-1");
  }

  @Test
  void lettersAreCountedByClientReasonAndHour() {
    assertThat(sample(LetterStats.By.CLIENT).groups())
        .extracting(group -> group.name() + " " + group.count() + " " + group.causes().size())
        .containsExactly("globex 2 2", "(none) 1 0", "acme 1 1");
    assertThat(sample(LetterStats.By.REASON).groups())
        .extracting(group -> group.name() + " " + group.count())
        .containsExactly("ROW_REJECTED 2", "(none) 1", "KEY_EXPIRED 1");
    assertThat(sample(LetterStats.By.HOUR).groups())
        .extracting(group -> group.name() + " " + group.count())
        .containsExactly(
            "2026-11-21T09:00:00Z 1", "2026-11-21T10:00:00Z 2", "2026-11-21T11:00:00Z 1");
  }

  @Test
  void beyondTheBoundLettersAreStillCounted() {
    LetterStats stats = new LetterStats(LetterStats.By.CAUSE);
    for (int i = 0; i < LetterStats.MAX_GROUPS + 5; i++) {
      stats.add(letter("e-0-" + i, "c" + i, "intake:A:0:" + i, "2026-11-21T10:00:00Z"));
    }

    assertThat(stats.total()).isEqualTo(LetterStats.MAX_GROUPS + 5);
    LetterStats.Group others = stats.groups().getFirst();
    assertThat(others.name()).isEqualTo(LetterStats.OTHERS);
    assertThat(others.count()).isEqualTo(5);
    assertThat(others.text(DeadLetterHeaders.REASON)).isNull();
  }
}
