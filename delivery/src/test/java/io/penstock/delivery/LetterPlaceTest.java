package io.penstock.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.kafka.CommittedOffset;
import io.penstock.core.rows.Source;
import io.penstock.delivery.block.Memory;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** A record that is read again must find its letter: under the same key, in the same partition. */
class LetterPlaceTest {
  private final Harness router = new Harness();

  @Test
  void lettersStayWhereTheyAreWhenPartitionsAreAdded() {
    PartitionAccount account = account("AgAA|1:" + Harness.TOPIC_ID);
    assertThat(account.settlement(new OffsetAndMetadata(1, "AgAA")).metadata())
        .as("before the first letter")
        .isEqualTo("AgAA|1:" + Harness.TOPIC_ID);

    assertThat(account.placeOfLetters(6)).isEqualTo(2);
    assertThat(account.placeOfLetters(12)).isEqualTo(2);

    String told = account.settlement(new OffsetAndMetadata(1, "AgAA")).metadata();
    assertThat(told).isEqualTo("AgAA|1:" + Harness.TOPIC_ID + ":letters=2");
    assertThat(account(told).placeOfLetters(12)).isEqualTo(2);
    assertThat(account(told).placeOfLetters(2)).as("a smaller topic").isZero();
  }

  @Test
  void whereLettersGoByTheNumberAloneNothingIsTold() {
    PartitionAccount account = account("AgAA|1:" + Harness.TOPIC_ID);

    assertThat(account.placeOfLetters(9)).isEqualTo(8);
    assertThat(account.placeOfLetters(12)).isEqualTo(8);
    assertThat(account.settlement(new OffsetAndMetadata(1, "AgAA")).metadata())
        .isEqualTo("AgAA|1:" + Harness.TOPIC_ID);
  }

  @Test
  void aLetterIsSentToThePlaceThatIsCommitted() {
    router.deadLetterPartitions = 6;
    router.committedBefore(0, "AgAA|1:" + Harness.TOPIC_ID + ":letters=3");
    router.restart();
    router.appendRaw("broken");
    router.processAll();

    router.commit(1);

    assertThat(router.producer.history()).extracting(ProducerRecord::partition).containsExactly(3);
    assertThat(router.committed()).isEqualTo("1 AgAA|1:ID:letters=3");
  }

  @Test
  void aRecordThatTheReleaseBeforeMayHaveRefusedKeepsThatKey() {
    router.committedBefore(0, "AgAA|2");
    router.appendRaw("broken");
    router.appendRaw("broken");
    router.restart();
    Map<TopicPartition, OffsetAndMetadata> _ = router.startTask();
    router.appendRaw("broken, and come later");
    router.poll();
    router.process(3);

    router.commit(3);

    assertThat(router.producer.history())
        .extracting(letter -> new String(letter.key(), UTF_8))
        .containsExactly("events-0-0", "events-0-1", "events:" + Harness.TOPIC_ID + "-0-2");
  }

  @Test
  void anOffsetThatWasSetByHandIsNotOfTheReleaseBefore() {
    router.committedBefore(0, "");
    router.appendRaw("broken");
    router.restart();
    router.processAll();

    router.commit(1);

    assertThat(router.producer.history())
        .extracting(letter -> new String(letter.key(), UTF_8))
        .containsExactly("events:" + Harness.TOPIC_ID + "-0-0");
  }

  private static PartitionAccount account(String metadata) {
    return new PartitionAccount(
        new Source(Harness.TOPIC_ID, new TopicPartition("readings", 8)),
        new Readings(),
        CommittedOffset.parse(new OffsetAndMetadata(0, metadata)),
        0,
        new Memory());
  }
}
