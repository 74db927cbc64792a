package io.penstock.core.config;

import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.jspecify.annotations.Nullable;

/**
 * How to reach Kafka, and the topics.
 *
 * @param properties what the operator passes through to Kafka's clients, unchecked here: Kafka
 *     names what is wrong with it
 * @param ledgerTopic null: no ledger is kept
 * @param topicPartitions used only to create topics
 * @param topicReplicationFactor null: the broker's default; used only to create topics
 */
public record KafkaConfig(
    String bootstrapServers,
    Map<String, String> properties,
    String eventsTopic,
    String deadLettersTopic,
    @Nullable String ledgerTopic,
    int topicPartitions,
    @Nullable Integer topicReplicationFactor) {
  /** Copies the map. */
  public KafkaConfig {
    properties = Collections.unmodifiableMap(new TreeMap<>(properties));
  }

  /**
   * Reads the keys, and checks that the topics differ and nothing passed through contradicts a key
   * of its own.
   */
  public static KafkaConfig from(ConfigReader reader) {
    Set<String> known = new HashSet<>(ConsumerConfig.configNames());
    known.addAll(ProducerConfig.configNames());
    known.addAll(AdminClientConfig.configNames());
    Map<String, String> properties =
        reader.prefixed(ConfigKeys.KAFKA_PROPERTY_PREFIX, known::contains);
    if (properties.containsKey(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG)) {
      reader.problem(
          ConfigKeys.KAFKA_PROPERTY_PREFIX
              + CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG
              + ": set "
              + ConfigKeys.KAFKA_BOOTSTRAP_SERVERS.name()
              + " instead");
    }
    KafkaConfig config =
        new KafkaConfig(
            reader.get(ConfigKeys.KAFKA_BOOTSTRAP_SERVERS),
            properties,
            reader.get(ConfigKeys.TOPIC_EVENTS),
            reader.get(ConfigKeys.TOPIC_DEAD_LETTERS),
            reader.get(ConfigKeys.LEDGER_KEPT) == Toggle.ON
                ? reader.get(ConfigKeys.TOPIC_LEDGER)
                : null,
            reader.get(ConfigKeys.TOPIC_EVENTS_PARTITIONS),
            reader.find(ConfigKeys.TOPIC_REPLICATION_FACTOR));
    if (!config.eventsTopic.isEmpty() && config.eventsTopic.equals(config.deadLettersTopic)) {
      reader.problem(
          ConfigKeys.TOPIC_DEAD_LETTERS.name()
              + ": must differ from "
              + ConfigKeys.TOPIC_EVENTS.name()
              + ", both are \""
              + config.eventsTopic
              + "\"");
    }
    if (config.ledgerTopic != null
        && (config.ledgerTopic.equals(config.eventsTopic)
            || config.ledgerTopic.equals(config.deadLettersTopic))) {
      reader.problem(
          ConfigKeys.TOPIC_LEDGER.name()
              + ": must differ from the topics of events and dead letters, is \""
              + config.ledgerTopic
              + "\"");
    }
    return config;
  }

  /** The topics that there must be. */
  public List<String> topics() {
    return ledgerTopic == null
        ? List.of(eventsTopic, deadLettersTopic)
        : List.of(eventsTopic, deadLettersTopic, ledgerTopic);
  }

  /** What every Kafka client starts from; holds secrets. A new, mutable map. */
  public Map<String, Object> clientProperties() {
    Map<String, Object> all = new LinkedHashMap<>(properties);
    all.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    return all;
  }

  /** Leaves the values of passed-through properties out, since some are secrets. */
  @Override
  public String toString() {
    return "KafkaConfig["
        + bootstrapServers
        + ", "
        + properties.keySet()
        + ", "
        + eventsTopic
        + ", "
        + deadLettersTopic
        + ", "
        + ledgerTopic
        + "]";
  }
}
