package io.penstock.provisioning.doctor;

import io.penstock.core.deadletter.ReplaySecretMark;
import io.penstock.provisioning.offset.PartitionOffset;
import io.penstock.provisioning.topic.Topics;
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
 * @param ledger null: there is no such topic, or no ledger is kept
 * @param group the routers' consumer group; null: it does not exist
 * @param brokerSettings of one broker; empty where the user may not ask
 * @param ledgerWaiting entries of the ledger that are not in its table yet
 */
record KafkaFacts(
    int brokers,
    int metadataVersion,
    Topics.@Nullable Description events,
    Topics.@Nullable Description deadLetters,
    Topics.@Nullable Description ledger,
    @Nullable Group group,
    Map<String, String> brokerSettings,
    long ledgerWaiting) {
  /**
   * The routers' consumer group.
   *
   * @param replays the routers' replay secrets compared with the one that is set here
   * @param strangers members that are no routers
   */
  record Group(
      String state,
      int members,
      Set<AclOperation> operations,
      List<PartitionOffset> positions,
      ReplaySecretMark.Comparison replays,
      List<String> strangers) {
    Group(
        String state, int members, Set<AclOperation> operations, List<PartitionOffset> positions) {
      this(state, members, operations, positions, ReplaySecretMark.Comparison.EMPTY, List.of());
    }
  }
}
