package io.penstock.delivery;

import io.penstock.core.intake.Contract;
import io.penstock.core.kafka.CommittedOffset;
import io.penstock.core.rows.Source;
import io.penstock.delivery.block.Memory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** The accounts of the partitions that one stream thread reads, and the memory that they share. */
final class Accounts {
  private final Map<String, Contract<?>> contracts;
  private final Memory memory = new Memory();
  private final Map<TopicPartition, PartitionAccount> byPartition = new HashMap<>();

  /**
   * @param contracts by their topics; not shared with other threads
   */
  Accounts(Map<String, Contract<?>> contracts) {
    this.contracts = Map.copyOf(contracts);
  }

  /** What the records of each topic mean. */
  Map<String, Contract<?>> contracts() {
    return contracts;
  }

  /** The rows and waiting records of all partitions, in bytes. */
  long bytes() {
    return memory.bytes();
  }

  /**
   * Opens a partition's account in the place of the one that there may be.
   *
   * @param oldKeysBelow the release before may have written letters of records below this offset
   */
  PartitionAccount open(Source source, CommittedOffset at, long oldKeysBelow) {
    TopicPartition partition = source.partition();
    Contract<?> contract = contracts.get(partition.topic());
    if (contract == null) {
      throw new IllegalStateException("nobody knows what the records of " + partition + " mean");
    }
    close(Set.of(partition));
    PartitionAccount account = new PartitionAccount(source, contract, at, oldKeysBelow, memory);
    byPartition.put(partition, account);
    return account;
  }

  /** A partition's account; null if it was not opened. */
  @Nullable PartitionAccount find(TopicPartition partition) {
    return byPartition.get(partition);
  }

  /**
   * A partition's account.
   *
   * @throws IllegalStateException if it was not opened
   */
  PartitionAccount get(TopicPartition partition) {
    PartitionAccount account = byPartition.get(partition);
    if (account == null) {
      throw new IllegalStateException(partition + " has records but was never started");
    }
    return account;
  }

  /** All that are open. */
  Collection<PartitionAccount> all() {
    return byPartition.values();
  }

  /** The partitions of all that are open, at this moment. */
  Set<TopicPartition> partitions() {
    return Set.copyOf(byPartition.keySet());
  }

  /** Closes accounts and takes their memory back. */
  void close(Collection<TopicPartition> partitions) {
    for (TopicPartition partition : partitions) {
      PartitionAccount account = byPartition.remove(partition);
      if (account != null) {
        account.release();
      }
    }
  }

  /** Closes all others. */
  void retain(Set<TopicPartition> assigned) {
    List<TopicPartition> lost = new ArrayList<>(byPartition.keySet());
    lost.removeAll(assigned);
    close(lost);
  }
}
