package io.penstock.provisioning.offset;

import static java.util.Objects.requireNonNull;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.kafka.CommandClients;
import io.penstock.core.kafka.CommittedOffset;
import io.penstock.core.kafka.OpenTransaction;
import io.penstock.core.run.CommandRun;
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
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.TimeoutException;

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
   * A move of one partition's offset, made or only forecast.
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
  public Move forecast(int partition, Place place) throws StepFailed {
    return ask(admin -> move(admin, partition, place));
  }

  /**
   * Sets the offset from which the routers go on in a partition, once they run again.
   *
   * @throws StepFailed as {@link #forecast}, and if routers run
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
          CommittedOffset.settled(move.to, "", events(admin).topicId(), move.from.placeOfLetters());
      Map<TopicPartition, OffsetAndMetadata> offsets =
          Map.of(new TopicPartition(kafka.eventsTopic(), partition), offset.toKafka());
      try {
        admin.alterConsumerGroupOffsets(group, offsets).all().get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof TimeoutException) {
          throw StepFailed.partly(
              "Kafka has not said whether partition %d was moved to %d: ./penstock offsets show tells"
                  .formatted(partition, move.to),
              e.getCause());
        }
        throw e;
      }
      CommandRun.current().changed();
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
    return read(admin, group, events.name(), events.topicId(), events.partitions().size());
  }

  private TopicDescription events(Admin admin) throws ExecutionException, InterruptedException {
    return topic(admin, kafka.eventsTopic());
  }

  private List<String> members(Admin admin) throws ExecutionException, InterruptedException {
    return members(admin, group).stream()
        .map(member -> process(member) + " on " + member.host())
        .distinct()
        .sorted()
        .toList();
  }

  // ---- for those who have an admin client

  /** All partitions of a topic, by their number. */
  public static List<PartitionOffset> read(
      Admin admin, String group, String topic, Uuid topicId, int partitions)
      throws ExecutionException, InterruptedException {
    KafkaFuture<Map<TopicPartition, OffsetAndMetadata>> committed =
        admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata();
    KafkaFuture<Map<TopicPartition, ListOffsetsResultInfo>> begins =
        admin.listOffsets(all(topic, partitions, OffsetSpec.earliest())).all();
    KafkaFuture<Map<TopicPartition, ListOffsetsResultInfo>> ends =
        admin.listOffsets(all(topic, partitions, OffsetSpec.latest())).all();
    Map<TopicPartition, OffsetAndMetadata> kept = ofGroup(committed, Map.of());
    Map<TopicPartition, OpenTransaction> open =
        OpenTransaction.find(admin, all(topic, partitions, OffsetSpec.latest()).keySet());
    List<PartitionOffset> offsets = new ArrayList<>();
    for (int partition = 0; partition < partitions; partition++) {
      TopicPartition key = new TopicPartition(topic, partition);
      OffsetAndMetadata at = kept.get(key);
      offsets.add(
          new PartitionOffset(
              partition,
              topicId,
              requireNonNull(begins.get().get(key)).offset(),
              requireNonNull(ends.get().get(key)).offset(),
              at == null ? null : CommittedOffset.parse(at),
              open.get(key)));
    }
    return offsets;
  }

  /** The members of a group; empty if there is no such group. */
  public static List<MemberDescription> members(Admin admin, String group)
      throws ExecutionException, InterruptedException {
    return ofGroup(admin.describeConsumerGroups(List.of(group)).all(), Map.of()).values().stream()
        .flatMap(described -> described.members().stream())
        .toList();
  }

  /** The process of a member, which is one of its stream threads. */
  public static String process(MemberDescription member) {
    return member.clientId().replaceFirst("-StreamThread-.*", "");
  }

  /** A topic as it is now. */
  public static TopicDescription topic(Admin admin, String name)
      throws ExecutionException, InterruptedException {
    return requireNonNull(admin.describeTopics(List.of(name)).topicNameValues().get(name)).get();
  }

  private static <T> T ofGroup(KafkaFuture<T> answer, T ifThereIsNone)
      throws ExecutionException, InterruptedException {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GroupIdNotFoundException) {
        return ifThereIsNone;
      }
      throw e;
    }
  }

  private static Map<TopicPartition, OffsetSpec> all(
      String topic, int partitions, OffsetSpec spec) {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    for (int partition = 0; partition < partitions; partition++) {
      asked.put(new TopicPartition(topic, partition), spec);
    }
    return asked;
  }

  private interface Question<T> {
    T ask(Admin admin) throws ExecutionException, InterruptedException, StepFailed;
  }

  private <T> T ask(Question<T> question) throws StepFailed {
    try (CommandRun.Wait _ = CommandClients.waitFor(kafka);
        Admin admin = CommandClients.admin(kafka)) {
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
