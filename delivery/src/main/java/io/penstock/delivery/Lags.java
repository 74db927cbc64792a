package io.penstock.delivery;

import java.time.Clock;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * How far behind the partitions of one stream thread are, in records and in time. Remembers when
 * the first record of each poll was appended until it is durable. Used by one stream thread.
 */
final class Lags {
  /** Of one partition; the last one stands for all that come after it. */
  private static final int MOST_POLLS = 256;

  private final Map<TopicPartition, Behind> partitions = new HashMap<>();

  private final Clock clock;

  Lags(Clock clock) {
    this.clock = clock;
  }

  private record Poll(long firstOffset, long appendedMillis) {}

  private static final class Behind {
    final ArrayDeque<Poll> polls = new ArrayDeque<>();

    /** What lies before it is gone, and not behind. */
    long begin;

    /** When there first was something to read, and nothing read that was not durable. */
    long sinceMillis = PartitionLag.NONE;
  }

  /** Nothing before {@code begin} is to be read. */
  void beginsAt(TopicPartition partition, long begin) {
    partitions.computeIfAbsent(partition, _ -> new Behind()).begin = begin;
  }

  /** A poll brought these records, at least one. */
  void polled(TopicPartition partition, List<? extends ConsumerRecord<?, ?>> records) {
    Behind behind = partitions.computeIfAbsent(partition, _ -> new Behind());
    if (behind.polls.size() < MOST_POLLS) {
      ConsumerRecord<?, ?> first = records.getFirst();
      behind.polls.add(new Poll(first.offset(), first.timestamp()));
    }
  }

  /**
   * Measures a partition.
   *
   * @param committed the first offset that is not durable, as committed
   * @param fetched how many records can be read that were not, as of the last fetch
   * @param log as of the last look: a partition that is paused is not fetched, and its log goes on
   */
  PartitionLag measure(
      TopicPartition partition, long committed, Reached reached, long fetched, LogBounds log) {
    Behind behind = partitions.computeIfAbsent(partition, _ -> new Behind());
    long start = Math.max(behind.begin, log.start());
    long end = Math.max(reached.read() + fetched, log.stableEnd());
    long open = Math.max(0, reached.read() - Math.max(reached.durable(), start));
    long unread = Math.max(0, end - Math.max(reached.read(), start));
    return new PartitionLag(
        committed, open + unread, oldest(behind, reached, open > 0, unread > 0, clock.millis()));
  }

  private static long oldest(
      Behind behind, Reached reached, boolean hasOpen, boolean hasUnread, long nowMillis) {
    if (!hasOpen) {
      behind.polls.clear();
    }
    Poll first = behind.polls.poll();
    Poll next = behind.polls.peek();
    while (next != null && next.firstOffset <= reached.durable()) {
      first = behind.polls.poll();
      next = behind.polls.peek();
    }
    if (first != null) {
      behind.polls.addFirst(first);
      behind.sinceMillis = PartitionLag.NONE;
      return first.appendedMillis;
    }
    if (!hasUnread && !hasOpen) {
      behind.sinceMillis = PartitionLag.NONE;
    } else if (behind.sinceMillis == PartitionLag.NONE) {
      behind.sinceMillis = nowMillis;
    }
    return behind.sinceMillis;
  }

  /** Forgets all others. */
  void retain(Set<TopicPartition> assigned) {
    partitions.keySet().retainAll(assigned);
  }
}
