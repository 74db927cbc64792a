package io.penstock.delivery;

import io.penstock.core.intake.Contract;
import io.penstock.core.intake.IncomingRecord;
import io.penstock.core.kafka.BoundedConsumer;
import io.penstock.core.kafka.CommittedOffset;
import io.penstock.core.observe.Problem;
import io.penstock.core.rows.Source;
import io.penstock.delivery.Starts.Start;
import io.penstock.delivery.TopicLog.Bounds;
import io.penstock.delivery.metrics.DeliveryMetrics;
import java.time.Clock;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.streams.errors.TaskMigratedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one stream thread holds between Kafka and ClickHouse. The guarded consumer reports what was
 * delivered, the intake processor hands in the records, and when it is time the {@link Committer}
 * stores what lies between the committed offset and the safe end before it moves the offset. Why
 * that loses and doubles nothing is argued in docs/delivery.md.
 *
 * <p>Used by its stream thread alone; what tells figures may be read by any.
 */
public final class Hub {
  private static final Logger log = LoggerFactory.getLogger(Hub.class);
  static final long WAITING_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private final Accounts accounts;
  private final RecordIntake intake;
  private final DeadLetterSender sender;
  private final Committer committer;
  private final Linger linger;
  private final TopicLog events;
  private final Starts starts;
  private final StoppedPartitions stopped = new StoppedPartitions();
  private final DeliveryMetrics metrics;
  private final long maxBytes;
  private final Runnable onClose;
  private final InFlight inFlight = new InFlight();
  private final Lags lags;
  private volatile long bytes;
  private volatile long lag;
  private volatile long waitingRecords;
  private volatile int waitingPartitions;
  private volatile Map<TopicPartition, LogBounds> logs = Map.of();
  private volatile Map<TopicPartition, Reached> reached = Map.of();
  private volatile Map<TopicPartition, PartitionLag> behind = Map.of();
  private volatile long polledNanos = System.nanoTime();
  private long lastRetryNanos;

  /**
   * @param contracts by their topics; not shared with other threads, as are sender, committer and
   *     linger
   * @param maxBytes from which on a commit is asked for before its time
   * @param onClose called when the stream thread's consumer is closed
   */
  Hub(
      Map<String, Contract<?>> contracts,
      Arrivals arrivals,
      DeadLetterSender sender,
      Committer committer,
      Linger linger,
      TopicLog events,
      DeliveryMetrics metrics,
      Clock clock,
      long maxBytes,
      Runnable onClose) {
    this.accounts = new Accounts(contracts);
    this.intake = new RecordIntake(arrivals, sender, metrics);
    this.sender = sender;
    this.committer = committer;
    this.linger = linger;
    this.events = events;
    this.starts = new Starts(events, metrics);
    this.metrics = metrics;
    this.lags = new Lags(clock);
    this.maxBytes = maxBytes;
    this.onClose = onClose;
  }

  /** The memory of rows and of waiting records of all partitions, in bytes. */
  public long bytes() {
    return bytes;
  }

  /** How many records of this thread's partitions are not durable yet, as of its last poll. */
  public long lag() {
    return lag;
  }

  /** How many records wait for their clients to be looked up, as of the last poll. */
  public long waitingRecords() {
    return waitingRecords;
  }

  /** How many partitions these are in, which are not fetched until then; the same. */
  public int waitingPartitions() {
    return waitingPartitions;
  }

  /** Tells what Kafka has of partitions, whose lag is measured against it from the next poll on. */
  public void look(Map<TopicPartition, LogBounds> bounds) {
    logs = Map.copyOf(bounds);
  }

  /** Why partitions of this thread are not read. */
  public List<Problem> stopped() {
    return stopped.reasons();
  }

  /** How far this thread's partitions are, less those that are stopped; as of its last poll. */
  public Map<TopicPartition, Reached> reached() {
    return reached;
  }

  /**
   * How far behind this thread's partitions are, less those that are stopped; as of its last poll.
   */
  public Map<TopicPartition, PartitionLag> behind() {
    return behind;
  }

  /** When this thread polled last, as {@link System#nanoTime} tells it. */
  public long polledNanos() {
    return polledNanos;
  }

  // ---- records

  /** Whether Streams holds so much that nothing more should be polled for now. */
  boolean isFlooded() {
    return inFlight.isFull();
  }

