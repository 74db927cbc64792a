package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.kafka.CommittedOffset;
import io.penstock.core.ledger.LedgerEntry;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The ledger as its topic has it.
 *
 * @param entries by partition and start; of several with one key the last
 */
record LedgerOfTopic(Map<Place, TreeMap<Long, LedgerEntry>> entries) {
  /** A partition of the events topic. */
  record Place(Uuid topicId, int partition) {}

  static LedgerOfTopic read(KafkaConfig kafka) {
    Map<String, Object> settings = kafka.clientProperties();
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    Map<Place, TreeMap<Long, LedgerEntry>> entries = new HashMap<>();
    try (var consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(Objects.requireNonNull(kafka.ledgerTopic())).stream()
              .map(one -> new TopicPartition(one.topic(), one.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream()
          .anyMatch(one -> consumer.position(one) < ends.getOrDefault(one, 0L))) {
        consumer
            .poll(Duration.ofMillis(100))
            .forEach(record -> {
              LedgerEntry entry = LedgerEntry.parse(record.value());
              entries
                  .computeIfAbsent(
                      new Place(entry.topicId(), entry.partition()), any -> new TreeMap<>())
                  .put(entry.start(), entry);
            });
      }
    }
    return new LedgerOfTopic(entries);
  }

  /**
   * No partition has a hole, and each reaches up to what the routers' group had committed before
   * the ledger was read.
   */
  void assertReaches(Map<TopicPartition, OffsetAndMetadata> committed) {
    Map<Place, Long> ends = new HashMap<>();
    entries.forEach((place, ofPlace) -> {
      long end = ofPlace.firstKey();
      for (LedgerEntry entry : ofPlace.values()) {
        assertThat(entry.start()).as("behind %d in %s", end, place).isLessThanOrEqualTo(end);
        end = Math.max(end, entry.end());
      }
      ends.put(place, end);
    });
    committed.forEach((partition, offset) -> {
      CommittedOffset at = CommittedOffset.parse(offset);
      if (at.topicId() != null && !at.pastEnd() && at.offset() > 0) {
        assertThat(ends.getOrDefault(new Place(at.topicId(), partition.partition()), 0L))
            .as("where the ledger of %s ends", partition)
            .isGreaterThanOrEqualTo(at.offset());
      }
    });
  }
}
