package io.penstock.core.deadletter;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.kafka.CommandClients;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/** Settings and partitions for consumers of the dead-letter topic. */
public final class LetterConsumers {
  private LetterConsumers() {}

  /** Reads committed records from the beginning and commits nothing. A new, mutable map. */
  public static Map<String, Object> settings(KafkaConfig kafka) {
    Map<String, Object> settings = CommandClients.settings(kafka);
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5_000);
    return settings;
  }

  /**
   * The same for a consumer that asks for ends and positions between its polls: at a partition's
   * end the broker holds a fetch back, and with it, on the same connection, whatever is asked next.
   */
  public static Map<String, Object> askingSettings(KafkaConfig kafka) {
    Map<String, Object> settings = settings(kafka);
    settings.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 20);
    return settings;
  }

  /**
   * A topic's partitions, in order.
   *
   * @throws KafkaException if there is no such topic, or Kafka does not answer
   */
  public static List<TopicPartition> partitions(Consumer<byte[], byte[]> consumer, String topic) {
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream()
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .sorted(Comparator.comparingInt(TopicPartition::partition))
            .toList();
    if (partitions.isEmpty()) {
      throw new KafkaException("there is no topic " + topic);
    }
    return partitions;
  }
}
