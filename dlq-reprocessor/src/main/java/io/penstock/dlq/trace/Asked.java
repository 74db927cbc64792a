package io.penstock.dlq.trace;

import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** What a person asks about: an event's id, or a record's place in Kafka. Immutable. */
public sealed interface Asked {
  /** An event's id. */
  record ById(UUID eventId) implements Asked {}

  /**
   * A record's place.
   *
   * @param topicId which of the topics of this name; null: the one that has it now
   */
  record AtPlace(String topic, @Nullable Uuid topicId, int partition, long offset)
      implements Asked {}

  /** A UUID as the event contract has it: 8-4-4-4-12 hex digits. */
  Pattern ID = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

  /** An origin as "dlq list" prints it, with or without the topic's id. */
  Pattern PLACE = Pattern.compile("([^:]+)(?::([\\w-]{22}))?-(\\d{1,9})-(\\d{1,18})");

  /**
   * Reads either.
   *
   * @throws IllegalArgumentException if it is neither; the message says what both look like
   */
  static Asked parse(String text) {
    if (ID.matcher(text).matches()) {
      return new ById(UUID.fromString(text));
    }
    Matcher place = PLACE.matcher(text);
    if (place.matches()) {
      String id = place.group(2);
      return new AtPlace(
          place.group(1),
          id == null ? null : Uuid.fromString(id),
          Integer.parseInt(place.group(3)),
          Long.parseLong(place.group(4)));
    }
    throw new IllegalArgumentException(
        "\"%s\" is neither an event's id (a UUID) nor a place: TOPIC-PARTITION-OFFSET, or TOPIC:TOPIC_ID-PARTITION-OFFSET as \"dlq list\" prints it"
            .formatted(text));
  }
}
