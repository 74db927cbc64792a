package io.penstock.router;

import static java.util.stream.Collectors.toMap;

import io.penstock.core.kafka.KafkaContact;
import io.penstock.core.observe.Problem;
import io.penstock.delivery.GuardedClientSupplier;
import io.penstock.delivery.LogBounds;
import io.penstock.delivery.Reached;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.KafkaStreams;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks, on a thread of its own, whether Kafka answers and whether the partitions get on. What it
 * asks the stream threads for are figures that they leave behind, so it sees what stops them, too.
 * Thread-safe.
 */
final class KafkaWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(KafkaWatch.class);
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Duration ASK = Duration.ofSeconds(5);

  /** Settings are asked for once in so many times, hence every minute. */
  private static final int SELDOM = 12;

  private final Admin admin;
  private final GuardedClientSupplier threads;
  private final Retentions retentions;
  private final KafkaContact contact;
  private final Progress progress;
  private volatile long knownLag;
  private volatile Map<TopicPartition, LogBounds> logs = Map.of();
  private int asked;
  private @Nullable Thread watching;

  /**
   * @param admin not closed here
   * @param stalledAfter how long a partition may stand still
   */
  KafkaWatch(
      Admin admin,
      KafkaStreams streams,
      GuardedClientSupplier threads,
      Retentions retentions,
      Duration stalledAfter) {
    this.admin = admin;
    this.threads = threads;
    this.retentions = retentions;
    this.contact = new KafkaContact(streams::metrics, System::nanoTime);
    this.progress = new Progress(stalledAfter, System::nanoTime);
  }

  void start() {
    watching = Thread.ofVirtual().name("kafka-watch").start(this::watch);
  }

  /** What is wrong with Kafka itself; empty if nothing. */
  List<Problem> silence() {
    contact.look();
    return contact.isLost()
        ? List.of(
            new Problem(
                contact.problem().id(),
                contact.problem().text()
                    + "; the lag was %,d records then, as far as is known".formatted(lag())))
        : List.of();
  }

  /** The partitions that stand still. */
  List<Problem> stalled() {
    return progress.stalled();
  }

  /** Not durable yet; while Kafka is silent: as it was known last. */
  long lag() {
    return contact.isLost() ? knownLag : threads.lag();
  }

  /** Which offsets this router's partitions have; of those that Kafka has told. */
  Map<TopicPartition, LogBounds> logs() {
    return logs;
  }

  /** How old what is known of Kafka is. */
  double silentSeconds() {
    return contact.silence().toNanos() / 1e9;
  }

  /** How long the partition has stood still that has done so for longest; 0 if all move. */
  double stalledSeconds() {
    return progress.longestSeconds();
  }

  private void watch() {
    long askedNanos = System.nanoTime() - ASK.toNanos();
    try {
      while (true) {
        try {
          look();
          if (System.nanoTime() - askedNanos >= ASK.toNanos()) {
            askedNanos = System.nanoTime();
            ask();
          }
        } catch (RuntimeException bug) {
          log.atError().setCause(bug).log("The watch over Kafka failed; it goes on");
        }
        Thread.sleep(LOOK);
      }
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() {
    contact.look();
    if (!contact.isLost()) {
      knownLag = threads.lag();
    }
  }

  private void ask() throws InterruptedException {
    if (asked++ % SELDOM == 0) {
      retentions.ask();
    }
    Map<TopicPartition, Reached> reached = threads.reached();
    Set<TopicPartition> partitions = reached.keySet();
    if (partitions.isEmpty()) {
      progress.observe(reached, Map.of());
      logs = Map.of();
      return;
    }
    long deadline = System.nanoTime() + ASK.toNanos();
    // Behind open transactions: what a log that goes on does not make durable is looked for.
    ListOffsetsResult ends = ask(partitions, OffsetSpec.latest(), IsolationLevel.READ_UNCOMMITTED);
    ListOffsetsResult stable = ask(partitions, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED);
    ListOffsetsResult begins =
        ask(partitions, OffsetSpec.earliest(), IsolationLevel.READ_COMMITTED);
    progress.observe(reached, told(ends, partitions, deadline));
    Map<TopicPartition, Long> stableEnds = told(stable, partitions, deadline);
    // What is known of a partition stays while Kafka does not tell.
    Map<TopicPartition, LogBounds> known = new HashMap<>(logs);
    known.keySet().retainAll(partitions);
    told(begins, partitions, deadline)
        .forEach((partition, start) -> {
          Long end = stableEnds.get(partition);
          if (end != null) {
            known.put(partition, new LogBounds(start, end));
          }
        });
    logs = Map.copyOf(known);
    threads.look(logs);
  }

  private ListOffsetsResult ask(
      Set<TopicPartition> partitions, OffsetSpec wanted, IsolationLevel isolation) {
    return admin.listOffsets(
        partitions.stream().collect(toMap(partition -> partition, _ -> wanted)),
        new ListOffsetsOptions(isolation));
  }

  /** The offsets of those partitions that Kafka tells of. */
  private Map<TopicPartition, Long> told(
      ListOffsetsResult answer, Set<TopicPartition> partitions, long deadline)
      throws InterruptedException {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    for (TopicPartition partition : partitions) {
      KafkaFuture<ListOffsetsResult.ListOffsetsResultInfo> one = answer.partitionResult(partition);
      try {
        long left = Math.max(0, deadline - System.nanoTime());
        offsets.put(partition, one.get(left, TimeUnit.NANOSECONDS).offset());
        contact.answered();
      } catch (ExecutionException | TimeoutException unknown) {
        log.atDebug()
            .setCause(unknown)
            .addKeyValue("partition", partition)
            .log("Kafka does not tell an offset of the partition");
      }
    }
    return offsets;
  }

  @Override
  public void close() {
    Thread thread = watching;
    if (thread != null) {
      thread.interrupt();
      try {
        boolean _ = thread.join(ASK);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
