package io.penstock.dlq.trace;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.LetterConsumers;
import io.penstock.core.event.Origin;
import io.penstock.core.kafka.BoundedConsumer;
import io.penstock.core.kafka.CommandClients;
import io.penstock.core.kafka.CommittedOffset;
import io.penstock.core.run.CommandRun;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * The events topic as it is now, and how far the routers are in it. Reads committed records and
 * commits nothing. Every method throws {@link KafkaException} if Kafka does not answer within the
 * command's patience. Not thread-safe.
 */
final class EventsTopic implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(200);

  /** The broker's clock, and the transaction that has a tombstone and its event, take no longer. */
  private static final Duration AROUND = Duration.ofSeconds(10);

  private final Admin admin;
  private final BoundedConsumer consumer;
  private final TopicDescription topic;
  private final Map<TopicPartition, OffsetAndMetadata> committed;

  /** Connects, and asks for the topic and for the offsets of the routers' group. */
  EventsTopic(KafkaConfig kafka, String group) {
    admin = CommandClients.admin(kafka);
    BoundedConsumer opened = null;
    try {
      TopicDescription described =
          CommandClients.await(
                  kafka, admin.describeTopics(List.of(kafka.eventsTopic())).allTopicNames())
              .get(kafka.eventsTopic());
      if (described == null) {
        throw new KafkaException("there is no topic " + kafka.eventsTopic());
      }
      topic = described;
      committed =
          CommandClients.await(
              kafka, admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
      opened = new BoundedConsumer(LetterConsumers.askingSettings(kafka));
      consumer = opened;
    } finally {
      if (opened == null) {
        admin.close(Duration.ZERO);
      }
    }
  }

  Uuid topicId() {
    return topic.topicId();
  }

  int partitions() {
    return topic.partitions().size();
  }

  Origin at(int partition, long offset) {
    return new Origin(topicId(), topic.name(), partition, offset);
  }

  private TopicPartition partition(int number) {
    return new TopicPartition(topic.name(), number);
  }

  /** Below which offset the routers are done; 0 where they have committed none of this topic. */
  long committed(int partition) {
    OffsetAndMetadata kept = committed.get(partition(partition));
    CommittedOffset at = kept == null ? null : CommittedOffset.parse(kept);
    return at == null || !at.countsIn(topicId()) ? 0 : at.offset();
  }

  /** The offset of the oldest record that is kept. */
  long begin(int partition) {
    TopicPartition one = partition(partition);
    return consumer.beginningOffsets(List.of(one)).getOrDefault(one, 0L);
  }

  /** Behind the newest record that is not of an open transaction. */
  long end(int partition) {
    TopicPartition one = partition(partition);
    return consumer.endOffsets(List.of(one)).getOrDefault(one, 0L);
  }

  /** The record at an offset that the log has reached; null if it keeps none there. */
  @Nullable ConsumerRecord<byte[], byte[]> record(int partition, long offset) {
    return first(partition, offset, offset + 1, _ -> true);
  }

  /** The first record in a range that is meant; null if there is none. */
  @Nullable ConsumerRecord<byte[], byte[]> first(
      int partition, long from, long to, Predicate<ConsumerRecord<byte[], byte[]>> meant) {
    TopicPartition one = partition(partition);
    consumer.assign(List.of(one));
    consumer.seek(one, from);
    Duration patience = CommandRun.current().patience().answer();
    long covered = from;
    long heardAt = System.nanoTime();
    while (covered < to) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        if (record.offset() >= to) {
          return null;
        }
        if (meant.test(record)) {
          return record;
        }
      }
      CommandRun.current().checkpoint();
      long position = consumer.position(one);
      if (position > covered) {
        covered = position;
        heardAt = System.nanoTime();
      } else if (System.nanoTime() - heardAt > patience.toNanos()) {
        throw new KafkaException(
            "nothing came of " + one + " for " + patience + ", at offset " + covered);
      }
    }
    return null;
  }

  /**
   * The first record that is meant of those that the broker took about then; null if there is none,
   * or no record of that time any more.
   */
  @Nullable ConsumerRecord<byte[], byte[]> about(
      Instant then, int partition, Predicate<ConsumerRecord<byte[], byte[]>> meant) {
    long from = offsetAt(then.minus(AROUND), partition);
    return first(partition, from, offsetAt(then.plus(AROUND), partition), meant);
  }

  private long offsetAt(Instant time, int partition) {
    TopicPartition one = partition(partition);
    var found = consumer.offsetsForTimes(Map.of(one, time.toEpochMilli())).get(one);
    return found == null ? end(partition) : found.offset();
  }

  @Override
  public void close() {
    consumer.close();
    admin.close(Duration.ZERO);
  }
}
