package io.penstock.provisioning.offset;

import static java.util.Objects.requireNonNull;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.kafka.CommittedOffset;
import io.penstock.core.kafka.Topics;
import io.penstock.provisioning.job.StepFailed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/** Reads and sets the routers' committed offsets. Methods ask anew each time. Thread-safe. */
public final class Offsets {
  private final KafkaConfig kafka;
  private final String group;

  /**
   * @param group the routers' consumer group
   */
  public Offsets(KafkaConfig kafka, String group) {
    this.kafka = kafka;
    this.group = group;
  }

  /**
   * A move, as it would be or was done.
   *
   * @param to where the partition is read from next
   */
  public record Move(PartitionOffset from, long to) {
    /** How many offsets routers would read, of which they read some for the second time. */
    public long readAgain() {
      return Math.max(0, Math.min(from.next(), from.end()) - to);
    }

    /** How many offsets nobody would read. */
    public long passedOver() {
      return Math.max(0, to - Math.min(from.next(), from.end()));
    }
  }

  /**
   * All partitions of the events topic, by their number.
   *
   * @throws StepFailed if Kafka cannot be asked
   */
  public List<PartitionOffset> read() throws StepFailed {
    return ask(this::read);
  }

  /**
   * What {@link #move} would do; changes nothing.
   *
   * @throws StepFailed if there is no such partition, it does not have the offset, or Kafka cannot
   *     be asked
   */
  public Move preview(int partition, Place place) throws StepFailed {
    return ask(admin -> move(admin, partition, place));
  }

  /**
   * Has the routers go on elsewhere in a partition, once they run again.
   *
   * @throws StepFailed as {@link #preview}, and if routers run
   */
  public Move move(int partition, Place place) throws StepFailed {
    return ask(admin -> {
      List<String> members = members(admin);
      if (!members.isEmpty()) {
        throw new StepFailed(
            "routers run, and an offset can be moved only while none does (group %s): stop %s"
                .formatted(group, String.join(", ", members)));
      }
      Move move = move(admin, partition, place);
      CommittedOffset offset =
          new CommittedOffset(
              move.to,
              "",
              CommittedOffset.VERSION,
              events(admin).topicId(),
              CommittedOffset.NO_BLOCK);
      Map<TopicPartition, OffsetAndMetadata> offsets =
          Map.of(new TopicPartition(kafka.eventsTopic(), partition), offset.toKafka());
      admin.alterConsumerGroupOffsets(group, offsets).all().get();
      return move;
    });
  }

  private Move move(Admin admin, int partition, Place place)
      throws ExecutionException, InterruptedException, StepFailed {
    List<PartitionOffset> all = read(admin);
    if (partition < 0 || partition >= all.size()) {
      throw new StepFailed(
          "%s has no partition %d, but 0 to %d"
              .formatted(kafka.eventsTopic(), partition, all.size() - 1));
    }
    PartitionOffset from = all.get(partition);
    long to =
        switch (place) {
          case Place.Beginning() -> from.begin();
          case Place.End() -> from.end();
          case Place.Offset(long offset) -> offset;
        };
    if (to < from.begin() || to > from.end()) {
      throw new StepFailed(
          "partition %d has the offsets %d to %d, not %d"
              .formatted(partition, from.begin(), from.end(), to));
    }
    return new Move(from, to);
  }

  private List<PartitionOffset> read(Admin admin) throws ExecutionException, InterruptedException {
    TopicDescription events = events(admin);
    Map<TopicPartition, ListOffsetsResultInfo> begins =
        admin.listOffsets(all(events, OffsetSpec.earliest())).all().get();
    Map<TopicPartition, ListOffsetsResultInfo> ends =
        admin.listOffsets(all(events, OffsetSpec.latest())).all().get();
    Map<TopicPartition, OffsetAndMetadata> committed = committed(admin);
    List<PartitionOffset> offsets = new ArrayList<>();
    for (int partition = 0; partition < events.partitions().size(); partition++) {
      TopicPartition key = new TopicPartition(events.name(), partition);
      OffsetAndMetadata kept = committed.get(key);
      CommittedOffset at = kept == null ? null : CommittedOffset.parse(kept);
      offsets.add(
          new PartitionOffset(
              partition,
              requireNonNull(begins.get(key)).offset(),
              requireNonNull(ends.get(key)).offset(),
              at,
              at == null || at.belongsTo(events.topicId())));
    }
    return offsets;
  }

  private Map<TopicPartition, OffsetAndMetadata> committed(Admin admin)
      throws ExecutionException, InterruptedException {
    try {
      return admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GroupIdNotFoundException) {
        return Map.of();
      }
      throw e;
    }
  }

  private List<String> members(Admin admin) throws ExecutionException, InterruptedException {
    try {
      return admin.describeConsumerGroups(List.of(group)).all().get().values().stream()
          .flatMap(described -> described.members().stream())
          .map(Offsets::name)
          .distinct()
          .sorted()
          .toList();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GroupIdNotFoundException) {
        return List.of();
      }
      throw e;
    }
  }

  private static String name(MemberDescription member) {
    return member.clientId().replaceFirst("-StreamThread-.*", "") + " on " + member.host();
  }

  private TopicDescription events(Admin admin) throws ExecutionException, InterruptedException {
    String topic = kafka.eventsTopic();
    return requireNonNull(admin.describeTopics(List.of(topic)).topicNameValues().get(topic)).get();
  }

  private static Map<TopicPartition, OffsetSpec> all(TopicDescription topic, OffsetSpec spec) {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    for (int partition = 0; partition < topic.partitions().size(); partition++) {
      asked.put(new TopicPartition(topic.name(), partition), spec);
    }
    return asked;
  }

  private interface Question<T> {
    T ask(Admin admin) throws ExecutionException, InterruptedException, StepFailed;
  }

  private <T> T ask(Question<T> question) throws StepFailed {
    try (Admin admin = Topics.admin(kafka)) {
      return question.ask(admin);
    } catch (ExecutionException | KafkaException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new StepFailed(
          "Kafka at %s (penstock.kafka.bootstrap.servers), topic %s, group %s: %s"
              .formatted(kafka.bootstrapServers(), kafka.eventsTopic(), group, cause.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StepFailed("interrupted while asking Kafka");
    }
  }
}
