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

  /**
   * How far the group is in a partition of the events.
   *
   * @param begin offset of the oldest record that is kept
   * @param end offset of the next record to come
   * @param committed -1: nothing yet
   * @param openBlock whether the commit announces inserts that may have begun
   */
  record Position(int partition, long begin, long end, long committed, boolean openBlock) {
    long lag() {
      return Math.max(0, end - Math.max(begin, committed));
    }

    /** Records that were deleted before the group had read them. */
    long lost() {
      return committed < 0 ? 0 : Math.max(0, begin - committed);
    }
  }
}
