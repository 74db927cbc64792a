package io.penstock.provisioning.offset;

import io.penstock.core.kafka.CommittedOffset;
import org.jspecify.annotations.Nullable;

/**
 * How far the routers are in one partition.
 *
 * @param begin offset of the oldest record that is kept
 * @param end offset of the next record to come
 * @param committed null: nothing yet
 * @param ofThisTopic whether the committed offset belongs to the topic as it is now
 */
public record PartitionOffset(
    int partition, long begin, long end, @Nullable CommittedOffset committed, boolean ofThisTopic) {
  /** What is to be said of it; "" if all is well. */
  public String note() {
    CommittedOffset at = committed;
    if (at == null) {
      return "";
    }
    if (at.version() == CommittedOffset.NEWER) {
      return "of a later release: stands still";
    }
    if (!ofThisTopic) {
      return "of a deleted topic of this name: not used";
    }
    if (at.pastEnd() || (at.offset() > end && begin < end)) {
      return "past the log's end: stands still";
    }
    if (at.offset() < begin) {
      return (begin - at.offset()) + " offsets expired unread";
    }
    return at.isBlockOpen() ? "block open up to " + at.blockEnd() : "";
  }

  /** Where routers go on. */
  long next() {
    CommittedOffset at = committed;
    return at == null || !ofThisTopic ? begin : Math.max(begin, at.offset());
  }
}
