package io.penstock.provisioning.account;

import static java.util.Objects.requireNonNull;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.kafka.CommandClients;
import io.penstock.core.run.CommandRun;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.offset.Offsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;

/**
 * How far entries have come from the ledger's topic into its table.
 *
 * @param group of the routers; what stores entries has one named after it
 */
public record LedgerProgress(KafkaConfig kafka, String ledgerTopic, String group) {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration JOINING = Duration.ofSeconds(3);
  private static final Duration LOOK = Duration.ofMillis(500);

  /**
   * Waits until all entries that the topic has now are in the table, if somebody is at it.
   *
   * @return how many are not; 0: all are
   * @throws StepFailed if Kafka does not tell
   */
  long await() throws StepFailed {
    try (Admin admin = CommandClients.admin(kafka);
        CommandRun.Wait _ = CommandClients.waitFor(kafka)) {
      Topic topic = topic(admin);
      long began = System.nanoTime();
      long waiting = waiting(admin, topic);
      while (waiting > 0 && isWorthWaiting(admin, System.nanoTime() - began)) {
        if (CommandRun.current().sleep(LOOK)) {
          return waiting;
        }
        waiting = waiting(admin, topic);
      }
      return waiting;
    } catch (ExecutionException | KafkaException e) {
      throw new StepFailed(
          "Kafka at %s does not tell how far the ledger is: %s"
              .formatted(kafka.bootstrapServers(), e.getMessage()),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StepFailed("interrupted", e);
    }
  }

  /** A router that has just started is no member of its group yet. */
  private boolean isWorthWaiting(Admin admin, long waitedNanos)
      throws ExecutionException, InterruptedException {
    return waitedNanos < PATIENCE.toNanos()
        && (waitedNanos < JOINING.toNanos() || !Offsets.members(admin, storeGroup()).isEmpty());
  }

  /**
   * How many entries are not in the table now.
   *
   * @throws ExecutionException if Kafka does not tell
   */
  public long waiting(Admin admin) throws ExecutionException, InterruptedException {
    return waiting(admin, topic(admin));
  }

  /** What the topic has at one moment. */
  private record Topic(
      Map<TopicPartition, ListOffsetsResultInfo> begins,
      Map<TopicPartition, ListOffsetsResultInfo> ends) {}

  private Topic topic(Admin admin) throws ExecutionException, InterruptedException {
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    Map<TopicPartition, OffsetSpec> earliest = new HashMap<>();
    for (TopicPartitionInfo one : Offsets.topic(admin, ledgerTopic).partitions()) {
      TopicPartition partition = new TopicPartition(ledgerTopic, one.partition());
      latest.put(partition, OffsetSpec.latest());
      earliest.put(partition, OffsetSpec.earliest());
    }
    return new Topic(
        admin.listOffsets(earliest).all().get(), admin.listOffsets(latest).all().get());
  }

  private String storeGroup() {
    return group + "-ledger";
  }

  private long waiting(Admin admin, Topic topic) throws ExecutionException, InterruptedException {
    Map<TopicPartition, OffsetAndMetadata> stored =
        admin.listConsumerGroupOffsets(storeGroup()).partitionsToOffsetAndMetadata().get();
    return topic.ends.entrySet().stream()
        .mapToLong(end -> {
          OffsetAndMetadata at = stored.get(end.getKey());
          long from =
              at == null ? requireNonNull(topic.begins.get(end.getKey())).offset() : at.offset();
          return Math.max(0, end.getValue().offset() - from);
        })
        .sum();
  }
}
