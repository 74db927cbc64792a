package io.penstock.provisioning.client;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.kafka.Topics;
import io.penstock.provisioning.job.StepFailed;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;

/**
 * Waits until the routers have stored or refused everything that the events topic held at one
 * moment. An event is in flight until its offset is committed, so once the group's commits are past
 * that moment's end, nothing accepted before it is still to be inserted.
 */
final class Drain {
  private static final Duration POLL = Duration.ofMillis(250);

  private final KafkaConfig kafka;
  private final String group;

  /**
   * @param group the routers' consumer group
   */
  Drain(KafkaConfig kafka, String group) {
    this.kafka = kafka;
    this.group = group;
  }

  /**
   * Waits for what is in the topic now.
   *
   * @param progress told how many records are still to come
   * @throws StepFailed if that takes longer than {@code limit}, or Kafka cannot be asked
   */
  void await(Duration limit, LongConsumer progress) throws StepFailed {
    long deadline = System.nanoTime() + limit.toNanos();
    try (Admin admin = Topics.admin(kafka)) {
      Map<TopicPartition, Long> ends = offsets(admin, OffsetSpec.latest());
      Map<TopicPartition, Long> beginnings = offsets(admin, OffsetSpec.earliest());
      while (true) {
        long left = left(admin, beginnings, ends);
        progress.accept(left);
        if (left == 0) {
          return;
        }
        if (System.nanoTime() - deadline > 0) {
          throw new StepFailed(
              "the routers (group %s) have not come past what %s held: %,d records are left after %s; start a router or wait, then run this again"
                  .formatted(group, kafka.eventsTopic(), left, limit));
        }
        TimeUnit.NANOSECONDS.sleep(POLL.toNanos());
      }
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new StepFailed(
          "Kafka at %s: cannot see how far the routers are: %s"
              .formatted(kafka.bootstrapServers(), cause.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StepFailed("interrupted while waiting for the routers");
    }
  }

  private Map<TopicPartition, Long> offsets(Admin admin, OffsetSpec spec)
      throws ExecutionException, InterruptedException {
    String topic = kafka.eventsTopic();
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    for (TopicDescription described :
        admin.describeTopics(List.of(topic)).allTopicNames().get().values()) {
      for (TopicPartitionInfo partition : described.partitions()) {
        asked.put(new TopicPartition(topic, partition.partition()), spec);
      }
    }
    Map<TopicPartition, Long> offsets = new HashMap<>();
    for (Map.Entry<TopicPartition, ListOffsetsResultInfo> answer :
        admin.listOffsets(asked).all().get().entrySet()) {
      offsets.put(answer.getKey(), answer.getValue().offset());
    }
    return offsets;
  }

  private long left(
      Admin admin, Map<TopicPartition, Long> beginnings, Map<TopicPartition, Long> ends)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, OffsetAndMetadata> committed =
        admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
    long left = 0;
    for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
      OffsetAndMetadata done = committed.get(end.getKey());
      long at = done == null ? beginnings.getOrDefault(end.getKey(), 0L) : done.offset();
      left += Math.max(0, end.getValue() - at);
    }
    return left;
  }
}
