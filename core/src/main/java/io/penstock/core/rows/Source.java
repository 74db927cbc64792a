package io.penstock.core.rows;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.core.event.Origin;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/** A partition of a topic that records are read from. Immutable. */
public final class Source {
  private final Uuid topicId;
  private final TopicPartition partition;
  private final byte[] topicBytes;
  private final byte[] topicIdBytes;

  /**
   * @param topicId which of the topics that had this name
   */
  public Source(Uuid topicId, TopicPartition partition) {
    this.topicId = topicId;
    this.partition = partition;
    this.topicBytes = partition.topic().getBytes(UTF_8);
    this.topicIdBytes = topicId.toString().getBytes(US_ASCII);
  }

  /** Which of the topics that had this name. */
  public Uuid topicId() {
    return topicId;
  }

  /** The topic's name and the partition's number. */
  public TopicPartition partition() {
    return partition;
  }

  /** Where the record at an offset stands. */
  public Origin origin(long offset) {
    return new Origin(topicId, partition.topic(), partition.partition(), offset);
  }

  byte[] topicBytes() {
    return topicBytes;
  }

  byte[] topicIdBytes() {
    return topicIdBytes;
  }

  @Override
  public String toString() {
    return partition.toString();
  }
}
