package io.penstock.delivery.block;

import io.penstock.core.client.ClientMetadata;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * The rows of one client within the offsets {@code [start, end)} of one partition: what one
 * deduplication token, or one per chunk, stands for. It remembers what is settled, so that a
 * repeated attempt sends only the rest. Written by one thread at a time.
 */
public final class TableBlock {
  private final int version;
  private final Uuid topicId;
  private final TopicPartition partition;
  private final long start;
  private final long end;
  private final TableRows rows;
  private final int count;
  private final List<RejectedRow> rejected = new ArrayList<>();
  private int settled;
  private boolean tried;

  /**
   * A row that will not be stored by this block.
   *
   * @param parked true if the client's database was at fault and not the row
   */
  public record RejectedRow(long offset, boolean parked, int code, String column, String detail) {}

  /**
   * @param version of its tokens and of where it is cut: of the release that opened it
   * @param tried whether its rows may have been sent before, by the partition's previous owner
   */
  public TableBlock(
      int version,
      Uuid topicId,
      TopicPartition partition,
      long start,
      long end,
      TableRows rows,
      boolean tried) {
    this.version = version;
    this.tried = tried;
    this.topicId = topicId;
    this.partition = partition;
    this.start = start;
    this.end = end;
    this.rows = rows;
    this.count = rows.countBelow(end);
  }

  public TopicPartition partition() {
    return partition;
  }

  public TableRows rows() {
    return rows;
  }

  public ClientMetadata client() {
    return rows.client();
  }

  /** How many rows the block has. */
  public int count() {
    return count;
  }

  /** The first row that is neither stored nor rejected; equals {@link #count} when all are. */
  public int settled() {
    return settled;
  }

  public void settle(int upTo) {
    settled = upTo;
    // Parts of a chunk are not always settled in order.
    rejected.sort(Comparator.comparingLong(RejectedRow::offset));
  }

  /** Whether an insert of its rows may have been begun whose end nobody knows. */
  public boolean isTried() {
    return tried;
  }

  /** Its rows are read back before they are inserted. */
  public void tried() {
    tried = true;
  }

  /** Undoes the rejections of a chunk whose attempt did not come to an end. */
  public void forgetUnsettledRejections() {
    if (settled < count) {
      long from = rows.offset(settled);
      rejected.removeIf(row -> row.offset() >= from);
    }
  }

  /** Rejects the rows {@code [from, to)}. */
  public void reject(int from, int to, int code, String column, String detail) {
    for (int row = from; row < to; row++) {
      rejected.add(new RejectedRow(rows.offset(row), false, code, column, detail));
    }
  }

  /** Parks the rows {@code [from, to)}. */
  public void park(int from, int to, int code, String detail) {
    for (int row = from; row < to; row++) {
      rejected.add(new RejectedRow(rows.offset(row), true, code, "", detail));
    }
  }

  /** Parks those that were rejected from row {@code from} on: they have one cause. */
  public void parkRejected(int from, int code, String detail) {
    long start = rows.offset(from);
    rejected.replaceAll(
        row -> row.offset() < start ? row : new RejectedRow(row.offset(), true, code, "", detail));
  }

  /** The rows that become dead letters, by ascending offset. */
  public List<RejectedRow> rejected() {
    return rejected;
  }

  /** Where a chunk ends that begins at row {@code from}. */
  public int endOfChunk(int from) {
    return version == 0
        ? Chunks.endVersion0(rows, from, count)
        : Chunks.end(rows::recordBytes, from, count);
  }

  /** The token of the insert of the rows {@code [from, to)}. */
  public String token(int from, int to) {
    return switch (version) {
      case 0 ->
          DeduplicationToken.version0(topicId, partition.partition(), start, end, rows, from, to);
      default -> DeduplicationToken.of(topicId, partition.partition(), start, end, rows, from, to);
    };
  }
}
