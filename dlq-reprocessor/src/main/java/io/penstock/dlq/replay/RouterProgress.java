package io.penstock.dlq.replay;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.config.Secret;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.ReplaySecretMark;
import io.penstock.core.event.Origin;
import io.penstock.core.kafka.CommandClients;
import io.penstock.core.kafka.CommittedOffset;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/**
 * Reads how far the routers are from their group's committed offsets: everything below an offset is
 * stored or a dead letter (docs/delivery.md). Methods that ask throw {@link KafkaException} if
 * Kafka does not answer. Not thread-safe.
 */
final class RouterProgress implements AutoCloseable {
  private final KafkaConfig kafka;
  private final Admin admin;
  private final String group;
  private final TopicDescription events;
  private Map<TopicPartition, OffsetAndMetadata> committed = Map.of();

  /** Connects, and asks for the events topic's id and partitions. */
  RouterProgress(KafkaConfig kafka, String group) {
    this.group = group;
    this.kafka = kafka;
    admin = CommandClients.admin(kafka);
    try {
      String topic = kafka.eventsTopic();
      Map<String, TopicDescription> described =
          CommandClients.await(kafka, admin.describeTopics(List.of(topic)).allTopicNames());
      TopicDescription description = described.get(topic);
      if (description == null) {
        throw new KafkaException("there is no topic " + topic);
      }
      events = description;
    } catch (KafkaException e) {
      admin.close();
      throw e;
    }
  }

  /** How many partitions the events topic has. */
  int partitions() {
    return events.partitions().size();
  }

  /** Asks for the offsets anew. */
  void refresh() {
    committed =
        CommandClients.await(
            kafka, admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
  }

  /** The id of the events topic, which tells it from others that had its name. */
  Uuid topicId() {
    return events.topicId();
  }

  /** Compares the replay secrets of the running routers with this one. */
  ReplaySecretMark.Comparison compare(Secret secret) {
    KafkaFuture<ConsumerGroupDescription> described =
        admin.describeConsumerGroups(List.of(group)).describedGroups().get(group);
    try {
      return described == null
          ? ReplaySecretMark.Comparison.EMPTY
          : ReplaySecretMark.compare(CommandClients.await(kafka, described).members(), secret);
    } catch (GroupIdNotFoundException noRouterYet) {
      return ReplaySecretMark.Comparison.EMPTY;
    }
  }

  /** Whether the routers are done with all up to this offset, as of the last {@link #refresh}. */
  boolean isPast(TopicPartition partition, long offset) {
    OffsetAndMetadata kept = committed.get(partition);
    if (kept == null) {
      return false;
    }
    CommittedOffset at = CommittedOffset.parse(kept);
    return offset < at.offset() && at.countsIn(events.topicId());
  }

  /**
   * Whether the routers are done with the record that this letter was made of. If not, a router
   * that crashes now reads that record again, and may find it good by then. A record of another
   * topic than the present events topic counts as done.
   */
  boolean isDoneWith(DeadLetter letter) {
    Origin record = letter.record();
    return record == null
        || !record.topicId().equals(events.topicId())
        || isPast(new TopicPartition(events.name(), record.partition()), record.offset());
  }

  @Override
  public void close() {
    admin.close();
  }
}
