package io.penstock.delivery;

import io.penstock.core.clickhouse.RowEncoder;
import io.penstock.core.client.ClientMetadata;
import io.penstock.core.deadletter.Arrival;
import io.penstock.core.deadletter.OriginPartitioner;
import io.penstock.core.event.Event;
import io.penstock.core.event.Origin;
import io.penstock.core.intake.IncomingRecord;
import io.penstock.core.kafka.CommittedOffset;
import io.penstock.delivery.block.RowMemory;
import io.penstock.delivery.block.TableBlock;
import io.penstock.delivery.block.TableRows;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * The account of one partition, from its committed offset on: what was delivered to Kafka Streams,
 * what is finished, which rows wait to be inserted, which block is open. It trusts its own counts
 * and not Streams' bookkeeping. Used by one stream thread.
 */
final class PartitionAccount {
  private final TopicPartition partition;
  private final Uuid topicId;
  private final Map<String, TableRows> tables = new HashMap<>();
  private final ArrayDeque<IncomingRecord> waiting = new ArrayDeque<>();
  private final Quotas quotas = new Quotas();
  private final RowEncoder encoder;
  private String streamsMetadata;
  private int blockVersion;
  private long start;
  private long intent;
  private long position;
  private long lastFinished;
  private int pending;
  private final RowMemory memory;
  private final long oldKeysBelow;
  private int letters;
  private long rowBytes;
  private long waitingBytes;
  private @Nullable List<TableBlock> openBlock;

  /**
   * @param topicId of the topic that the records come from
   * @param committed where it starts, and which block the previous owner left open
   * @param oldKeysBelow the release before may have written letters of records below this offset
   * @param memory what rows are kept in
   */
  PartitionAccount(
      TopicPartition partition,
      Uuid topicId,
      CommittedOffset committed,
      long oldKeysBelow,
      RowMemory memory) {
    this.memory = memory;
    this.partition = partition;
    this.topicId = topicId;
    this.encoder = new RowEncoder(partition.topic(), topicId);
    this.start = committed.offset();
    this.position = start;
    this.lastFinished = start - 1;
    this.intent = committed.isBlockOpen() ? committed.blockEnd() : CommittedOffset.NO_BLOCK;
    this.blockVersion = committed.isBlockOpen() ? committed.version() : CommittedOffset.VERSION;
    this.streamsMetadata = committed.streams();
    this.oldKeysBelow = oldKeysBelow;
    this.letters = committed.letters();
  }

  TopicPartition partition() {
    return partition;
  }

  /** The id of the topic that the records come from. */
  Uuid topicId() {
    return topicId;
  }

  /** Where the record at an offset comes from. */
  Origin origin(long offset) {
    return new Origin(topicId, partition.topic(), partition.partition(), offset);
  }

  /**
   * The key of the letter of an event that came from this partition: that of the release before
   * where it may have written one, and was killed before it committed.
   */
  String letterKey(Origin origin) {
    return origin.offset() < oldKeysBelow ? origin.toString() : origin.key();
  }

  /**
   * Which partition of the dead-letter topic has this partition's letters. Once there may be one,
   * it stays the same, however many partitions are added: a record that is read again must find its
   * letter.
   *
   * @param partitions how many there are now
   */
  int placeOfLetters(int partitions) {
    if (letters < 0 || letters >= partitions) {
      letters = OriginPartitioner.place(partition.partition(), partitions);
    }
    return letters;
  }

  /** What is committed of that place: nothing where it goes by the number alone. */
  private int toldLetters() {
    return letters == partition.partition() ? CommittedOffset.OWN_LETTERS : letters;
  }

  /** The first offset that is not durable yet. */
  long start() {
    return start;
  }

  /** How many offsets were delivered that are not durable yet. */
  long notDurable() {
    return position - reached().durable();
  }

  /**
   * How far the partition is. Markers of transactions that follow the last event count as durable,
   * whether or not Kafka Streams has asked for a commit over them.
   */
  Reached reached() {
    boolean nothingIsOpen = pending == 0 && lastFinished < start && !isBlockOpen();
    return new Reached(topicId, nothingIsOpen ? position : start, position);
  }

  String streamsMetadata() {
    return streamsMetadata;
  }

  /** The memory of rows and of waiting records, in bytes. */
  long bytes() {
    return rowBytes + waitingBytes;
  }

  /** The next record that the consumer reads. */
  long position() {
    return position;
  }

  /** {@code count} records were handed to Streams, which will see {@code newPosition} next. */
  void delivered(int count, long newPosition) {
    pending += count;
    position = newPosition;
  }

  /** A record was rejected or its row was added. */
  void finished(long offset) {
    if (offset <= lastFinished || pending == 0) {
      throw new IllegalStateException(
          "%s: record %d came after %d with %d pending"
              .formatted(partition, offset, lastFinished, pending));
    }
    pending--;
    lastFinished = offset;
  }

