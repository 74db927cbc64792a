package io.penstock.core.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The texts are a contract between releases: what stands here has been committed somewhere. */
class CommittedOffsetTest {
  private static final Uuid TOPIC = new Uuid(17, 4);

  /** A block from 5 to 9. */
  private static CommittedOffset open(
      String streams, int version, @Nullable Uuid topicId, @Nullable Integer letters) {
    return new CommittedOffset(
        5, streams, version, topicId, new CommittedOffset.State.BlockOpen(9), letters);
  }

  @Test
  void shouldReadWhatItWrites() {
    CommittedOffset open = open("AgAA", 1, TOPIC, null);

    assertThat(open.toKafka().metadata()).isEqualTo("AgAA|1:AAAAAAAAABEAAAAAAAAABA:9");
    assertThat(CommittedOffset.parse(open.toKafka())).isEqualTo(open);
  }

  @Test
  void shouldNameTheTopicOfAnOffsetWithoutABlock() {
    CommittedOffset done = CommittedOffset.settled(5, "AgAA", TOPIC, null);

    assertThat(done.toKafka().metadata()).isEqualTo("AgAA|1:AAAAAAAAABEAAAAAAAAABA");
    assertThat(CommittedOffset.parse(done.toKafka())).isEqualTo(done);
    assertThat(done.belongsTo(TOPIC)).isTrue();
    assertThat(done.belongsTo(new Uuid(17, 5))).isFalse();
  }

  @Test
  void shouldRememberWhereLettersGo() {
    for (CommittedOffset placed :
        List.of(CommittedOffset.settled(5, "AgAA", TOPIC, 2), open("AgAA", 1, TOPIC, 2))) {

      assertThat(placed.toKafka().metadata())
          .isEqualTo(
              "AgAA|1:AAAAAAAAABEAAAAAAAAABA" + (placed.isBlockOpen() ? ":9" : "") + ":letters=2");
      assertThat(CommittedOffset.parse(placed.toKafka())).isEqualTo(placed);
      assertThat(placed.asPastEnd(TOPIC).letters()).isEqualTo(2);
    }
  }

  @Test
  void shouldReadTheReleaseBefore() {
    CommittedOffset open = CommittedOffset.parse(new OffsetAndMetadata(5, "AgAA|9"));

    assertThat(open).isEqualTo(open("AgAA", 0, null, null));
    assertThat(open.belongsTo(TOPIC)).isTrue();
    assertThat(open.toKafka().metadata()).isEqualTo("AgAA|9");
    assertThat(CommittedOffset.parse(new OffsetAndMetadata(5, "AgAA")).toKafka().metadata())
        .isEqualTo("AgAA");
  }

  @Test
  void shouldTakeAnOffsetThatWasSetByHandForAnyTopics() {
    CommittedOffset set = CommittedOffset.parse(new OffsetAndMetadata(5, ""));

    assertThat(set.belongsTo(TOPIC)).isTrue();
    assertThat(set.isBlockOpen()).isFalse();
  }

  @Test
  void shouldRememberThatAnOffsetWasPastTheEnd() {
    CommittedOffset past =
        CommittedOffset.parse(new OffsetAndMetadata(5, "AgAA|9")).asPastEnd(TOPIC);

    assertThat(past.toKafka().metadata()).isEqualTo("AgAA|1:AAAAAAAAABEAAAAAAAAABA:past");
    assertThat(CommittedOffset.parse(past.toKafka())).isEqualTo(past);
    assertThat(past.pastEnd()).isTrue();
    assertThat(past.isBlockOpen()).isFalse();
  }

  @Test
  void shouldStandStillOnlyWhereEventsMayBeUnreadBelow() {
    CommittedOffset plain = CommittedOffset.parse(new OffsetAndMetadata(50, ""));
    CommittedOffset marked = plain.asPastEnd(TOPIC);

    assertThat(plain.standsStill(TOPIC, 0, 50)).as("at the end").isFalse();
    assertThat(plain.standsStill(TOPIC, 0, 49)).as("past the end").isTrue();
    assertThat(plain.standsStill(TOPIC, 49, 49)).as("past the end of an empty log").isFalse();
    assertThat(marked.standsStill(TOPIC, 0, 90)).as("marked, the log has grown").isTrue();
    assertThat(marked.standsStill(TOPIC, 60, 90)).as("marked, all expired since").isFalse();
    assertThat(marked.standsStill(new Uuid(17, 5), 0, 90)).as("of a deleted topic").isFalse();
    assertThat(plain.countsIn(TOPIC)).isTrue();
    assertThat(marked.countsIn(TOPIC)).isFalse();
  }

  @Test
  void shouldNotGuessWhatALaterReleaseMeans() {
    CommittedOffset newer = CommittedOffset.parse(new OffsetAndMetadata(5, "AgAA|2:x:y:z"));

    assertThat(newer.state()).isEqualTo(new CommittedOffset.State.Later());
    assertThat(newer.standsStill(TOPIC, 0, 90)).isTrue();
    assertThatThrownBy(newer::toKafka).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void shouldIgnoreWhatAnotherProgramWrote() {
    for (String text :
        new String[] {
          "a|somebody", "a|1:no id", "a|1:x:9", "|x:1", "a|1:AAAAAAAAABEAAAAAAAAABA:letters=-1"
        }) {
      CommittedOffset other = CommittedOffset.parse(new OffsetAndMetadata(5, text));

      assertThat(other).isEqualTo(CommittedOffset.parse(new OffsetAndMetadata(5, "")));
    }
  }

  @Test
  void shouldTakeABlockWithoutOffsetsForNone() {
    assertThat(CommittedOffset.parse(new OffsetAndMetadata(5, "a|5")).isBlockOpen()).isFalse();
    assertThat(CommittedOffset.parse(new OffsetAndMetadata(5, "a|1:AAAAAAAAABEAAAAAAAAABA:4")))
        .isEqualTo(CommittedOffset.settled(5, "a", TOPIC, null));
  }
}
