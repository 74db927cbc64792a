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
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * How far entries have come from the ledger's topic into its table.
 *
 * @param group of the routers; what stores entries has one named after it
 */
record LedgerProgress(KafkaConfig kafka, String ledgerTopic, String group) {
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
      Map<TopicPartition, OffsetSpec> partitions =
          Offsets.topic(admin, ledgerTopic).partitions().stream()
              .collect(
                  Collectors.toMap(
                      one -> new TopicPartition(ledgerTopic, one.partition()),
                      one -> OffsetSpec.latest()));
      Map<TopicPartition, ListOffsetsResultInfo> ends = admin.listOffsets(partitions).all().get();
      Map<TopicPartition, OffsetSpec> first = new HashMap<>();
      ends.keySet().forEach(one -> first.put(one, OffsetSpec.earliest()));
      Map<TopicPartition, ListOffsetsResultInfo> begins = admin.listOffsets(first).all().get();
      long began = System.nanoTime();
      long waiting = waiting(admin, begins, ends);
      while (waiting > 0 && isWorthWaiting(admin, System.nanoTime() - began)) {
        if (CommandRun.current().sleep(LOOK)) {
          return waiting;
        }
        waiting = waiting(admin, begins, ends);
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

  private String storeGroup() {
    return group + "-ledger";
  }

  private long waiting(
      Admin admin,
      Map<TopicPartition, ListOffsetsResultInfo> begins,
      Map<TopicPartition, ListOffsetsResultInfo> ends)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, OffsetAndMetadata> stored =
        admin.listConsumerGroupOffsets(storeGroup()).partitionsToOffsetAndMetadata().get();
    return ends.entrySet().stream()
        .mapToLong(end -> {
          OffsetAndMetadata at = stored.get(end.getKey());
          long from = at == null ? requireNonNull(begins.get(end.getKey())).offset() : at.offset();
          return Math.max(0, end.getValue().offset() - from);
        })
        .sum();
  }
}
