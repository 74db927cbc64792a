package io.penstock.provisioning.doctor;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.config.Secret;
import io.penstock.core.deadletter.ReplaySecretMark;
import io.penstock.core.kafka.CommandClients;
import io.penstock.core.kafka.RouterGroup;
import io.penstock.core.run.CommandRun;
import io.penstock.provisioning.account.LedgerProgress;
import io.penstock.provisioning.doctor.KafkaFacts.Group;
import io.penstock.provisioning.offset.Offsets;
import io.penstock.provisioning.topic.Topics;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.DescribeConsumerGroupsOptions;
import org.apache.kafka.clients.admin.FinalizedVersionRange;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jspecify.annotations.Nullable;

/**
 * Asks Kafka.
 *
 * @param replaySecret null: none is set
 * @param patience of Kafka's client; less than the part's, so that it can say what it waited for
 */
record KafkaLook(
    KafkaConfig config, String groupId, @Nullable Secret replaySecret, Duration patience) {
  private static final String METADATA_VERSION = "metadata.version";

  /**
   * @throws Topics.TopicsException if a topic cannot be looked at
   * @throws ExecutionException if Kafka refuses something else or does not answer
   */
  KafkaFacts look() throws ExecutionException, InterruptedException {
    Admin admin = CommandClients.admin(config, patience);
    try (CommandRun.Wait _ = CommandClients.waitFor(config)) {
      Collection<Node> nodes = admin.describeCluster().nodes().get();
      Topics topics = new Topics(config, admin);
      Topics.Description events = topics.describe(config.eventsTopic());
      String ledgerTopic = config.ledgerTopic();
      Topics.Description ledger = ledgerTopic == null ? null : topics.describe(ledgerTopic);
      return new KafkaFacts(
          nodes.size(),
          metadataVersion(admin),
          events,
          topics.describe(config.deadLettersTopic()),
          ledger,
          group(admin, events),
          brokerSettings(admin, nodes),
          ledger == null ? 0 : new LedgerProgress(config, ledger.topic(), groupId).waiting(admin));
    } finally {
      admin.close(Duration.ZERO); // what is under way was given up
    }
  }

  private static int metadataVersion(Admin admin) throws ExecutionException, InterruptedException {
    Map<String, FinalizedVersionRange> features =
        orElse(
            admin.describeFeatures().featureMetadata().thenApply(all -> all.finalizedFeatures()),
            Map.of());
    FinalizedVersionRange version = features.get(METADATA_VERSION);
    return version == null ? 0 : version.maxVersionLevel();
  }

  private static Map<String, String> brokerSettings(Admin admin, Collection<Node> nodes)
      throws ExecutionException, InterruptedException {
    if (nodes.isEmpty()) {
      return Map.of();
    }
    ConfigResource broker =
        new ConfigResource(ConfigResource.Type.BROKER, nodes.iterator().next().idString());
    Map<String, String> settings = new HashMap<>();
    for (ConfigEntry entry :
        orElse(
            admin.describeConfigs(List.of(broker)).all().thenApply(all -> entries(all.values())),
            List.<ConfigEntry>of())) {
      if (entry.value() != null) {
        settings.put(entry.name(), entry.value());
      }
    }
    return settings;
  }

  private static List<ConfigEntry> entries(Collection<Config> configs) {
    return configs.stream().flatMap(config -> config.entries().stream()).toList();
  }

  private @Nullable Group group(Admin admin, Topics.@Nullable Description events)
      throws ExecutionException, InterruptedException {
    ConsumerGroupDescription group;
    try {
      group =
          admin
              .describeConsumerGroups(
                  List.of(groupId),
                  new DescribeConsumerGroupsOptions().includeAuthorizedOperations(true))
              .all()
              .get()
              .get(groupId);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GroupIdNotFoundException) {
        return null;
      }
      throw e;
    }
    if (group == null || group.groupState() == GroupState.DEAD) {
      return null;
    }
    Set<AclOperation> operations = group.authorizedOperations();
    return new Group(
        group.groupState().toString(),
        group.members().size(),
        operations == null ? Set.of() : operations,
        events == null
            ? List.of()
            : Offsets.read(admin, groupId, events.topic(), events.id(), events.partitions()),
        ReplaySecretMark.compare(group.members(), replaySecret),
        RouterGroup.strangers(group));
  }

  /**
   * The answer, or {@code other} if the user may not ask or the broker does not know the request.
   */
  private static <T> T orElse(KafkaFuture<T> future, T other)
      throws ExecutionException, InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof AuthorizationException
          || e.getCause() instanceof UnsupportedVersionException) {
        return other;
      }
      throw e;
    }
  }
}
