package io.penstock.delivery;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** What is asked of Kafka besides records: which topic they come from, and which of them it has. */
interface TopicLog {
  /**
   * The id of the topic that this consumer reads under this name, as of its last poll. A topic that
   * was deleted and created anew has another one.
   *
   * @param consumer the one that was assigned partitions of the topic
   * @return null while the consumer knows of no such topic
   */
  @Nullable Uuid topicId(Consumer<byte[], byte[]> consumer, String topic);

  /**
   * The id of the topic of this name now, as the brokers say, whatever the consumer has heard.
   *
   * @return null if there is none
   * @throws KafkaException if no broker says
   */
  @Nullable Uuid newestTopicId(String topic);

  /**
   * Which offsets the partition has now.
   *
   * @throws KafkaException if the broker does not say
   */
  Bounds bounds(TopicPartition partition);

  /**
   * The offsets of a partition.
   *
   * @param begin of the oldest record that is kept
   * @param end behind the newest one, committed or not
   */
  record Bounds(long begin, long end) {}
}
