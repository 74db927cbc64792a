package io.penstock.router;

import io.penstock.core.kafka.OpenTransaction;
import io.penstock.core.observe.Problem;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks, on a thread of its own, whether somebody's open transaction holds this router's partitions
 * up. The consumers know nothing of what lies behind one: they have read all that they may, and see
 * no lag. Thread-safe.
 */
final class TransactionWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TransactionWatch.class);
  private static final Duration LOOK = Duration.ofSeconds(3);

  private final Admin admin;
  private final Supplier<? extends Collection<TopicPartition>> partitions;
  private final Clock clock;
  private volatile Map<TopicPartition, Held> held = Map.of();
  private @Nullable Thread watching;

  /**
   * A partition that is held up.
   *
   * @param seen first
   * @param isLong since it began, or was seen first where nobody tells the beginning
   */
  private record Held(OpenTransaction transaction, Instant seen, boolean isLong) {}

  /**
   * @param admin not closed here
   * @param partitions that this router reads now
   */
  TransactionWatch(
      Admin admin, Supplier<? extends Collection<TopicPartition>> partitions, Clock clock) {
    this.admin = admin;
    this.partitions = partitions;
    this.clock = clock;
  }

  void start() {
    watching = Thread.ofVirtual().name("transaction-watch").start(this::watch);
  }

  /** The partitions that have been held up for long. */
  List<Problem> reasons() {
    return held.values().stream()
        .filter(Held::isLong)
        .map(one -> problem(one.transaction))
        .sorted(Comparator.comparing(Problem::text))
        .toList();
  }

  private static Problem problem(OpenTransaction open) {
    return new Problem(
        "transaction-open:" + open.partition(),
        Character.toUpperCase(open.text().charAt(0)) + open.text().substring(1));
  }

  /** How many offsets lie behind open transactions, as of the last look. */
  long waiting() {
    return held.values().stream().mapToLong(one -> one.transaction.waiting()).sum();
  }

  private void watch() {
    try {
      while (true) {
        Thread.sleep(LOOK);
        try {
          look();
        } catch (RuntimeException bug) {
          log.atError().setCause(bug).log("The watch over transactions failed; it goes on");
        }
      }
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() throws InterruptedException {
    Map<TopicPartition, OpenTransaction> found;
    try {
      found = OpenTransaction.find(admin, partitions.get());
    } catch (ExecutionException | KafkaException unknown) {
      // What is known stays: that Kafka does not answer says nothing of a transaction's end.
      log.atDebug().setCause(unknown).log("Kafka does not tell of open transactions");
      return;
    }
    Map<TopicPartition, Held> next = new HashMap<>();
    found.forEach((partition, open) -> next.put(partition, judge(open, held.get(partition))));
    held = next;
  }

  private Held judge(OpenTransaction open, @Nullable Held before) {
    Instant now = clock.instant();
    if (before == null || before.transaction.offset() != open.offset()) {
      before = new Held(open, now, false);
    }
    boolean isLong = open.isLong(now) || !before.seen.plus(OpenTransaction.LONG).isAfter(now);
    if (isLong && !before.isLong) {
      log.atWarn()
          .addKeyValue("partition", open.partition())
          .addKeyValue("offset", open.offset())
          .addKeyValue("waiting", open.waiting())
          .addKeyValue("holder", open.holder())
          .log("An open transaction holds the partition up");
    }
    return new Held(open, before.seen, isLong);
  }

  @Override
  public void close() {
    Thread thread = watching;
    if (thread != null) {
      thread.interrupt();
    }
  }
}
