package io.penstock.router.delivery;

import static java.util.Objects.requireNonNull;

import io.penstock.core.deadletter.Arrival;
import io.penstock.core.deadletter.DeadLetters;
import io.penstock.core.deadletter.Failure;
import io.penstock.core.deadletter.Reason;
import io.penstock.core.event.Origin;
import io.penstock.router.metrics.RouterMetrics;
import io.penstock.router.sink.BlockWriter;
import io.penstock.router.sink.RowEncoder;
import io.penstock.router.sink.TableBlock;
import io.penstock.router.sink.TableBlock.RejectedRow;
import io.penstock.router.sink.TableRows;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one stream thread holds between Kafka and ClickHouse, and the only place that commits. The
 * guarded consumer reports what was delivered, the intake processor hands in the records, and a
 * commit stores what lies between the committed offset and the safe end before it moves the offset.
 * Why that loses and doubles nothing is argued in docs/delivery.md.
 *
 * <p>Used by its stream thread alone; {@link #bytes}, {@link #lag} and {@link #waitingRecords} may
 * be read by any.
 */
public final class Hub {
  private static final Logger log = LoggerFactory.getLogger(Hub.class);
  static final long WAITING_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private final Judge judge;
  private final RowEncoder encoder;
  private final BlockWriter writer;
  private final DeadLetterSender sender;
  private final DeadLetters deadLetters;
  private final OriginalRecords originals;
  private final TopicIds topicIds;
  private final Outage outage;
  private final RouterMetrics metrics;
  private final Clock clock;
  private final Runnable onClose;
  private final long maxBytes;
  private final Map<TopicPartition, Ledger> ledgers = new HashMap<>();
  private long bytes;
  private volatile long bytesForOthers;
  private volatile long lag;
  private volatile long waitingRecords;
  private long lastRetryNanos;

  /** What a hub works with; all of it but judge and sender is shared by the stream threads. */
  record Parts(
      Judge judge,
      RowEncoder encoder,
      BlockWriter writer,
      DeadLetterSender sender,
      DeadLetters deadLetters,
      OriginalRecords originals,
      TopicIds topicIds,
      Outage outage,
      RouterMetrics metrics,
      Clock clock) {}

  /**
   * @param maxBytes from which on a flush is asked for before its time
   * @param onClose called when the stream thread's consumer is closed
   */
  Hub(Parts parts, long maxBytes, Runnable onClose) {
    this.judge = parts.judge();
    this.encoder = parts.encoder();
    this.writer = parts.writer();
    this.sender = parts.sender();
    this.deadLetters = parts.deadLetters();
    this.originals = parts.originals();
    this.topicIds = parts.topicIds();
    this.outage = parts.outage();
    this.metrics = parts.metrics();
    this.clock = parts.clock();
    this.maxBytes = maxBytes;
    this.onClose = onClose;
  }

  /** Encoded rows and waiting records of all partitions, in bytes. */
  public long bytes() {
    return bytesForOthers;
  }

  /** How many records of this thread's partitions are not durable yet, as of its last poll. */
  public long lag() {
    return lag;
  }

  /** How many records wait for their clients to be looked up, as of the last poll. */
  public long waitingRecords() {
    return waitingRecords;
  }

  // ---- records

  /** Counts what a poll delivered. */
  void delivered(ConsumerRecords<byte[], byte[]> records) {
    for (var next : records.nextOffsets().entrySet()) {
      ledger(next.getKey())
          .delivered(records.records(next.getKey()).size(), next.getValue().offset());
    }
    metrics.polled(records.count());
    bytesForOthers = bytes;
  }

  /**
   * Takes one record from the topology.
   *
   * @return false if the hub is full: a commit should be asked for
   */
  public boolean process(TopicPartition partition, IncomingRecord record) {
    Ledger ledger = ledger(partition);
    if (!ledger.waiting().isEmpty() || !finish(ledger, record)) {
      ledger.waitFor(record);
      bytes += record.size();
    }
    return bytes < maxBytes;
  }

  /** Judges a record and settles it; returns false if it has to wait. */
  private boolean finish(Ledger ledger, IncomingRecord record) {
    TopicPartition partition = ledger.partition();
    Arrival arrival =
        Arrival.of(origin(ledger, record), record.timestampMillis(), record.headers());
    return switch (judge.judge(record, arrival)) {
      case Verdict.Accepted(var client, var event) -> {
        TableRows rows = ledger.rows(client);
        int size =
            encoder.append(
                rows, event, partition.partition(), record.offset(), arrival.timestampMillis());
        ledger.added(size);
        bytes += size;
        ledger.finished(record.offset());
        yield true;
      }
      case Verdict.Refused(var failure) -> {
        sendDeadLetter(ledger, record, failure);
        ledger.finished(record.offset());
        yield true;
      }
      case Verdict.Undecided(var detail) -> {
        log.atDebug().addKeyValue("partition", partition).log(detail);
        yield false;
      }
    };
  }

  private static Origin origin(Ledger ledger, IncomingRecord record) {
    TopicPartition partition = ledger.partition();
    return new Origin(ledger.topicId(), partition.topic(), partition.partition(), record.offset());
  }

  /**
   * A dead letter is keyed by where its record stands, whatever origin its headers claim: any
   * producer can write headers, and the topic keeps one letter for each key (docs/adr/0006).
   */
  private void sendDeadLetter(Ledger ledger, IncomingRecord record, Failure failure) {
    Arrival arrival = new Arrival(origin(ledger, record), record.timestampMillis(), 0, null);
    sender.send(
        deadLetters.record(
            arrival, record.key(), record.value(), record.headers(), failure, clock.instant()));
    metrics.deadLettered(failure.reason());
  }

  /**
   * Takes up the records whose clients could not be looked up, in order; a partition that still
   * waits is not fetched any further.
   */
  void retryWaiting(Consumer<byte[], byte[]> consumer) {
    long now = System.nanoTime();
    if (now - lastRetryNanos < WAITING_RETRY_NANOS) {
      return;
    }
    lastRetryNanos = now;
    forgetLost(consumer);
    for (Ledger ledger : ledgers.values()) {
      if (ledger.waiting().isEmpty()) {
        continue;
      }
      IncomingRecord record = ledger.waiting().peek();
      while (record != null && finish(ledger, record)) {
        ledger.doneWaiting(record);
        bytes -= record.size();
        record = ledger.waiting().peek();
      }
      List<TopicPartition> partition = List.of(ledger.partition());
      if (record != null) {
        consumer.pause(partition);
      } else {
        consumer.resume(partition);
        log.atInfo()
            .addKeyValue("partition", ledger.partition())
            .log("Client metadata can be looked up again; the partition goes on");
      }
    }
  }

  /** Streams may not resume a partition that waits. */
  Collection<TopicPartition> withoutWaiting(Collection<TopicPartition> partitions) {
    return partitions.stream()
        .filter(partition -> {
          Ledger ledger = ledgers.get(partition);
          return ledger == null || ledger.waiting().isEmpty();
        })
        .toList();
  }

  // ---- task starts

  /**
   * A task starts: reads where, seeks there and opens new ledgers. Kafka Streams 4.3.1 does not
   * always rewind the consumer itself (docs/delivery.md), hence the seek.
   *
   * @return what is committed, without our part of the metadata
   */
  Map<TopicPartition, OffsetAndMetadata> start(
      Consumer<byte[], byte[]> consumer,
      Set<TopicPartition> asked,
      Map<TopicPartition, OffsetAndMetadata> committed) {
    Map<TopicPartition, OffsetAndMetadata> answer = new HashMap<>(committed);
    for (TopicPartition partition : asked) {
      if (!consumer.assignment().contains(partition)) {
        continue;
      }
      Uuid topicId = topicIds.of(partition.topic());
      OffsetAndMetadata offset = committed.get(partition);
      CommitMetadata metadata =
          offset == null
              ? new CommitMetadata("", CommitMetadata.NONE)
              : CommitMetadata.parse(offset);
      long start;
      if (offset == null) {
        // Not seekToBeginning: to learn where that is would resolve every other partition's
        // position as well, and those whose tasks have not started have none yet.
        start = requireNonNull(consumer.beginningOffsets(List.of(partition)).get(partition));
        consumer.seek(partition, start);
      } else {
        consumer.seek(partition, offset);
        start = offset.offset();
        answer.put(
            partition, new OffsetAndMetadata(start, offset.leaderEpoch(), metadata.streams()));
      }
      ledgers.put(partition, new Ledger(partition, topicId, start, metadata));
      log.atInfo()
          .addKeyValue("partition", partition)
          .addKeyValue("offset", start)
          .addKeyValue("openBlockEnd", metadata.intent())
          .log("Partition starts");
    }
    forgetLost(consumer);
    return answer;
  }

  private void forgetLost(Consumer<byte[], byte[]> consumer) {
    ledgers.keySet().retainAll(consumer.assignment());
    recount();
    long records = 0;
    long waits = 0;
    for (Ledger ledger : ledgers.values()) {
      records += ledger.notDurable() + consumer.currentLag(ledger.partition()).orElse(0);
      waits += ledger.waiting().size();
    }
    lag = records;
    waitingRecords = waits;
  }

  // ---- commits

  /**
   * Stores what lies below the safe end of each asked partition, then commits that. Returns without
   * a commit where a ClickHouse target does not answer: the rows stay, the offset stays, and a
   * later commit tries again.
   */
  void commit(Consumer<byte[], byte[]> consumer, Map<TopicPartition, OffsetAndMetadata> asked) {
    sender.flush();
    // A replayed block comes first, alone, with the end that was recorded for it; then the rest.
    while (commitOnce(consumer, asked)) {
      log.trace("looking for more to commit");
    }
    recount();
  }

  private boolean commitOnce(
      Consumer<byte[], byte[]> consumer, Map<TopicPartition, OffsetAndMetadata> asked) {
    if (outage.isOpen()) {
      metrics.commitHeld();
      return false;
    }
    Map<Ledger, Long> ends = new HashMap<>();
    List<TableBlock> blocks = new ArrayList<>();
    Map<TopicPartition, OffsetAndMetadata> intents = new HashMap<>();
    asked.forEach((partition, want) -> {
      Ledger ledger = ledger(partition);
      long end = ledger.blockEnd(want.offset());
      if (end == CommitMetadata.NONE) {
        return;
      }
      List<TableBlock> tables = ledger.open(end);
      ends.put(ledger, end);
      blocks.addAll(tables);
      if (!tables.isEmpty()) {
        String intent = new CommitMetadata(ledger.streamsMetadata(), end).format();
        intents.put(partition, new OffsetAndMetadata(ledger.start(), intent));
      }
    });
    if (ends.isEmpty()) {
      return false;
    }
    if (!intents.isEmpty()) {
      // Written anew for every attempt: the group coordinator refuses it to a member that has been
      // replaced, so whoever is about to insert is the partition's owner now.
      consumer.commitSync(intents);
      if (writer.write(blocks) instanceof BlockWriter.Result.Outage(var target, var detail)) {
        outage.open(target, detail);
        metrics.commitHeld();
        return false;
      }
      blocks.forEach(this::sendRejected);
      sender.flush();
    }
    commitEnds(consumer, ends, asked);
    count(blocks);
    ends.forEach((ledger, end) ->
        ledger.close(end, wanted(asked, ledger.partition(), end, ledger).metadata()));
    return true;
  }

  private void commitEnds(
      Consumer<byte[], byte[]> consumer,
      Map<Ledger, Long> ends,
      Map<TopicPartition, OffsetAndMetadata> asked) {
    Map<TopicPartition, OffsetAndMetadata> commits = new HashMap<>();
    ends.forEach((ledger, end) ->
        commits.put(ledger.partition(), wanted(asked, ledger.partition(), end, ledger)));
    consumer.commitSync(commits);
  }

  /** What Streams asked for, if the block ends there; else its end with the metadata as it was. */
  private static OffsetAndMetadata wanted(
      Map<TopicPartition, OffsetAndMetadata> asked,
      TopicPartition partition,
      long end,
      Ledger ledger) {
    OffsetAndMetadata want = asked.get(partition);
    return want != null && want.offset() == end
        ? want
        : new OffsetAndMetadata(end, Optional.empty(), ledger.streamsMetadata());
  }

  private void sendRejected(TableBlock block) {
    if (block.rejected().isEmpty()) {
      return;
    }
    List<Long> offsets = block.rejected().stream().map(RejectedRow::offset).toList();
    List<ConsumerRecord<byte[], byte[]>> records = originals.read(block.partition(), offsets);
    for (int i = 0; i < records.size(); i++) {
      ConsumerRecord<byte[], byte[]> record = records.get(i);
      RejectedRow row = block.rejected().get(i);
      Ledger ledger = ledger(block.partition());
      Failure failure =
          new Failure(
              row.parked() ? Reason.CLIENT_UNAVAILABLE : Reason.ROW_REJECTED,
              block.client().clientId(),
              row.column(),
              row.detail(),
              row.code());
      sendDeadLetter(
          ledger,
          new IncomingRecord(
              record.offset(), record.timestamp(), record.key(), record.value(), record.headers()),
          failure);
    }
  }

  private void count(List<TableBlock> blocks) {
    long now = clock.millis();
    for (TableBlock block : blocks) {
      int stored = block.count() - block.rejected().size();
      if (stored > 0) {
        metrics.stored(stored, Duration.ofMillis(Math.max(0, now - block.rows().oldestMillis())));
      }
    }
  }

  private void recount() {
    bytes = ledgers.values().stream().mapToLong(Ledger::bytes).sum();
    bytesForOthers = bytes;
  }

  private Ledger ledger(TopicPartition partition) {
    Ledger ledger = ledgers.get(partition);
    if (ledger == null) {
      throw new IllegalStateException(partition + " has records but was never started");
    }
    return ledger;
  }

  /** The stream thread ends. */
  void close() {
    ledgers.clear();
    recount();
    lag = 0;
    waitingRecords = 0;
    onClose.run();
  }
}
