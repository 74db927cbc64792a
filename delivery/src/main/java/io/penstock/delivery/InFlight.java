package io.penstock.delivery;

import io.penstock.core.kafka.BoundedConsumer;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;

/**
 * How many bytes were polled and lie in Streams' buffers, which count records only. For one thread.
 */
final class InFlight {
  private final Map<TopicPartition, Long> bytes = new HashMap<>();

  /** Whether it is more than one poll may bring: nothing more should be polled. */
  boolean isFull() {
    return bytes.values().stream().mapToLong(Long::longValue).sum() >= BoundedConsumer.POLL_BYTES;
  }

  void polled(ConsumerRecords<byte[], byte[]> records) {
    for (ConsumerRecord<byte[], byte[]> record : records) {
      bytes.merge(
          new TopicPartition(record.topic(), record.partition()),
          BoundedConsumer.sizeOf(record),
          Long::sum);
    }
  }

  /** Streams has handed a record to its processor. */
  void processed(TopicPartition partition, long size) {
    bytes.computeIfPresent(partition, (_, held) -> held > size ? held - size : null);
  }

  /** Streams has dropped a partition's buffer. */
  void dropped(TopicPartition partition) {
    bytes.remove(partition);
  }

  /** Streams has dropped the buffers of all other partitions. */
  void retain(Collection<TopicPartition> partitions) {
    bytes.keySet().retainAll(partitions);
  }
}
