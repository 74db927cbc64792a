package io.penstock.core.kafka;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeProducersResult.PartitionProducerState;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A transaction that holds a partition up: until it ends, readers of committed records get no
 * record behind its first one, whoever wrote it. Every transaction does so for a moment.
 *
 * @param offset of its first record in the partition: the last stable offset
 * @param end of the partition's log
 * @param holder who holds it open; null if the broker does not tell, as where the user may not know
 */
public record OpenTransaction(
    TopicPartition partition, long offset, long end, @Nullable Holder holder) {
  /** A transaction that is open for longer is no ordinary one: somebody should know. */
  public static final Duration LONG = Duration.ofSeconds(15);

  /**
   * Who holds a transaction open.
   *
   * @param since when it began
   * @param timeout after which Kafka ends it
   */
  public record Holder(String transactionalId, long producerId, Instant since, Duration timeout) {}

  /** How many offsets wait: its own, and those that others wrote since. */
  public long waiting() {
    return end - offset;
  }

  /** Whether it has been open for {@link #LONG}; false where nobody says since when. */
  public boolean isLong(Instant now) {
    return holder != null && !holder.since.plus(LONG).isAfter(now);
  }

  /** What holds what, for a person. */
  public String text() {
    return "an open transaction holds partition %d of %s at offset %d%s; %,d offsets wait behind it"
        .formatted(
            partition.partition(),
            partition.topic(),
            offset,
            holder == null
                ? ""
                : " since %s (transactional id %s, producer id %d; Kafka ends it after %d s)"
                    .formatted(
                        holder.since,
                        holder.transactionalId,
                        holder.producerId,
                        holder.timeout.toSeconds()),
            waiting());
  }

  /** What to do about it. */
  public String remedy() {
    return "end or restart that producer, or kafka-transactions.sh abort --topic %s --partition %d --start-offset %d"
        .formatted(partition.topic(), partition.partition(), offset);
  }

  /**
   * Looks which of these partitions are held up now.
   *
   * @return by partition; those that are not held up have none
   * @throws ExecutionException if Kafka does not tell how far a partition is
   */
  public static Map<TopicPartition, OpenTransaction> find(
      Admin admin, Collection<TopicPartition> partitions)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, OpenTransaction> open = new HashMap<>();
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    partitions.forEach(partition -> latest.put(partition, OffsetSpec.latest()));
    // The ends first: what begins or ends in between then holds nothing up.
    Map<TopicPartition, ListOffsetsResultInfo> ends =
        ends(admin, latest, IsolationLevel.READ_UNCOMMITTED);
    Map<TopicPartition, ListOffsetsResultInfo> stable =
        ends(admin, latest, IsolationLevel.READ_COMMITTED);
    stable.forEach((partition, info) -> {
      ListOffsetsResultInfo end = ends.get(partition);
      if (end != null && info.offset() < end.offset()) {
        open.put(partition, new OpenTransaction(partition, info.offset(), end.offset(), null));
      }
    });
    if (open.isEmpty()) {
      return open;
    }
    try {
      nameHolders(admin, open);
    } catch (ExecutionException notTold) {
      // Not everybody may know; that they are open is known all the same.
    }
    return open;
  }

  private static Map<TopicPartition, ListOffsetsResultInfo> ends(
      Admin admin, Map<TopicPartition, OffsetSpec> latest, IsolationLevel isolation)
      throws ExecutionException, InterruptedException {
    return admin.listOffsets(latest, new ListOffsetsOptions(isolation)).all().get();
  }

  private static void nameHolders(Admin admin, Map<TopicPartition, OpenTransaction> open)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, PartitionProducerState> producers =
        admin.describeProducers(open.keySet()).all().get();
    Map<TopicPartition, Long> first = new HashMap<>();
    producers.forEach((partition, state) ->
        state.activeProducers().stream()
            .filter(producer -> producer.currentTransactionStartOffset().isPresent())
            .min(Comparator.comparingLong(p -> p.currentTransactionStartOffset().orElseThrow()))
            .map(ProducerState::producerId)
            .ifPresent(id -> first.put(partition, id)));
    Map<Long, String> names = new HashMap<>();
    for (TransactionListing one :
        admin
            .listTransactions(new ListTransactionsOptions().filterProducerIds(first.values()))
            .all()
            .get()) {
      names.put(one.producerId(), one.transactionalId());
    }
    Map<String, TransactionDescription> described =
        admin.describeTransactions(new ArrayList<>(names.values())).all().get();
    first.forEach((partition, producerId) -> {
      String name = names.get(producerId);
      TransactionDescription one = name == null ? null : described.get(name);
      OptionalLong since = one == null ? OptionalLong.empty() : one.transactionStartTimeMs();
      OpenTransaction held = open.get(partition);
      if (held != null && name != null && one != null && since.isPresent()) {
        Holder holder =
            new Holder(
                name,
                producerId,
                Instant.ofEpochMilli(since.getAsLong()),
                Duration.ofMillis(one.transactionTimeoutMs()));
        open.put(partition, new OpenTransaction(partition, held.offset, held.end, holder));
      }
    });
  }
}
