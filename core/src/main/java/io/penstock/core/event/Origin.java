package io.penstock.core.event;

import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Where an event first entered Kafka; a replayed event keeps it.
 *
 * @param topicId the topic's id, not its name: a recreated topic counts its offsets anew
 * @param topic the topic's name
 */
public record Origin(Uuid topicId, String topic, int partition, long offset) {
  /** A topic's id has 22 characters, among which there may be hyphens. */
  private static final Pattern KEY = Pattern.compile("([^:]+):([\\w-]{22})-(\\d{1,9})-(\\d{1,18})");

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
   * Reads {@link #key}.
   *
   * @return null if the text is none
   */
  public static @Nullable Origin ofKey(String key) {
    Matcher parts = KEY.matcher(key);
    try {
      return parts.matches()
          ? new Origin(
              Uuid.fromString(parts.group(2)),
              parts.group(1),
              Integer.parseInt(parts.group(3)),
              Long.parseLong(parts.group(4)))
          : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
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
