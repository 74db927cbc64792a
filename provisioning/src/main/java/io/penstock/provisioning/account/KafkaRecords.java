package io.penstock.provisioning.account;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.event.Origin;
import io.penstock.core.kafka.BoundedConsumer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** Reads single records of the events topic. Not thread-safe. */
final class KafkaRecords implements DeepAccount.Records, AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int LARGEST = 2 << 20;

  private final String topic;
  private final String topicId;
  private final Consumer<byte[], byte[]> consumer;

  /**
   * @param topicId of the topic as it is now
   */
  KafkaRecords(KafkaConfig kafka, String topic, String topicId) {
    this.topic = topic;
    this.topicId = topicId;
    Map<String, Object> settings = kafka.clientProperties();
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);
    settings.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
    this.consumer = new BoundedConsumer(settings, LARGEST);
  }

  @Override
  public @Nullable UUID eventId(String ofTopicId, int partition, long offset) {
    if (!ofTopicId.equals(topicId)) {
      return null;
    }
    TopicPartition place = new TopicPartition(topic, partition);
    try {
      consumer.assign(List.of(place));
      consumer.seek(place, offset);
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(PATIENCE)) {
        return record.offset() == offset ? eventId(record) : null;
      }
      return null;
    } catch (KafkaException gone) {
      return null; // Deleted, or Kafka does not tell: the row stays unexplained.
    }
  }

  private @Nullable UUID eventId(ConsumerRecord<byte[], byte[]> record) {
    try {
      JsonNode id = JSON.readTree(record.value()).get("event_id");
      return id == null || id.isNull()
          ? new Origin(Uuid.fromString(topicId), topic, record.partition(), record.offset())
              .eventId()
          : UUID.fromString(id.asText());
    } catch (IOException | IllegalArgumentException odd) {
      return null;
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}