  /**
   * Counts what a poll delivered.
   *
   * @throws TaskMigratedException if the topic was created anew: Streams starts the tasks again
   */
  void delivered(Consumer<byte[], byte[]> consumer, ConsumerRecords<byte[], byte[]> records) {
    checkTopics(consumer);
    for (var next : records.nextOffsets().entrySet()) {
      accounts
          .get(next.getKey())
          .delivered(records.records(next.getKey()).size(), next.getValue().offset());
    }
    for (TopicPartition partition : records.partitions()) {
      notePoll(consumer, partition, records.records(partition));
    }
    inFlight.polled(records);
    if (!records.isEmpty()) {
      accounts.contracts().forEach((topic, contract) -> contract.expect(records.records(topic)));
    }
    metrics.polled(records.count());
    bytes = accounts.bytes();
  }

  private void notePoll(
      Consumer<byte[], byte[]> consumer,
      TopicPartition partition,
      List<ConsumerRecord<byte[], byte[]>> polled) {
    lags.polled(partition, polled);
    ConsumerRecord<byte[], byte[]> newest = polled.getLast();
    if (newest.timestampType() == TimestampType.LOG_APPEND_TIME
        && consumer.currentLag(partition).orElse(1) == 0) {
      metrics.appendedNow(newest.timestamp());
    }
  }

  /**
   * Takes one record from the topology.
   *
   * @return false if the hub is full: a commit should be asked for
   */
  public boolean process(TopicPartition partition, IncomingRecord record) {
    inFlight.processed(
        partition, BoundedConsumer.sizeOf(record.key(), record.value(), record.headers()));
    PartitionAccount account = accounts.get(partition);
    if (!account.waiting().isEmpty() || !intake.finish(account, record)) {
      account.waitFor(record);
    }
    return accounts.bytes() < maxBytes;
  }

  /**
   * Takes up the records whose clients could not be looked up, in order; a partition that still
   * waits is not fetched any further.
   */
  void retryWaiting(Consumer<byte[], byte[]> consumer) {
    long now = System.nanoTime();
    polledNanos = now;
    if (now - lastRetryNanos < WAITING_RETRY_NANOS) {
      return;
    }
    lastRetryNanos = now;
    forgetLost(consumer);
    stopped.hold(consumer);
    for (PartitionAccount account : accounts.all()) {
      if (account.waiting().isEmpty()) {
        continue;
      }
      IncomingRecord record = account.waiting().peek();
      while (record != null && intake.finish(account, record)) {
        account.doneWaiting(record);
        record = account.waiting().peek();
      }
      List<TopicPartition> partition = List.of(account.partition());
      if (record != null) {
        consumer.pause(partition);
      } else {
        consumer.resume(partition);
        log.atInfo()
            .addKeyValue("partition", account.partition())
            .log("Client metadata can be looked up again; the partition goes on");
      }
    }
    bytes = accounts.bytes();
  }

  /** Streams may not resume a partition that waits, or stands still. */
  Collection<TopicPartition> withoutWaiting(Collection<TopicPartition> partitions) {
    return partitions.stream()
        .filter(partition -> {
          PartitionAccount account = accounts.find(partition);
          return !stopped.contains(partition) && (account == null || account.waiting().isEmpty());
        })
        .toList();
  }

  /**
   * The consumer went on reading a topic that was deleted and created anew as if it were the old
   * one. What was gathered of the old one is stored, under its id; nothing of the new one is taken
   * for it.
   */
  private void checkTopics(Consumer<byte[], byte[]> consumer) {
    for (PartitionAccount account : accounts.all()) {
      if (isGone(consumer, account)) {
        log.atError()
            .addKeyValue("topic", account.partition().topic())
            .addKeyValue("oldTopicId", account.topicId())
            .addKeyValue("topicId", events.topicId(consumer, account.partition().topic()))
            .log("The topic was deleted and created anew; it is read from its beginning");
        giveUp(consumer, accounts.partitions());
        throw new TaskMigratedException("the topic was created anew");
      }
    }
  }

  // ---- task starts

