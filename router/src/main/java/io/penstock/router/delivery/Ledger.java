package io.penstock.router.delivery;

import io.penstock.core.client.ClientMetadata;
import io.penstock.router.sink.TableBlock;
import io.penstock.router.sink.TableRows;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * The account of one partition, from its committed offset on: what was delivered to Kafka Streams,
 * what is finished, which rows wait to be inserted, which block is open. It trusts its own counts
 * and not Streams' bookkeeping. Used by one stream thread.
 */
final class Ledger {
  private final TopicPartition partition;
  private final Uuid topicId;
  private final Map<String, TableRows> tables = new HashMap<>();
  private final ArrayDeque<IncomingRecord> waiting = new ArrayDeque<>();
  private String streamsMetadata;
  private long start;
  private long intent;
  private long position;
  private long lastFinished;
  private int pending;
  private long bytes;
  private long waitingBytes;
  private @Nullable List<TableBlock> openBlock;

  /**
   * @param start the first offset that is not durable yet
   */
  Ledger(TopicPartition partition, Uuid topicId, long start, CommitMetadata metadata) {
    this.partition = partition;
    this.topicId = topicId;
    this.start = start;
    this.position = start;
    this.lastFinished = start - 1;
    this.intent = metadata.intent();
    this.streamsMetadata = metadata.streams();
  }

  TopicPartition partition() {
    return partition;
  }

  Uuid topicId() {
    return topicId;
  }

  /** The first offset that is not durable yet. */
  long start() {
    return start;
  }

  /** How many offsets were delivered that are not durable yet. */
  long notDurable() {
    return position - start;
  }

  String streamsMetadata() {
    return streamsMetadata;
  }

  /** Encoded rows and waiting records, in bytes. */
  long bytes() {
    return bytes + waitingBytes;
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

  /** The rows of a client, to append to; report what was appended with {@link #added}. */
  TableRows rows(ClientMetadata client) {
    TableRows rows = tables.get(client.database());
    if (rows == null) {
      rows = new TableRows(client);
      tables.put(client.database(), rows);
    } else {
      rows.client(client);
    }
    return rows;
  }

  void added(int rowBytes) {
    bytes += rowBytes;
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
    if (intent != CommitMetadata.NONE) {
      return end < intent ? CommitMetadata.NONE : intent;
    }
    return end <= start ? CommitMetadata.NONE : end;
  }

  /** Opens the block {@code [start, end)}, or returns the open one: a repeated attempt. */
  List<TableBlock> open(long end) {
    if (openBlock == null) {
      intent = end;
      openBlock = new ArrayList<>();
      for (TableRows rows : tables.values()) {
        if (rows.countBelow(end) > 0) {
          openBlock.add(new TableBlock(topicId, partition, start, end, rows));
        }
      }
    }
    return openBlock;
  }

  /** The open block is durable and its end committed. */
  void close(long end, String newStreamsMetadata) {
    for (Iterator<TableRows> i = tables.values().iterator(); i.hasNext(); ) {
      TableRows rows = i.next();
      int durable = rows.countBelow(end);
      if (durable == 0 && rows.count() == 0) {
        i.remove(); // Idle for a whole block: give its memory back.
      } else if (durable > 0) {
        bytes -= rows.size();
        rows.dropFirst(durable);
        bytes += rows.size();
      }
    }
    start = end;
    intent = CommitMetadata.NONE;
    openBlock = null;
    streamsMetadata = newStreamsMetadata;
  }
}
