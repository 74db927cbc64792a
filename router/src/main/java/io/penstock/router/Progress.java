package io.penstock.router;

import io.penstock.core.observe.Problem;
import io.penstock.delivery.Reached;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Whether what is durable moves on in each partition whose log goes on: the question that finds
 * what no other one asks for. A backlog that is worked off moves, and an idle topic has nothing to
 * move for. What a partition has stood still for is remembered while it has no owner for a moment:
 * a stream thread that dies and is replaced is no progress. Thread-safe.
 */
final class Progress {
  /** Without an owner here for longer, the partition is another router's. */
  private static final Duration LONGEST_ABSENCE = Duration.ofSeconds(30);

  private static final int MOST_TOLD = 5;

  private final Duration patience;
  private final LongSupplier nanoTime;
  private final Map<TopicPartition, State> partitions =
      new TreeMap<>(Comparator.comparing(TopicPartition::toString));

  private static final class State {
    @Nullable Uuid topicId;
    long reached = -1;
    long read = -1;
    long end = -1;
    long movedNanos;
    long seenNanos;

    Duration stood() {
      return Duration.ofNanos(seenNanos - movedNanos);
    }
  }

  /**
   * @param patience after which a partition that stands still counts as stalled
   */
  Progress(Duration patience, LongSupplier nanoTime) {
    this.patience = patience;
    this.nanoTime = nanoTime;
  }

  /**
   * To be told every few seconds.
   *
   * @param reached by this router's partitions
   * @param ends of their logs, open transactions included; what is not known now may lack
   */
  synchronized void observe(Map<TopicPartition, Reached> reached, Map<TopicPartition, Long> ends) {
    long now = nanoTime.getAsLong();
    partitions.values().removeIf(state -> now - state.seenNanos > LONGEST_ABSENCE.toNanos());
    reached.forEach((partition, at) -> {
      State state = partitions.computeIfAbsent(partition, _ -> started(now));
      if (at.topicId() != null && !at.topicId().equals(state.topicId)) {
        state.topicId = at.topicId();
        state.reached = -1;
      }
      state.end = ends.getOrDefault(partition, state.end);
      state.read = at.read();
      // Further than ever: a task that starts again and again at the same offset does not move.
      if (at.durable() > state.reached || at.durable() >= state.end) {
        state.reached = at.durable();
        state.movedNanos = now;
      }
      state.seenNanos = now;
    });
  }

  private static State started(long now) {
    State state = new State();
    state.movedNanos = now;
    state.seenNanos = now;
    return state;
  }

  /** The partitions that stand still, the first few. */
  synchronized List<Problem> stalled() {
    List<Problem> problems = new ArrayList<>();
    partitions.forEach((partition, state) -> {
      if (state.stood().compareTo(patience) >= 0) {
        problems.add(new Problem("partition-stalled:" + partition, sentence(partition, state)));
      }
    });
    if (problems.size() <= MOST_TOLD) {
      return problems;
    }
    List<Problem> first = new ArrayList<>(problems.subList(0, MOST_TOLD));
    first.add(
        new Problem(
            "partitions-stalled",
            "... and so do %d more partitions".formatted(problems.size() - MOST_TOLD)));
    return first;
  }

  private static String sentence(TopicPartition partition, State state) {
    long seconds = state.stood().toSeconds();
    if (state.reached < 0) {
      return "Partition %s makes no progress: for %d s its task has not started; its log ends at %d"
          .formatted(partition, seconds, state.end);
    }
    String what =
        state.read > state.reached
            ? "read up to offset %d, and what was read is not stored or not committed"
                .formatted(state.read)
            : "Kafka gives no records after it, as while a transaction is open";
    return "Partition %s makes no progress: durable up to offset %d for %d s, its log ends at %d; %s"
        .formatted(partition, state.reached, seconds, state.end, what);
  }

  /** How long the partition has stood still that has done so for longest, in seconds. */
  synchronized double longestSeconds() {
    return partitions.values().stream()
        .mapToDouble(state -> state.stood().toNanos() / 1e9)
        .max()
        .orElse(0);
  }
}
