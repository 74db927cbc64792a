package io.penstock.provisioning.client;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.provisioning.Metadata;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** What a client has in ClickHouse and Kafka. */
final class ClientData {
  private final Metadata metadata;
  private final KafkaConfig kafka;

  ClientData(Metadata metadata, KafkaConfig kafka) {
    this.metadata = metadata;
    this.kafka = kafka;
  }

  void store(String database, String day, int rows) throws Exception {
    metadata.executeClickHouse(
        "INSERT INTO %s.events_base (event_id, event_name, event_time) SELECT generateUUIDv4(), 'e', '%s 10:00:00' FROM numbers(%d)"
            .formatted(database, day, rows));
  }

  void produce() {
    send(new ProducerRecord<>(kafka.eventsTopic(), 0, null, "{}".getBytes(StandardCharsets.UTF_8)));
  }

  void deadLetter(String client, String key) {
    ProducerRecord<byte[], byte[]> letter =
        new ProducerRecord<>(
            kafka.deadLettersTopic(), key.getBytes(StandardCharsets.UTF_8), new byte[] {1});
    var _ = letter.headers().add(DeadLetterHeaders.CLIENT, client.getBytes(StandardCharsets.UTF_8));
    send(letter);
  }

  private void send(ProducerRecord<byte[], byte[]> record) {
    try (var producer =
        new KafkaProducer<>(
            kafka.clientProperties(), new ByteArraySerializer(), new ByteArraySerializer())) {
      var _ = producer.send(record);
    }
  }

  /** What a router does when everything is stored. */
  void commitAll(String group) {
    Map<String, Object> settings = kafka.clientProperties();
    settings.put("group.id", group);
    try (var consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(kafka.eventsTopic()).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      consumer.assign(partitions);
      Map<TopicPartition, OffsetAndMetadata> ends = new HashMap<>();
      consumer
          .endOffsets(partitions)
          .forEach((partition, end) -> ends.put(partition, new OffsetAndMetadata(end)));
      consumer.commitSync(ends);
    }
  }
}
