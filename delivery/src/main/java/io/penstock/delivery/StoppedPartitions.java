package io.penstock.delivery;

import io.penstock.core.kafka.CommittedOffset;
import io.penstock.core.observe.Problem;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Partitions that are assigned and not read, because nobody knows where to go on without losing
 * events. The others go on. Used by one stream thread; {@link #reasons} may be read by any.
 */
final class StoppedPartitions {
  private static final Logger log = LoggerFactory.getLogger(StoppedPartitions.class);

  private final Map<TopicPartition, String> stopped = new HashMap<>();
  private final Map<TopicPartition, CommittedOffset> unmarked = new HashMap<>();
  private volatile List<Problem> reasons = List.of();

  /** One for each partition. */
  List<Problem> reasons() {
    return reasons;
  }

  boolean contains(TopicPartition partition) {
    return stopped.containsKey(partition);
  }

  /**
   * Reads no further.
   *
   * @param position where the consumer is left: without a leader's epoch, so that it is not looked
   *     into again
   */
  void stop(
      Consumer<byte[], byte[]> consumer, TopicPartition partition, long position, String reason) {
    consumer.seek(partition, position);
    consumer.pause(List.of(partition));
    if (stopped.put(partition, reason) == null) {
      log.atError()
          .addKeyValue("partition", partition)
          .addKeyValue("cause", reason)
          .log("The partition is not read any further");
    }
    tell();
  }

  /**
   * Has the committed offset marked: once the log has grown past it, it would look as good as any.
   */
  void mark(TopicPartition partition, CommittedOffset offset) {
    unmarked.put(partition, offset);
  }

  /** Keeps the partitions paused, and marks offsets that are not marked yet. */
  void hold(Consumer<byte[], byte[]> consumer) {
    if (stopped.isEmpty()) {
      return;
    }
    consumer.pause(stopped.keySet());
    unmarked
        .entrySet()
        .removeIf(entry -> {
          try {
            consumer.commitSync(Map.of(entry.getKey(), entry.getValue().toKafka()));
            return true;
          } catch (KafkaException later) {
            log.atDebug().setCause(later).log("an offset could not be marked yet");
            return false;
          }
        });
  }

  /** Starts anew with these. */
  void forget(Collection<TopicPartition> partitions) {
    stopped.keySet().removeAll(partitions);
    unmarked.keySet().removeAll(partitions);
    tell();
  }

  void retain(Set<TopicPartition> assigned) {
    if (!stopped.isEmpty()) {
      stopped.keySet().retainAll(assigned);
      unmarked.keySet().retainAll(assigned);
      tell();
    }
  }

  private void tell() {
    reasons =
        stopped.entrySet().stream()
            .map(entry ->
                new Problem(
                    "partition-stopped:" + entry.getKey(),
                    "Partition " + entry.getKey() + " stands still: " + entry.getValue()))
            .toList();
  }
}
