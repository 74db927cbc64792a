package io.penstock.dlq.command;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.LetterConsumers;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Whether a record can stand, or have stood, where an ORIGIN says. */
final class OriginName {
  private static final Pattern PLACE = Pattern.compile("@(\\d{1,9})-(\\d{1,18})");

  /** A letter's key, with or without the topic's id. */
  private static final Pattern RECORD =
      Pattern.compile("([^:]+)(:[\\w-]{22})?-(\\d{1,9})-(\\d{1,18})");

  private OriginName() {}

  /**
   * What is wrong with it, as a sentence without its end; "" if nothing is, or Kafka does not tell.
   */
  static String problem(String origin, KafkaConfig kafka) {
    if (origin.startsWith("base64:")) {
      return "";
    }
    Matcher place = PLACE.matcher(origin);
    if (place.matches()) {
      return problem(origin, kafka.deadLettersTopic(), place.group(1), place.group(2), kafka);
    }
    Matcher record = RECORD.matcher(origin);
    if (record.matches() && record.group(2) != null) {
      return ""; // Of a topic that may be gone: how far the one of this name is tells nothing.
    }
    return record.matches()
        ? problem(origin, record.group(1), record.group(3), record.group(4), kafka)
        : "\"%s\" is no ORIGIN as \"dlq list\" shows them".formatted(origin);
  }

  private static String problem(
      String origin, String topic, String number, String offset, KafkaConfig kafka) {
    TopicPartition partition = new TopicPartition(topic, Integer.parseInt(number));
    try (var consumer =
        new KafkaConsumer<>(
            LetterConsumers.askingSettings(kafka),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      Map<String, List<PartitionInfo>> topics = consumer.listTopics();
      int partitions = topics.getOrDefault(topic, List.of()).size();
      if (partition.partition() >= partitions) {
        return partitions == 0
            ? "%s would be of a topic \"%s\", which is not there".formatted(origin, topic)
            : "%s would be in partition %d of %s, which has %d"
                .formatted(origin, partition.partition(), topic, partitions);
      }
      long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, Long.MAX_VALUE);
      return Long.parseLong(offset) < end
          ? ""
          : "%s lies past the end of its partition, which is %,d".formatted(origin, end);
    } catch (KafkaException silent) {
      return "";
    }
  }
}
