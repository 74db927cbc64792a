package io.penstock.dlq.trace;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.Arrival;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.deadletter.OutstandingLetters;
import io.penstock.core.deadletter.ReplaySignature;
import io.penstock.core.event.Origin;
import io.penstock.core.run.CommandRun;
import io.penstock.dlq.letter.LetterText;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * What Kafka has of an event: its record, its dead letters, the replay that brought it back.
 * Methods throw a {@link org.apache.kafka.common.KafkaException} if Kafka does not answer. Not
 * thread-safe.
 */
final class KafkaTrail {
  /** So many unread records of a partition are looked through for an id. */
  private static final long MAX_UNREAD = 200_000;

  private final KafkaConfig config;
  private final EventsTopic events;
  private final Evidence found;
  private final RecordReading reading;
  private final @Nullable ReplaySignature signature;
  private final Consumer<Origin> ledger;

  /** The record that a letter is of; null: there is none. */
  private @Nullable Origin failed;

  /**
   * @param events not closed here
   * @param signature null: no replay can be proven
   * @param ledger asks the ledger about a replay
   */
  KafkaTrail(
      KafkaConfig config,
      EventsTopic events,
      Evidence found,
      RecordReading reading,
      @Nullable ReplaySignature signature,
      Consumer<Origin> ledger) {
    this.config = config;
    this.events = events;
    this.found = found;
    this.reading = reading;
    this.signature = signature;
    this.ledger = ledger;
  }

  /** The record that a letter is of, once letters were asked for; null: there is none. */
  @Nullable Origin failed() {
    return failed;
  }

  /** The record that was asked for. */
  void askRecord() {
    Origin place = found.record;
    if (place == null) {
      return;
    }
    found.ids.add(place.eventId()); // An event without an id has this one.
    if (!place.topicId().equals(events.topicId()) || !place.topic().equals(config.eventsTopic())) {
      found.place = Evidence.Place.OTHER_TOPIC;
      found.found(null, "Kafka", "the topic of this id is not there any more");
      return;
    }
    if (place.partition() >= events.partitions()) {
      found.place = Evidence.Place.AHEAD_OF_THE_LOG;
      found.found(
          null, "Kafka", "%s has %d partitions".formatted(place.topic(), events.partitions()));
      return;
    }
    long begin = events.begin(place.partition());
    long end = events.end(place.partition());
    askCommitted(place);
    if (place.offset() >= end) {
      found.place = Evidence.Place.AHEAD_OF_THE_LOG;
      found.found(null, "Kafka", "the partition ends before offset %,d".formatted(end));
    } else if (place.offset() < begin) {
      found.place = Evidence.Place.BEHIND_THE_LOG;
      found.found(
          null, "Kafka", "has deleted the record: the partition begins at %,d".formatted(begin));
    } else {
      ConsumerRecord<byte[], byte[]> record = events.record(place.partition(), place.offset());
      if (record == null) {
        found.place = Evidence.Place.NO_RECORD;
        found.found(null, "Kafka", "keeps no record at this offset");
      } else {
        found.place = Evidence.Place.THERE;
        note(place, record);
      }
    }
  }

  private void askCommitted(Origin place) {
    long committed = events.committed(place.partition());
    if (found.committedAt(place) < 0) {
      found.committed(place, committed);
      found.found(
          null,
          "routers",
          committed == 0
              ? "have committed nothing in partition %d".formatted(place.partition())
              : "are at %,d in partition %d".formatted(committed, place.partition()));
    }
  }

  private void note(Origin place, ConsumerRecord<byte[], byte[]> record) {
    Instant at = Instant.ofEpochMilli(record.timestamp());
    RecordReading.Read read = reading.read(record);
    found.found(at, "Kafka", "the broker took %s: %s".formatted(place, read.text()));
    found.claims(read.client());
    Arrival arrival =
        Arrival.of(place, record.timestamp(), record.headers(), record.value(), signature);
    UUID id = read.eventId() == null ? arrival.origin().eventId() : read.eventId();
    found.ids.add(id);
    found.eventId = id.toString();
    if (!arrival.origin().equals(place) || Arrival.isClaimed(record.headers())) {
      found.found(
          at,
          "Kafka",
          arrival.proven() && arrival.replay() != null
              ? "it is a replay (%s) of %s"
                  .formatted(arrival.replay(), Evidence.name(arrival.origin()))
              : "it says that it is a replay, which its signature does not prove here");
      if (arrival.isReplay()) {
        found.origin = arrival.origin();
        found.places.add(arrival.origin());
      }
    }
    found.shows(record.value());
  }

  /** The event's letters, and what brought it back. */
  void askLetters() {
    LetterHistory history = new LetterHistory(found.places, found.ids, this::note);
    new OutstandingLetters(config, _ -> false, _ -> CommandRun.current().checkpoint())
        .history(history);
    found.keys.addAll(history.keys());
    for (LetterHistory.Settled last : history.last()) {
      DeadLetter letter = last.letter();
      if (letter != null) {
        found.letter =
            new Evidence.Letter(
                LetterText.origin(letter),
                Objects.toString(letter.text(DeadLetterHeaders.REASON), "-"),
                letter.failedAt().truncatedTo(ChronoUnit.MILLIS));
      } else {
        found.settledAt = Instant.ofEpochMilli(last.record().timestamp());
        askReplay(last);
      }
    }
  }

