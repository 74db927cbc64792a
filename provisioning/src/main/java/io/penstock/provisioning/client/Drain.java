package io.penstock.provisioning.client;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.kafka.CommandClients;
import io.penstock.core.kafka.CommittedOffset;
import io.penstock.core.kafka.OpenTransaction;
import io.penstock.core.run.CommandRun;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.offset.Offsets;
import io.penstock.provisioning.offset.PartitionOffset;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Waits until the routers have stored or refused everything that the events topic held at one
 * moment. An event is in flight until its offset is committed, so once the group's commits are past
 * that moment's end, nothing accepted before it is still to be inserted.
 *
 * @param group the routers' consumer group
 */
record Drain(KafkaConfig kafka, String group) {
  private static final Duration POLL = Duration.ofMillis(250);

  /** Told how it goes. */
  interface Progress {
    /** So many records are still to come. */
    void left(long records) throws SQLException;
  }

  /**
   * Waits for what is in the topic now.
   *
   * @throws StepFailed if that takes longer than {@code limit}, or Kafka cannot be asked
   * @throws CommandRun.Interrupted if the command was told to end
   */
  void await(Duration limit, Progress progress) throws SQLException, StepFailed {
    long deadline = System.nanoTime() + limit.toNanos();
    try (CommandRun.Wait wait = CommandClients.waitFor(kafka);
        Admin admin = CommandClients.admin(kafka)) {
      TopicDescription events = Offsets.topic(admin, kafka.eventsTopic());
      List<PartitionOffset> held =
          Offsets.read(admin, group, events.name(), events.topicId(), events.partitions().size());
      while (true) {
        long left = left(admin, held);
        wait.heard();
        progress.left(left);
        if (left == 0) {
          return;
        }
        if (System.nanoTime() - deadline > 0) {
          throw new StepFailed(
              "the routers (group %s) have not come past what %s held: %,d records are left after %s; %s, then run this again"
                  .formatted(group, kafka.eventsTopic(), left, limit, remedy(admin, events)));
        }
        var _ = CommandRun.current().sleep(POLL);
        CommandRun.current().checkpoint();
      }
    } catch (ExecutionException e) {
      throw failed(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StepFailed("interrupted while waiting for the routers");
    }
  }

  /** What an operator can do so that the routers get on. */
  private String remedy(Admin admin, TopicDescription events)
      throws ExecutionException, InterruptedException {
    Set<TopicPartition> partitions = new HashSet<>();
    events
        .partitions()
        .forEach(one -> partitions.add(new TopicPartition(events.name(), one.partition())));
    List<String> held =
        OpenTransaction.find(admin, partitions).values().stream()
            .map(open -> open.text() + ": " + open.remedy())
            .sorted()
            .toList();
    if (!held.isEmpty()) {
      return String.join("; ", held);
    }
    return Offsets.members(admin, group).isEmpty()
        ? "no router runs: start one"
        : "routers run: wait, or see ./penstock doctor";
  }

  private StepFailed failed(ExecutionException e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return new StepFailed(
        "Kafka at %s: cannot see how far the routers are: %s"
            .formatted(kafka.bootstrapServers(), cause.getMessage()),
        cause);
  }

  private long left(Admin admin, List<PartitionOffset> held)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, OffsetAndMetadata> committed =
        admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
    long left = 0;
    for (PartitionOffset one : held) {
      OffsetAndMetadata kept =
          committed.get(new TopicPartition(kafka.eventsTopic(), one.partition()));
      CommittedOffset done = kept == null ? null : CommittedOffset.parse(kept);
      long at = done != null && done.countsIn(one.topicId()) ? done.offset() : one.begin();
      left += Math.max(0, one.end() - at);
    }
    return left;
  }
}
