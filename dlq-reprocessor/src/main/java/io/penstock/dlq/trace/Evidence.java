package io.penstock.dlq.trace;

import io.penstock.core.event.Origin;
import io.penstock.dlq.letter.LetterText;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * What was found about one event, and which questions nobody answered. Filled by {@link Tracer},
 * read by {@link Verdict}. Not thread-safe.
 */
final class Evidence {
  /** Whether Kafka has the record. */
  enum Place {
    /** It was not asked about a place, or could not be asked. */
    NOT_KNOWN,
    /** The record is there. */
    THERE,
    /** The topic of this id is gone. */
    OTHER_TOPIC,
    /** Kafka has deleted what was there. */
    BEHIND_THE_LOG,
    /** There is no such offset yet, or no such partition. */
    AHEAD_OF_THE_LOG,
    /** The log has passed the offset and keeps no record at it. */
    NO_RECORD
  }

  /** A row, as it is stored now. */
  record Row(
      String client,
      String database,
      String eventId,
      Origin source,
      Instant ingestedAt,
      Instant receivedAt,
      String payload) {}

  /**
   * The ledger's entry whose block has the offset.
   *
   * @param clients that have rows of it
   */
  record Block(
      long start,
      long end,
      long stored,
      long deadLetters,
      long notDelivered,
      long lost,
      List<String> clients,
      String router,
      Instant writtenAt) {
    /** Whether so many of its offsets are all of them. */
    boolean isAll(long offsets) {
      return offsets == end - start;
    }
  }

  /** A letter that is outstanding. */
  record Letter(String name, String reason, Instant failedAt) {}

  /** A record that brought the event back. */
  record Replay(Origin place, Instant at) {}

  /** Whether the operator says whose event it is. */
  final boolean isClientGiven;

  /** Whether what the event holds is wanted. */
  final boolean wantsPayload;

  /** What the event may be known by, as far as it is known: ids, and records that brought it. */
  final Set<UUID> ids = new LinkedHashSet<>();

  final Set<Origin> places = new LinkedHashSet<>();

  /** Where the event first entered Kafka; null: not known. */
  @Nullable Origin origin;

  /** The record that was asked for; null: an id was. */
  @Nullable Origin record;

  @Nullable String client;
  @Nullable String eventId;
  Place place = Place.NOT_KNOWN;

  /** Below which offsets of the events topic the routers are done, where that was asked. */
  private final Map<Origin, Long> committed = new HashMap<>();

  /** Where an id stands among what the routers have not read; null: it was not found there. */
  @Nullable Origin unread;

  @Nullable Block block;
  final List<Row> rows = new ArrayList<>();
  @Nullable Letter letter;

  /** When the letter was settled; null: it is outstanding, or there is none. */
  @Nullable Instant settledAt;

  @Nullable Replay replay;

  /** Of the event's letters. */
  final Set<String> keys = new TreeSet<>();

  /** What the row or the record holds; null: not asked for, or not there. */
  @Nullable String payload;

  /** Who discarded the letter; null: nobody as far as is known. */
  AuditTrail.@Nullable Entry discard;

  /** When and by whom the client's data was dropped; null: it was not. */
  AuditTrail.@Nullable Entry dropped;

  final List<Trace.Found> timeline = new ArrayList<>();

  /** A sentence for each question that has no answer. */
  final List<String> unanswered = new ArrayList<>();

  /**
   * @param client whose event it is; null: not known
   * @param wantsPayload whether what the event holds is wanted
   */
  Evidence(@Nullable String client, boolean wantsPayload) {
    this.client = client;
    this.isClientGiven = client != null;
    this.wantsPayload = wantsPayload;
  }

  /** Whether the routers are known not to be done with a record. */
  boolean isUnread(Origin place) {
    Long at = committed.get(partition(place));
    return at != null && place.offset() >= at;
  }

  /** Below which offset of the record's partition the routers are done; -1: not known. */
  long committedAt(Origin place) {
    return committed.getOrDefault(partition(place), -1L);
  }

  /** Notes how far the routers are in the record's partition. */
  void committed(Origin place, long offset) {
    committed.put(partition(place), offset);
  }

  /** A record's key, or where it is if its topic's id is not known. */
  static String name(Origin origin) {
    return origin.topicId().equals(Uuid.ZERO_UUID) ? origin.toString() : origin.key();
  }

  private static Origin partition(Origin place) {
    return new Origin(place.topicId(), place.topic(), place.partition(), 0);
  }

  /** A record or a letter says whose the event is, and nobody has said so before. */
  void claims(@Nullable String claimed) {
    if (client == null) {
      client = claimed;
    }
  }

  /** What a record or a letter holds is shown where it is wanted; a row's shape is preferred. */
  void shows(byte @Nullable [] value) {
    if (wantsPayload && value != null && rows.isEmpty()) {
      payload = LetterText.payload(value, false);
    }
  }

  /** Adds a piece of evidence; keys in it are masked. */
  void found(@Nullable Instant at, String source, String what) {
    timeline.add(
        new Trace.Found(
            at == null ? null : at.truncatedTo(ChronoUnit.MILLIS), source, LetterText.line(what)));
  }
}