  private void note(LetterHistory.Settled one) {
    DeadLetter letter = one.letter();
    if (letter == null) {
      found.found(
          Instant.ofEpochMilli(one.record().timestamp()),
          "dead letters",
          "the dead letter %s was settled (replayed or discarded)".formatted(one.key()));
      return;
    }
    Arrival lineage = letter.lineage();
    if (lineage != null) {
      if (found.origin == null) {
        found.origin = lineage.origin();
      }
      found.places.add(lineage.origin());
    }
    failed = letter.record();
    if (failed != null) {
      found.places.add(failed);
    }
    found.shows(letter.value());
    found.claims(letter.text(DeadLetterHeaders.CLIENT));
    RecordReading.Read read = reading.read(one.record());
    UUID id = read.eventId();
    if (id == null && lineage != null) {
      id = lineage.origin().eventId();
    }
    if (id != null) {
      found.ids.add(id);
      found.eventId = found.eventId == null ? id.toString() : found.eventId;
    }
    String replay = letter.text(DeadLetterHeaders.REPLAY);
    found.found(
        letter.failedAt(),
        "dead letters",
        "failed, attempt %s, of client %s: %s, %s (%s)%s"
            .formatted(
                LetterText.line(letter.text(DeadLetterHeaders.ATTEMPT)),
                LetterText.line(letter.text(DeadLetterHeaders.CLIENT)),
                LetterText.line(letter.text(DeadLetterHeaders.REASON)),
                LetterText.line(letter.text(DeadLetterHeaders.DETAIL)),
                LetterText.origin(letter),
                replay == null ? "" : ", brought by replay " + replay));
  }

  /** A replay's event and the tombstone of its letter are of one transaction. */
  private void askReplay(LetterHistory.Settled tombstone) {
    Origin origin = found.origin;
    if (origin == null
        || !origin.topic().equals(config.eventsTopic())
        || origin.partition() >= events.partitions()) {
      return;
    }
    ConsumerRecord<byte[], byte[]> record =
        events.about(
            Instant.ofEpochMilli(tombstone.record().timestamp()),
            origin.partition(),
            candidate -> isReplayOf(origin, candidate));
    if (record == null) {
      return;
    }
    Origin place = events.at(record.partition(), record.offset());
    found.places.add(place);
    found.replay = new Evidence.Replay(place, Instant.ofEpochMilli(record.timestamp()));
    found.found(Instant.ofEpochMilli(record.timestamp()), "Kafka", "it was replayed as " + place);
    String client = reading.read(record).client();
    if (client != null && !found.isClientGiven) {
      found.client = client; // A correction may have changed it.
    }
    askCommitted(place);
    if (found.block == null) {
      ledger.accept(place);
    }
  }

  private boolean isReplayOf(Origin origin, ConsumerRecord<byte[], byte[]> record) {
    if (!Arrival.isClaimed(record.headers())) {
      return false;
    }
    Origin here = events.at(record.partition(), record.offset());
    Arrival arrival =
        Arrival.of(here, record.timestamp(), record.headers(), record.value(), signature);
    return arrival.origin().equals(origin) && (arrival.proven() || signature == null);
  }

  /** When the broker had what an id led to, if it still has the record. */
  void askFirstRecord() {
    Origin place = found.origin;
    if (place != null
        && place.topicId().equals(events.topicId())
        && place.partition() < events.partitions()
        && place.offset() >= events.begin(place.partition())
        && place.offset() < events.end(place.partition())) {
      ConsumerRecord<byte[], byte[]> record = events.record(place.partition(), place.offset());
      if (record != null) {
        note(place, record);
      }
    }
  }

  /** Looks for the event among what the routers have not read. */
  void askUnread() {
    for (int partition = 0; partition < events.partitions(); partition++) {
      long from = Math.max(events.committed(partition), events.begin(partition));
      long end = events.end(partition);
      long to = Math.min(end, from + MAX_UNREAD);
      ConsumerRecord<byte[], byte[]> record =
          events.first(partition, from, to, one -> isOfEvent(one));
      if (record != null) {
        Origin place = events.at(partition, record.offset());
        found.unread = place;
        found.origin = place;
        askCommitted(place);
        note(place, record);
        return;
      }
      if (to < end) {
        found.unanswered.add(
            "The routers are at %,d in partition %d, whose end is %,d: only %,d of what they have not read were looked through"
                .formatted(from, partition, end, MAX_UNREAD));
      }
    }
    found.found(null, "Kafka", "no record that the routers have not read has this id");
  }

  private boolean isOfEvent(ConsumerRecord<byte[], byte[]> record) {
    UUID id = reading.read(record).eventId();
    Origin here = events.at(record.partition(), record.offset());
    return id == null ? found.ids.contains(here.eventId()) : found.ids.contains(id);
  }
}
