package io.penstock.provisioning.client;

import static java.util.Objects.requireNonNull;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.kafka.CommittedOffset;
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
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

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
      TopicDescription events = events(admin);
      Map<TopicPartition, Long> ends = offsets(admin, events, OffsetSpec.latest());
      Map<TopicPartition, Long> beginnings = offsets(admin, events, OffsetSpec.earliest());
      while (true) {
        long left = left(admin, events.topicId(), beginnings, ends);
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
      throw failed(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StepFailed("interrupted while waiting for the routers");
    }
  }

  /**
   * How many routers there are: processes of the consumer group, each of several members.
   *
   * @throws StepFailed if Kafka cannot be asked
   */
  int routers() throws StepFailed {
    try (Admin admin = Topics.admin(kafka)) {
      return (int)
          admin.describeConsumerGroups(List.of(group)).all().get().values().stream()
              .flatMap(described -> described.members().stream())
              .map(member -> member.clientId().replaceFirst("-StreamThread-.*", ""))
              .distinct()
              .count();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GroupIdNotFoundException) {
        return 0;
      }
      throw failed(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StepFailed("interrupted while looking for the routers");
    }
  }

  private StepFailed failed(ExecutionException e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return new StepFailed(
        "Kafka at %s: cannot see how far the routers are: %s"
            .formatted(kafka.bootstrapServers(), cause.getMessage()));
  }

  private TopicDescription events(Admin admin) throws ExecutionException, InterruptedException {
    return requireNonNull(
            admin
                .describeTopics(List.of(kafka.eventsTopic()))
                .topicNameValues()
                .get(kafka.eventsTopic()))
        .get();
  }

  private static Map<TopicPartition, Long> offsets(
      Admin admin, TopicDescription events, OffsetSpec spec)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    for (TopicPartitionInfo partition : events.partitions()) {
      asked.put(new TopicPartition(events.name(), partition.partition()), spec);
    }
    Map<TopicPartition, Long> offsets = new HashMap<>();
    for (Map.Entry<TopicPartition, ListOffsetsResultInfo> answer :
        admin.listOffsets(asked).all().get().entrySet()) {
      offsets.put(answer.getKey(), answer.getValue().offset());
    }
    return offsets;
  }

  private long left(
      Admin admin,
      Uuid topicId,
      Map<TopicPartition, Long> beginnings,
      Map<TopicPartition, Long> ends)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, OffsetAndMetadata> committed =
        admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
    long left = 0;
    for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
      OffsetAndMetadata kept = committed.get(end.getKey());
      CommittedOffset done = kept == null ? null : CommittedOffset.parse(kept);
      long at =
          done != null && done.belongsTo(topicId) && !done.pastEnd()
              ? done.offset()
              : beginnings.getOrDefault(end.getKey(), 0L);
      left += Math.max(0, end.getValue() - at);
    }
    return left;
  }
}
