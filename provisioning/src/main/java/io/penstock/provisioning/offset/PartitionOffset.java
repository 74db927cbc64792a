package io.penstock.provisioning.offset;

import io.penstock.core.kafka.CommittedOffset;
import io.penstock.core.kafka.OpenTransaction;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * How far the routers are in one partition.
 *
 * @param topicId of the topic that has the name now
 * @param begin offset of the oldest record that is kept
 * @param end offset of the next record to come
 * @param committed null: nothing yet
 * @param transaction what holds it up now; null if nothing
 */
public record PartitionOffset(
    int partition,
    Uuid topicId,
    long begin,
    long end,
    @Nullable CommittedOffset committed,
    @Nullable OpenTransaction transaction) {
  /** Whether the committed offset, if there is one, may belong to the topic as it is now. */
  public boolean ofThisTopic() {
    return committed == null || committed.belongsTo(topicId);
  }

  /** Whether routers leave the partition alone until somebody has set its offset anew. */
  public boolean standsStill() {
    return committed != null && committed.standsStill(topicId, begin, end);
  }

  /** Whether a block is open, whose inserts may have begun. */
  public boolean isBlockOpen() {
    return committed != null && ofThisTopic() && committed.isBlockOpen();
  }

  /** How many offsets are not committed yet. */
  public long lag() {
    return Math.max(0, end - next());
  }

  /** Up to where routers can read: the end, or where an open transaction begins. */
  public long readable() {
    return transaction == null ? end : transaction.offset();
  }

  /** How many of {@link #lag} the routers could read and have not committed. */
  public long readableLag() {
    return Math.max(0, readable() - next());
  }

  /** How many offsets were deleted before the routers had read them. */
  public long expired() {
    return committed == null || !ofThisTopic() ? 0 : Math.max(0, begin - committed.offset());
  }

  /** What is wrong with the partition; "" if all is well. */
  public String note() {
    OpenTransaction open = transaction;
    if (open == null) {
      return noteOfCommitted();
    }
    String also = noteOfCommitted();
    return also.isEmpty() ? open.text() : also + "; " + open.text();
  }

  private String noteOfCommitted() {
    CommittedOffset at = committed;
    if (at == null) {
      return "";
    }
    if (standsStill()) {
      return at.state() instanceof CommittedOffset.State.Later
          ? "of a later release: stands still"
          : "past the log's end: stands still";
    }
    if (!ofThisTopic()) {
      return "of a deleted topic of this name: not used";
    }
    if (expired() > 0) {
      return expired() + " offsets expired unread";
    }
    return at.state() instanceof CommittedOffset.State.BlockOpen(long end)
        ? "block open up to " + end
        : "";
  }

  /**
   * The partition of the dead-letter topic that this partition's letters go to; null: the one of
   * the same number.
   */
  @Nullable Integer placeOfLetters() {
    return committed == null ? null : committed.letters();
  }

  /** Where routers go on. */
  public long next() {
    CommittedOffset at = committed;
    return at == null || !ofThisTopic() ? begin : Math.max(begin, at.offset());
  }
}
