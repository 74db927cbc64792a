package io.penstock.delivery;

import io.penstock.core.client.ClientMetadata;
import io.penstock.core.deadletter.Arrival;
import io.penstock.core.deadletter.OriginPartitioner;
import io.penstock.core.event.Origin;
import io.penstock.core.intake.Contract;
import io.penstock.core.intake.IncomingRecord;
import io.penstock.core.intake.Verdict;
import io.penstock.core.kafka.CommittedOffset;
import io.penstock.core.rows.RowSink;
import io.penstock.core.rows.RowWriter;
import io.penstock.core.rows.Source;
import io.penstock.core.rows.Table;
import io.penstock.delivery.block.Block;
import io.penstock.delivery.block.Memory;
import io.penstock.delivery.block.Receipt;
import io.penstock.delivery.block.TableBlock;
import io.penstock.delivery.block.TableRows;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
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
  private final Source source;
  private final Contract<?> contract;

  /** By the table's name, then by the client's database, which no other client has anywhere. */
  private final Map<String, Map<String, TableRows>> tables = new HashMap<>();

  private final RecordRows rowsOfRecord = new RecordRows();
  private final ArrayDeque<IncomingRecord> waiting = new ArrayDeque<>();
  private final Quotas quotas = new Quotas();
  private final Tally tally = new Tally();
  private final Memory memory;
  private final long oldKeysBelow;
  private String streamsMetadata;
  private long start;
  private Progress progress;
  private long position;
  private long lastFinished;
  private int pending;
  private @Nullable Integer letters;

  /** How far the block is that begins at the first offset that is not durable. */
  private sealed interface Progress {
    /** There is none; rows are gathered. */
    record Gathering() implements Progress {}

    /** The previous owner announced it, and may have inserted rows; its records come again. */
    record Announced(int version, long end) implements Progress {}

    /** It is open here. */
    record Open(Receipt receipt) implements Progress {}
  }

  /**
   * @param source the partition, and the topic that its records come from
   * @param contract what its records mean
   * @param committed where it starts, and which block the previous owner left open
   * @param oldKeysBelow the release before may have written letters of records below this offset
   * @param memory what rows are kept in
   */
  PartitionAccount(
      Source source,
      Contract<?> contract,
      CommittedOffset committed,
      long oldKeysBelow,
      Memory memory) {
    this.source = source;
    this.contract = contract;
    this.memory = memory;
    this.start = committed.offset();
    this.position = start;
    this.lastFinished = start - 1;
    this.progress =
        committed.state() instanceof CommittedOffset.State.BlockOpen(long end)
            ? new Progress.Announced(committed.version(), end)
            : new Progress.Gathering();
    this.streamsMetadata = committed.streams();
    this.oldKeysBelow = oldKeysBelow;
    this.letters = committed.letters();
  }

  TopicPartition partition() {
    return source.partition();
  }

  /** The partition, and the topic that the records come from. */
  Source source() {
    return source;
  }

  /** What the records mean. */
  Contract<?> contract() {
    return contract;
  }

  /** The id of the topic that the records come from. */
  Uuid topicId() {
    return source.topicId();
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
    Integer place = letters;
    if (place == null || place >= partitions) {
      place = OriginPartitioner.place(partition().partition(), partitions);
      letters = place;
    }
    return place;
  }

  /** What is committed of that place: nothing where it goes by the number alone. */
  private @Nullable Integer toldLetters() {
    Integer place = letters;
    return place == null || place == partition().partition() ? null : place;
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
    return new Reached(topicId(), nothingIsOpen ? position : start, position);
  }

  String streamsMetadata() {
    return streamsMetadata;
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

  /** Kafka had deleted what comes before {@code begin}, which is read next. */
  void expired(long begin) {
    tally.expired(position, begin);
    position = begin;
  }

  /** What the ledger is told of records that are not durable yet. */
  Tally tally() {
    return tally;
  }

  /** A record was refused, or its rows were added. */
  void finished(IncomingRecord record) {
    long offset = record.offset();
    if (offset <= lastFinished || pending == 0) {
      throw new IllegalStateException(
          "%s: record %d came after %d with %d pending"
              .formatted(source, offset, lastFinished, pending));
    }
    pending--;
    lastFinished = offset;
    tally.finished(record);
  }

  /** The offset below which every record has been routed or refused. */
  long safeEnd() {
    return pending == 0 ? position : lastFinished + 1;
  }

  /**
   * Adds the rows of a record that its contract has accepted; all of them or, if that throws, none.
   *
   * @param arrival how the record came
   */
  <E> void add(
      Contract<E> itsContract,
      Verdict.Accepted<E> accepted,
      IncomingRecord record,
      Arrival arrival) {
    rowsOfRecord.record = record;
    rowsOfRecord.isReplay = arrival.isReplay();
    try {
      itsContract.write(accepted.content(), accepted.client(), record, arrival, rowsOfRecord);
    } catch (Throwable failed) {
      forEachTable(rows -> rows.takeBack(record.offset()));
      throw failed;
    } finally {
      rowsOfRecord.record = null;
    }
  }

  /** Where the rows of one record after the other go. */
  private final class RecordRows implements RowWriter {
    private @Nullable IncomingRecord record;
    private boolean isReplay;

    @Override
    public Source source() {
      return source;
    }

    @Override
    public RowSink rows(ClientMetadata client, Table table) {
      if (record == null) {
        throw new IllegalStateException("no record is being taken");
      }
      Map<String, TableRows> ofClients = tables.get(table.name());
      if (ofClients == null) {
        ofClients = new HashMap<>();
        tables.put(table.name(), ofClients);
      }
      TableRows rows = ofClients.get(client.database());
      if (rows == null) {
        rows = new TableRows(table, client, memory);
        ofClients.put(client.database(), rows);
      }
      byte[] value = record.value();
      return rows.of(
          client,
          record.offset(),
          value == null ? 0 : value.length,
          record.timestampMillis(),
          isReplay);
    }
  }

  private void forEachTable(Consumer<TableRows> action) {
    tables.values().forEach(ofClients -> ofClients.values().forEach(action));
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
    memory.hold(record.size());
  }

  void doneWaiting(IncomingRecord record) {
    waiting.remove();
    memory.hold(-record.size());
  }

  /** Gives all memory back: the partition is another thread's. */
  void release() {
    forEachTable(rows -> rows.dropFirst(rows.count()));
    waiting.forEach(record -> memory.hold(-record.size()));
    waiting.clear();
  }

  /**
   * Opens the block that a commit up to {@code asked} may store, or goes on with the one that is
   * open. One that was announced is opened exactly as it was.
   *
   * @return what has become of it so far; null if there is nothing to store, or not all records of
   *     the announced block have come again
   */
  @Nullable Receipt open(long asked) {
    long end = Math.min(asked, safeEnd());
    return switch (progress) {
      case Progress.Open(Receipt receipt) -> end < receipt.block().end() ? null : receipt;
      case Progress.Announced(int version, long announced) ->
          end < announced ? null : opened(version, announced, true);
      case Progress.Gathering() ->
          end <= start ? null : opened(CommittedOffset.VERSION, end, false);
    };
  }

  /**
   * Opens all that is gathered, whatever block is announced: of a topic that is gone no next owner
   * repeats one. It is read back before it is inserted.
   */
  Receipt openGathered() {
    return switch (progress) {
      case Progress.Open(Receipt receipt) -> record(receipt.afterTry());
      case Progress.Announced(int version, long announced) -> opened(version, safeEnd(), true);
      case Progress.Gathering() -> opened(CommittedOffset.VERSION, safeEnd(), true);
    };
  }

  private Receipt opened(int version, long end, boolean tried) {
    List<TableBlock> blocks = new ArrayList<>();
    forEachTable(rows -> {
      if (rows.countBelow(end) > 0) {
        blocks.add(TableBlock.of(source, version, start, end, rows));
      }
    });
    return record(Receipt.none(new Block(source, version, start, end, blocks), tried));
  }

  /** Keeps what has become of the open block so far. */
  Receipt record(Receipt receipt) {
    progress = new Progress.Open(receipt);
    return receipt;
  }

  /** How many tables have rows: at least so many inserts a commit takes. */
  int tablesWithRows() {
    int count = 0;
    for (Map<String, TableRows> ofClients : tables.values()) {
      for (TableRows rows : ofClients.values()) {
        count += rows.count() > 0 ? 1 : 0;
      }
    }
    return count;
  }

  /** Whether a block is open, here or left so by the previous owner. */
  boolean isBlockOpen() {
    return !(progress instanceof Progress.Gathering);
  }

  /** What announces a block to a next owner: in the form that it was opened in. */
  OffsetAndMetadata announcement(Block block) {
    return new CommittedOffset(
            start,
            streamsMetadata,
            block.version(),
            topicId(),
            new CommittedOffset.State.BlockOpen(block.end()),
            toldLetters())
        .toKafka();
  }

  /** What tells that everything below {@code end.offset()} is durable, with Streams' metadata. */
  OffsetAndMetadata settlement(OffsetAndMetadata end) {
    return CommittedOffset.settled(end.offset(), end.metadata(), topicId(), toldLetters())
        .toKafka();
  }

  /** The open block is durable and its end committed, with this metadata of Streams'. */
  void close(long end, String streams) {
    for (Map<String, TableRows> ofClients : tables.values()) {
      for (Iterator<TableRows> i = ofClients.values().iterator(); i.hasNext(); ) {
        TableRows rows = i.next();
        int durable = rows.countBelow(end);
        if (durable == 0 && rows.count() == 0) {
          i.remove(); // Idle for a whole block: give its memory back.
        } else if (durable > 0) {
          rows.dropFirst(durable);
        }
      }
    }
    tally.drop(end);
    start = end;
    progress = new Progress.Gathering();
    streamsMetadata = streams;
  }
}
