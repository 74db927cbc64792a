package io.penstock.core.event;

import java.nio.ByteBuffer;
import java.util.UUID;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Where an event first entered Kafka; a replayed event keeps it.
 *
 * @param topicId the topic's id, not its name: a recreated topic counts its offsets anew
 * @param topic the topic's name
 */
public record Origin(Uuid topicId, String topic, int partition, long offset) {

  /**
   * The id of an event that came without one: the same at every redelivery and replay of the
   * record. A name-based UUID (RFC 9562, version 3) over topic id, partition and offset.
   */
  public UUID eventId() {
    ByteBuffer name =
        ByteBuffer.allocate(28)
            .putLong(topicId.getMostSignificantBits())
            .putLong(topicId.getLeastSignificantBits())
            .putInt(partition)
            .putLong(offset);
    return UUID.nameUUIDFromBytes(name.array());
  }

  /** {@code topicId partition offset}, which {@link #ofPlace} reads. */
  public String place() {
    return topicId + " " + partition + " " + offset;
  }

  /**
   * Reads {@link #place}.
   *
   * @param topic the topic's name, which is not part of it
   * @return null if the text is none
   */
  public static @Nullable Origin ofPlace(String topic, String place) {
    String[] parts = place.split(" ", -1);
    try {
      return parts.length == 3
          ? new Origin(
              Uuid.fromString(parts[0]),
              topic,
              Integer.parseInt(parts[1]),
              Long.parseLong(parts[2]))
          : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /**
   * The key of the event's dead letter: {@code topic:topicId-partition-offset}. A name has no colon
   * in Kafka.
   */
  public String key() {
    return topic + ":" + topicId + "-" + partition + "-" + offset;
  }

  /**
   * {@code topic-partition-offset}, which says as much while no topic of this name is created anew;
   * the key of dead letters in the first release.
   */
  @Override
  public String toString() {
    return topic + "-" + partition + "-" + offset;
  }
}
