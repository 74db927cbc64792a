package io.penstock.provisioning.doctor;

import io.penstock.core.kafka.Topics;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.acl.AclOperation;
import org.jspecify.annotations.Nullable;

/**
 * Kafka as it answered.
 *
 * @param metadataVersion the level of the feature {@code metadata.version}; 0: the brokers have
 *     none, as those with ZooKeeper
 * @param events null: there is no such topic
 * @param deadLetters null: there is no such topic
 * @param group the routers' consumer group; null: it does not exist
 * @param brokerSettings of one broker; empty where the user may not ask
 */
record KafkaFacts(
    int brokers,
    int metadataVersion,
    Topics.@Nullable Description events,
    Topics.@Nullable Description deadLetters,
    @Nullable Group group,
    Map<String, String> brokerSettings) {
  /** The routers' consumer group. */
  record Group(String state, int members, Set<AclOperation> operations, List<Position> positions) {}

  /** What is to be known of a committed offset besides the number. */
  enum Commit {
    PLAIN,
    /** It announces inserts that may have begun. */
    OPEN_BLOCK,
    /** It belongs to a topic of the same name that was deleted: it is not used. */
    OF_OLD_TOPIC,
    /** A router found it past the log's end, or a later release wrote it: its partition stands. */
    NOT_TRUSTED
  }

  /**
   * How far the group is in a partition of the events.
   *
   * @param begin offset of the oldest record that is kept
   * @param end offset of the next record to come
   * @param committed -1: nothing yet
   * @param state what the commit says besides
   */
  record Position(int partition, long begin, long end, long committed, Commit state) {
    long lag() {
      return Math.max(0, end - Math.max(begin, isOfOldTopic() ? -1 : committed));
    }

    private boolean isOfOldTopic() {
      return state == Commit.OF_OLD_TOPIC;
    }

    /** Whether the routers leave the partition alone until somebody has set its offset anew. */
    boolean standsStill() {
      return state == Commit.NOT_TRUSTED || (!isOfOldTopic() && committed > end && begin < end);
    }

    /** Records that were deleted before the group had read them. */
    long lost() {
      return committed < 0 || isOfOldTopic() ? 0 : Math.max(0, begin - committed);
    }
  }
}