  /**
   * A task starts: decides where, seeks there and opens new accounts. Kafka Streams 4.3.1 does not
   * always rewind the consumer itself (docs/delivery.md), hence the seek.
   *
   * @return what is committed, without our part of the metadata
   */
  Map<TopicPartition, OffsetAndMetadata> start(
      Consumer<byte[], byte[]> consumer,
      Set<TopicPartition> asked,
      Map<TopicPartition, OffsetAndMetadata> committed) {
    Map<TopicPartition, OffsetAndMetadata> answer = new HashMap<>(committed);
    stopped.forget(asked);
    for (TopicPartition partition : asked) {
      if (!consumer.assignment().contains(partition)) {
        continue;
      }
      inFlight.dropped(partition);
      OffsetAndMetadata offset = committed.get(partition);
      switch (starts.find(consumer, partition, offset)) {
        case Start.From(Uuid topicId, CommittedOffset at, long position, long oldKeysBelow) -> {
          PartitionAccount account =
              accounts.open(new Source(topicId, partition), at, oldKeysBelow);
          if (position > at.offset()) {
            account.expired(position);
          }
          lags.beginsAt(partition, position);
          if (offset != null && position == offset.offset()) {
            consumer.seek(partition, offset);
            answer.put(
                partition, new OffsetAndMetadata(position, offset.leaderEpoch(), at.streams()));
          } else {
            consumer.seek(partition, position);
            answer.remove(partition);
          }
          log.atInfo()
              .addKeyValue("partition", partition)
              .addKeyValue("topicId", topicId)
              .addKeyValue("offset", position)
              .addKeyValue(
                  "openBlockEnd",
                  at.state() instanceof CommittedOffset.State.BlockOpen(long end) ? end : null)
              .log("Partition starts");
        }
        case Start.Stopped(Uuid topicId, CommittedOffset at, String reason) -> {
          accounts.close(Set.of(partition));
          answer.put(partition, new OffsetAndMetadata(at.offset(), at.streams()));
          stopped.stop(consumer, partition, at.offset(), reason);
          if (!(at.state() instanceof CommittedOffset.State.Later || at.pastEnd())) {
            stopped.mark(partition, at.asPastEnd(topicId));
          }
        }
      }
    }
    forgetLost(consumer);
    return answer;
  }

  /** Where the log does not have what the consumer was to read next, it reads on, or stops. */
  void outOfRange(Consumer<byte[], byte[]> consumer, InvalidOffsetException gone) {
    checkTopics(consumer);
    for (TopicPartition partition : gone.partitions()) {
      PartitionAccount account = accounts.find(partition);
      Bounds bounds = events.bounds(partition);
      if (account == null) {
        // Its task has not started; that will say where.
        consumer.seek(partition, bounds.begin());
      } else if (account.position() < bounds.begin()) {
        starts.expired(partition, account.position(), bounds.begin());
        account.expired(bounds.begin());
        lags.beginsAt(partition, bounds.begin());
        consumer.seek(partition, bounds.begin());
      } else if (gone instanceof NoOffsetForPartitionException
          && account.position() <= bounds.end()) {
        // The consumer has forgotten where it was, as it may while the group rebalances.
        consumer.seek(partition, account.position());
      } else if (account.topicId().equals(events.newestTopicId(partition.topic()))) {
        stopped.stop(
            consumer,
            partition,
            account.position(),
            "the log was cut below offset %d, up to which it had been read (%s); events written since may be unread; %s"
                .formatted(account.position(), gone.getMessage(), Starts.remedy(partition)));
      }
      // Else the topic was created anew, which the consumer learns with one of its next polls.
    }
  }

  private void forgetLost(Consumer<byte[], byte[]> consumer) {
    accounts.retain(consumer.assignment());
    inFlight.retain(consumer.assignment());
    stopped.retain(consumer.assignment());
    bytes = accounts.bytes();
    lags.retain(consumer.assignment());
    Map<TopicPartition, PartitionLag> measured = new HashMap<>();
    long records = 0;
    long waits = 0;
    int waitIn = 0;
    for (PartitionAccount account : accounts.all()) {
      TopicPartition partition = account.partition();
      PartitionLag one =
          lags.measure(
              partition,
              account.start(),
              account.reached(),
              consumer.currentLag(partition).orElse(0),
              logs.getOrDefault(partition, LogBounds.UNKNOWN));
      measured.put(partition, one);
      records += one.records();
      waits += account.waiting().size();
      waitIn += account.waiting().isEmpty() ? 0 : 1;
    }
    behind = Map.copyOf(measured);
    lag = records;
    waitingRecords = waits;
    waitingPartitions = waitIn;
    reached =
        consumer.assignment().stream()
            .filter(partition -> !stopped.contains(partition))
            .collect(
                Collectors.toMap(
                    partition -> partition,
                    partition -> {
                      PartitionAccount account = accounts.find(partition);
                      return account == null ? Reached.NOT_STARTED : account.reached();
                    }));
  }

