package io.penstock.dlq.heal;

import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.deadletter.KeyOffsets;
import io.penstock.core.refusal.Reason;
import io.penstock.core.refusal.Retry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the dead letters that are outstanding in this process's partitions, by reason, with the
 * age of the oldest to a minute. A partition counts once it has been read from its beginning to the
 * end that it had. The memory is that of {@link KeyOffsets}; above {@value #MOST} letters nothing
 * is told any more, until all partitions are read anew. Thread-safe.
 */
final class OutstandingCounts {
  private static final Logger log = LoggerFactory.getLogger(OutstandingCounts.class);

  static final int MOST = 5_000_000;

  /** The reason of letters of other tools and later releases. */
  static final String OTHER = "other";

  private static final Set<String> REASONS =
      Arrays.stream(Reason.values()).map(Enum::name).collect(Collectors.toUnmodifiableSet());

  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final InstantSource clock;
  private final int most;
  private final Map<TopicPartition, Letters> whole = new HashMap<>();

  /** Partitions that are being read from their beginnings. */
  private final Map<TopicPartition, Letters> beginning = new HashMap<>();

  private boolean tooMany;

  /** What letters have in common: a label each of the metrics. */
  private record Group(String reason, String retry) {}

  /** Every group that there may be; its place here is its number. */
  private static final List<Group> GROUPS =
      Stream.concat(Arrays.stream(Reason.values()).map(Enum::name), Stream.of(OTHER))
          .flatMap(reason ->
              Arrays.stream(Retry.values()).map(retry -> new Group(reason, retry.label())))
          .toList();

  /** The outstanding letters of one partition. */
  private static final class Letters {
    /** Behind the last record that was there when reading began. */
    final long end;

    /** For each key the minute in which its event failed, times the groups, plus its group. */
    final KeyOffsets keys = new KeyOffsets();

    /** How many of each minute, by the group's number. */
    final Map<Integer, TreeMap<Long, Long>> counts = new HashMap<>();

    Letters(long end) {
      this.end = end;
    }

    /**
     * The next record.
     *
     * @param letter its minute and group, as in {@link #keys}; -1: it is a tombstone
     */
    void read(byte @Nullable [] key, long letter) {
      long before = key == null ? -1 : keys.get(key);
      count(before, -1);
      count(letter, 1);
      if (key != null && letter >= 0) {
        keys.put(key, letter);
      } else if (key != null) {
        keys.remove(key);
      }
    }

    private void count(long letter, long more) {
      if (letter >= 0) {
        long minute = letter / GROUPS.size();
        TreeMap<Long, Long> minutes =
            counts.computeIfAbsent((int) (letter % GROUPS.size()), any -> new TreeMap<>());
        if (minutes.merge(minute, more, Long::sum) == 0) {
          minutes.remove(minute);
        }
      }
    }
  }

  OutstandingCounts(InstantSource clock) {
    this(clock, MOST);
  }

  /**
   * @param most letters above which nothing is told
   */
  OutstandingCounts(InstantSource clock, int most) {
    this.clock = clock;
    this.most = most;
  }

  /**
   * The partition is read from its beginning now; what was counted of it stands until that is done.
   *
   * @param end of the partition
   */
  synchronized void begins(TopicPartition partition, long end) {
    beginning.put(partition, new Letters(end));
  }

  /** These are read by another process now. */
  synchronized void gone(Collection<TopicPartition> partitions) {
    partitions.forEach(beginning::remove);
    partitions.forEach(whole::remove);
    tooMany &= !(whole.isEmpty() && beginning.isEmpty());
  }

  private long size() {
    return Math.max(
        whole.values().stream().mapToLong(one -> one.keys.size()).sum(),
        beginning.values().stream().mapToLong(one -> one.keys.size()).sum());
  }

  /** The next record of a partition. */
  synchronized void read(ConsumerRecord<byte[], byte[]> record, @Nullable DeadLetter letter) {
    TopicPartition partition = new TopicPartition(record.topic(), record.partition());
    Letters letters = beginning.getOrDefault(partition, whole.get(partition));
    if (letters == null || tooMany) {
      return;
    }
    letters.read(record.key(), letter == null ? -1 : letter(letter));
    if (letters.keys.size() > most / 2 && size() > most) {
      tooMany = true;
      whole.replaceAll((any, one) -> new Letters(one.end));
      beginning.replaceAll((any, one) -> new Letters(one.end));
      log.atWarn()
          .addKeyValue("letters", most)
          .log("So many dead letters are outstanding that they are not counted any more");
    }
  }

  private static long letter(DeadLetter letter) {
    String reason = letter.text(DeadLetterHeaders.REASON);
    boolean heals = Retry.AUTOMATIC.label().equals(letter.text(DeadLetterHeaders.RETRY));
    Group group =
        new Group(
            reason != null && REASONS.contains(reason) ? reason : OTHER,
            (heals ? Retry.AUTOMATIC : Retry.AFTER_FIX).label());
    // A time before 1970 is some other tool's mistake.
    long minute = Math.max(0, letter.failedAt().getEpochSecond() / MINUTE.toSeconds());
    return minute * GROUPS.size() + GROUPS.indexOf(group);
  }

  /** The partitions that are still read from their beginnings. */
  synchronized Set<TopicPartition> beginning() {
    return Set.copyOf(beginning.keySet());
  }

  /** What comes next of a partition stands at this offset. */
  synchronized void reached(TopicPartition partition, long position) {
    Letters letters = beginning.get(partition);
    if (letters != null && position >= letters.end) {
      beginning.remove(partition);
      whole.put(partition, letters);
    }
  }

  /** How many there are, by reason and retry; nothing while no partition is read. */
  synchronized Map<List<String>, Double> outstanding() {
    return told(minutes -> minutes.values().stream().mapToLong(Long::longValue).sum(), Double::sum);
  }

  /** The age of the oldest in seconds, the same way; 0 where there is none. */
  synchronized Map<List<String>, Double> oldestSeconds() {
    Instant now = clock.instant();
    return told(
        minutes ->
            minutes.isEmpty()
                ? 0
                : Math.max(0, now.getEpochSecond() - minutes.firstKey() * MINUTE.toSeconds()),
        Math::max);
  }

  private Map<List<String>, Double> told(
      ToLongFunction<SortedMap<Long, Long>> figure, BinaryOperator<Double> together) {
    Map<List<String>, Double> figures = new HashMap<>();
    if (tooMany || whole.isEmpty()) {
      return figures;
    }
    for (Reason reason : Reason.values()) {
      figures.put(List.of(reason.name(), reason.retry().label()), 0.0);
    }
    for (Letters letters : whole.values()) {
      letters.counts.forEach((number, minutes) -> {
        Group group = GROUPS.get(number);
        figures.merge(
            List.of(group.reason, group.retry), (double) figure.applyAsLong(minutes), together);
      });
    }
    return figures;
  }
}