  /** The offset below which every record has been routed or rejected. */
  long safeEnd() {
    return pending == 0 ? position : lastFinished + 1;
  }

  /**
   * Appends an event's row to those of its client.
   *
   * @param arrival how its record came
   */
  void add(ClientMetadata client, Event event, IncomingRecord record, Arrival arrival) {
    TableRows rows = tables.get(client.database());
    if (rows == null) {
      rows = new TableRows(client, memory);
      tables.put(client.database(), rows);
    } else {
      rows.client(client);
    }
    rowBytes -= rows.bytes();
    try {
      byte[] value = record.value();
      encoder.append(
          rows,
          event,
          partition.partition(),
          record.offset(),
          value == null ? 0 : value.length,
          arrival.timestampMillis());
      rows.arrived(record.timestampMillis(), arrival.isReplay());
    } finally {
      rowBytes += rows.bytes();
    }
  }

  /** What limited clients have used up. */
  Quotas quotas() {
    return quotas;
  }

  /** Records whose client cannot be looked up now, and all that came after them. */
  ArrayDeque<IncomingRecord> waiting() {
    return waiting;
  }

  void waitFor(IncomingRecord record) {
    waiting.add(record);
    waitingBytes += record.size();
  }

  void doneWaiting(IncomingRecord record) {
    waiting.remove();
    waitingBytes -= record.size();
  }

  /**
   * Where the block ends that a commit up to {@code asked} may store: the open block's end first,
   * exactly as recorded; {@link CommitMetadata#NONE} if there is nothing to store, or the open
   * block is still being replayed.
   */
  long blockEnd(long asked) {
    long end = Math.min(asked, safeEnd());
    if (intent != CommittedOffset.NO_BLOCK) {
      return end < intent ? CommittedOffset.NO_BLOCK : intent;
    }
    return end <= start ? CommittedOffset.NO_BLOCK : end;
  }

  /** Opens the block {@code [start, end)}, or returns the open one: a repeated attempt. */
  List<TableBlock> open(long end) {
    if (openBlock == null) {
      openBlock = blocks(end, isBlockOpen());
      intent = end;
    }
    return openBlock;
  }

  /**
   * Opens all that is gathered, whatever block is announced: of a topic that is gone no next owner
   * repeats one. It is read back before it is inserted.
   *
   * @return empty if nothing is gathered
   */
  List<TableBlock> openGathered() {
    if (openBlock == null) {
      intent = safeEnd();
      openBlock = blocks(intent, true);
    }
    openBlock.forEach(TableBlock::tried);
    return openBlock;
  }

  /** Where the block ends that is open. */
  long openEnd() {
    return intent;
  }

  private List<TableBlock> blocks(long end, boolean tried) {
    List<TableBlock> blocks = new ArrayList<>();
    for (TableRows rows : tables.values()) {
      if (rows.countBelow(end) > 0) {
        blocks.add(new TableBlock(blockVersion, topicId, partition, start, end, rows, tried));
      }
    }
    return blocks;
  }

  /** How many tables have rows: at least so many inserts a commit takes. */
  int tablesWithRows() {
    int count = 0;
    for (TableRows rows : tables.values()) {
      count += rows.count() > 0 ? 1 : 0;
    }
    return count;
  }

  /** Whether a block is open, here or left so by the previous owner. */
  boolean isBlockOpen() {
    return intent != CommittedOffset.NO_BLOCK;
  }

  /** What announces the open block to a next owner: in the form that it was opened in. */
  OffsetAndMetadata announcement() {
    return new CommittedOffset(start, streamsMetadata, blockVersion, topicId, intent, toldLetters())
        .toKafka();
  }

  /** What tells that everything below {@code end.offset()} is durable, with Streams' metadata. */
  OffsetAndMetadata settlement(OffsetAndMetadata end) {
    return new CommittedOffset(
            end.offset(),
            end.metadata(),
            CommittedOffset.VERSION,
            topicId,
            CommittedOffset.NO_BLOCK,
            toldLetters())
        .toKafka();
  }

  /** The open block is durable and its end committed. */
  void close(OffsetAndMetadata committed) {
    long end = committed.offset();
    for (Iterator<TableRows> i = tables.values().iterator(); i.hasNext(); ) {
      TableRows rows = i.next();
      int durable = rows.countBelow(end);
      if (durable == 0 && rows.count() == 0) {
        i.remove(); // Idle for a whole block: give its memory back.
      } else if (durable > 0) {
        rowBytes -= rows.bytes();
        rows.dropFirst(durable);
        rowBytes += rows.bytes();
      }
    }
    start = end;
    blockVersion = CommittedOffset.VERSION;
    intent = CommittedOffset.NO_BLOCK;
    openBlock = null;
    streamsMetadata = committed.metadata();
  }
}