  // ---- commits

  /**
   * What Streams asks to commit is committed, up to the safe end, once its rows have been gathered
   * long enough; until then, and where a ClickHouse target does not answer, this returns without a
   * commit: the rows stay, the offset stays, and a later commit tries again.
   */
  void commit(Consumer<byte[], byte[]> consumer, Map<TopicPartition, OffsetAndMetadata> asked) {
    try {
      sender.flush();
    } catch (CommitFailedException | OversizeDeadLetterException failed) {
      end(accounts.partitions());
      throw failed;
    }
    Map<PartitionAccount, OffsetAndMetadata> wanted = new HashMap<>();
    int inserts = 0;
    boolean open = false;
    for (var want : asked.entrySet()) {
      PartitionAccount account = accounts.get(want.getKey());
      wanted.put(account, want.getValue());
      inserts += account.tablesWithRows();
      open |= account.isBlockOpen();
    }
    if (open || accounts.bytes() >= maxBytes || linger.isOver(inserts)) {
      linger.restart();
      committer.commit(consumer, wanted);
      bytes = accounts.bytes();
    }
  }

  /**
   * Commits what is finished of partitions that this thread is about to give up. What fails is left
   * to the partition's next owner, who processes it again.
   */
  void giveUp(Consumer<byte[], byte[]> consumer, Collection<TopicPartition> partitions) {
    Map<PartitionAccount, OffsetAndMetadata> finished = new HashMap<>();
    for (TopicPartition partition : partitions) {
      PartitionAccount account = accounts.find(partition);
      if (account != null) {
        finished.put(
            account,
            new OffsetAndMetadata(account.safeEnd(), Optional.empty(), account.streamsMetadata()));
      }
    }
    boolean haveLettersArrived = false;
    try {
      sender.flush();
      haveLettersArrived = true;
      committer.commit(consumer, finished);
    } catch (KafkaException | OversizeDeadLetterException failed) {
      log.atWarn()
          .addKeyValue("partitions", partitions)
          .addKeyValue("cause", failed.toString())
          .log("Not everything was committed; the rest is processed again by the next owner");
    }
    for (PartitionAccount account : finished.keySet()) {
      if (account.notDurable() > 0 && isGone(consumer, account)) {
        storeGathered(account);
      }
    }
    stopped.forget(partitions);
    end(haveLettersArrived ? partitions : accounts.partitions());
  }

  /**
   * Nothing more of these partitions is committed until their tasks start anew. Where a letter is
   * missing, these are all partitions, since nobody knows which record it is of.
   */
  private void end(Collection<TopicPartition> partitions) {
    accounts.close(partitions);
    bytes = accounts.bytes();
  }

  private boolean isGone(Consumer<byte[], byte[]> consumer, PartitionAccount account) {
    Uuid now = events.topicId(consumer, account.partition().topic());
    return now != null && !now.equals(account.topicId());
  }

  /** Nobody can read the records of a topic that is gone again: now or never. */
  private void storeGathered(PartitionAccount account) {
    try {
      committer.storeGathered(account);
    } catch (KafkaException | OversizeDeadLetterException failed) {
      log.atError()
          .setCause(failed)
          .addKeyValue("partition", account.partition())
          .log("What was gathered of a topic that is gone could not all be stored");
    }
    if (account.notDurable() > 0) {
      starts.lostWithTopic(account.partition(), account.start(), account.position());
      committer.lostWithTopic(account);
    }
  }

  /** The stream thread ends: commits what is finished. */
  void close(Consumer<byte[], byte[]> consumer) {
    giveUp(consumer, accounts.partitions());
    lag = 0;
    waitingRecords = 0;
    waitingPartitions = 0;
    behind = Map.of();
    onClose.run();
  }
}
