package io.penstock.router;

import io.penstock.core.kafka.KafkaContact;
import io.penstock.core.observe.Problem;
import io.penstock.delivery.GuardedClientSupplier;
import io.penstock.delivery.Reached;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
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

  private final Admin admin;
  private final GuardedClientSupplier threads;
  private final KafkaContact contact;
  private final Progress progress;
  private volatile long knownLag;
  private @Nullable Thread watching;

  /**
   * @param admin not closed here
   * @param stalledAfter how long a partition may stand still
   */
  KafkaWatch(
      Admin admin, KafkaStreams streams, GuardedClientSupplier threads, Duration stalledAfter) {
    this.admin = admin;
    this.threads = threads;
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
            Map<TopicPartition, Reached> reached = threads.reached();
            progress.observe(reached, ends(reached));
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

  /** The ends of the logs, behind open transactions; of those that Kafka tells. */
  private Map<TopicPartition, Long> ends(Map<TopicPartition, Reached> partitions)
      throws InterruptedException {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    partitions.keySet().forEach(partition -> asked.put(partition, OffsetSpec.latest()));
    Map<TopicPartition, Long> ends = new HashMap<>();
    if (asked.isEmpty()) {
      return ends;
    }
    ListOffsetsResult answer = admin.listOffsets(asked);
    long deadline = System.nanoTime() + ASK.toNanos();
    for (TopicPartition partition : asked.keySet()) {
      KafkaFuture<ListOffsetsResult.ListOffsetsResultInfo> one = answer.partitionResult(partition);
      try {
        long left = Math.max(0, deadline - System.nanoTime());
        ends.put(partition, one.get(left, TimeUnit.NANOSECONDS).offset());
        contact.answered();
      } catch (ExecutionException | TimeoutException unknown) {
        log.atDebug()
            .setCause(unknown)
            .addKeyValue("partition", partition)
            .log("Kafka does not tell where the partition ends");
      }
    }
    return ends;
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
