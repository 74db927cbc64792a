package io.penstock.dlq.trace;

import com.zaxxer.hikari.HikariDataSource;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.client.ClientRules;
import io.penstock.core.client.KeyMask;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.ConfigKeys;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.config.PostgresConfig;
import io.penstock.core.config.Secret;
import io.penstock.core.deadletter.Arrival;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.deadletter.OutstandingLetters;
import io.penstock.core.deadletter.ReplaySignature;
import io.penstock.core.event.EventLimits;
import io.penstock.core.event.Origin;
import io.penstock.core.metadata.ClientRow;
import io.penstock.core.metadata.ClientsTable;
import io.penstock.core.metadata.TargetTable;
import io.penstock.core.run.CommandRun;
import io.penstock.dlq.letter.LetterText;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Asks everybody who may know what became of one event: Kafka, the ledger, the dead-letter topic,
 * the client's table and the audit log. Each is asked within the command's patience; who does not
 * answer is noted, and the others are asked. Changes nothing. One event each; not thread-safe.
 */
public final class Tracer {
  /** So many unread records of a partition are looked through for an id. */
  private static final long MAX_UNREAD = 200_000;

  private final Config config;
  private final HikariDataSource postgres;
  private final Consumer<String> notice;
  private final @Nullable ReplaySignature signature;
  private final RecordReading reading;
  private final Evidence found = new Evidence();
  private final Set<UUID> ids = new LinkedHashSet<>();
  private final Set<Origin> places = new LinkedHashSet<>();

  /** By id; null: PostgreSQL did not answer. */
  private @Nullable Map<String, ClientRow> clients;

  private TargetTable targets;

  /** The record that a letter is of; null: there is none. */
  private @Nullable Origin failed;

  private boolean isClientGiven;
  private boolean wantsPayload;

  /**
   * What the command needs of the configuration.
   *
   * @param routers the routers' consumer group
   * @param replaySecret null: no replay can be proven
   */
  public record Config(
      KafkaConfig kafka,
      String routers,
      PostgresConfig postgres,
      ClickHouseConfig clickHouse,
      String ledgerDatabase,
      EventLimits limits,
      @Nullable Secret replaySecret) {
    /** Reads the keys. */
    public static Config from(ConfigReader reader) {
      return new Config(
          KafkaConfig.from(reader),
          reader.get(ConfigKeys.ROUTER_APPLICATION_ID),
          PostgresConfig.from(reader),
          ClickHouseConfig.from(reader),
          reader.get(ConfigKeys.LEDGER_DATABASE),
          EventLimits.from(reader),
          reader.find(ConfigKeys.REPLAY_SECRET));
    }
  }

  /**
   * @param postgres as the configuration says; not closed here
   * @param notice told what takes long
   */
  public Tracer(Config config, HikariDataSource postgres, Consumer<String> notice) {
    this.config = config;
    this.postgres = postgres;
    this.notice = notice;
    this.reading = new RecordReading(config.limits());
    this.targets = new TargetTable(config.clickHouse(), List.of());
    Secret secret = config.replaySecret();
    this.signature = secret == null ? null : new ReplaySignature(secret);
  }

  /**
   * Finds out.
   *
   * @param client whose event it is; null: not known
   * @param payload whether what the event holds is wanted
   * @throws CommandFailure of wrong use if there is no such client, or the place is of a topic that
   *     is not the events topic and has no id
   */
  public Trace trace(Asked asked, @Nullable String client, boolean payload) {
    found.client = client;
    isClientGiven = client != null;
    wantsPayload = payload;
    askPostgres(client);
    try (EventsTopic events = open()) {
      begin(asked, events);
      askKafka("the record", events, this::askEvents);
      askLedger(found.record);
      askKafka("its dead letter", events, this::askLetters);
      if (found.block == null && found.record == null) {
        askLedger(failed);
      }
      askRows();
      if (found.record == null) {
        boolean isNowhere = found.rows.isEmpty() && found.letter == null;
        askKafka(
            isNowhere ? "what the routers have not read" : "its record",
            events,
            isNowhere ? this::askUnread : this::askFirstRecord);
      }
    }
    askAudit();
    Verdict verdict = Verdict.of(found);
    List<Trace.Found> evidence = new ArrayList<>(found.timeline);
    evidence.sort(
        Comparator.comparing(Trace.Found::at, Comparator.nullsLast(Comparator.naturalOrder())));
    Origin origin = found.origin;
    return new Trace(
        verdict.name(),
        LetterText.line(verdict.sentence()),
        found.eventId,
        found.client,
        origin == null ? null : name(origin),
        evidence,
        found.payload,
        found.unanswered);
  }

  private @Nullable EventsTopic open() {
    try {
      return new EventsTopic(config.kafka(), config.routers());
    } catch (KafkaException e) {
      unasked("the record, its dead letter and the routers' offsets", e);
      return null;
    }
  }

  private void askKafka(
      String about, @Nullable EventsTopic events, Consumer<EventsTopic> question) {
    if (events != null) {
      try {
        question.accept(events);
      } catch (KafkaException e) {
        unasked(about, e);
      }
    }
  }

  private void unasked(String about, KafkaException e) {
    found.unanswered.add(
        "Kafka at %s was not asked for %s: %s"
            .formatted(config.kafka().bootstrapServers(), about, e.getMessage()));
  }

  private void begin(Asked asked, @Nullable EventsTopic events) {
    switch (asked) {
      case Asked.ById(UUID id) -> {
        ids.add(id);
        found.eventId = id.toString();
      }
      case Asked.AtPlace(String topic, Uuid given, int partition, long offset) -> {
        boolean isEvents = topic.equals(config.kafka().eventsTopic());
        if (given == null && !isEvents) {
          throw CommandFailure.usage(
              "\"%s\" is not the events topic, which is \"%s\"; of a topic from before, give its id too: TOPIC:TOPIC_ID-PARTITION-OFFSET"
                  .formatted(LetterText.line(topic), config.kafka().eventsTopic()));
        }
        Uuid now = events == null ? Uuid.ZERO_UUID : events.topicId();
        Origin place = new Origin(given == null ? now : given, topic, partition, offset);
        found.record = place;
        found.origin = place;
        places.add(place);
      }
    }
  }

  // ---- PostgreSQL

  private void askPostgres(@Nullable String client) {
    try (Connection connection = postgres.getConnection()) {
      Map<String, ClientRow> all = new TreeMap<>();
      ClientsTable.list(connection).forEach(row -> all.put(row.clientId(), row));
      if (client != null && !all.containsKey(client)) {
        throw CommandFailure.usage("--client: " + ClientsTable.unknown(connection, client));
      }
      clients = all;
      targets =
          TargetTable.read(connection, config.clickHouse(), CommandRun.current().environment());
    } catch (SQLException e) {
      found.unanswered.add(
          "PostgreSQL at %s was not asked for clients, and so no client's table either: %s"
              .formatted(config.postgres().url(), e.getMessage()));
    }
  }

  private void askAudit() {
    if (clients == null) {
      return;
    }
    try (Connection connection = postgres.getConnection()) {
      askAudit(connection);
    } catch (SQLException e) {
      found.unanswered.add(
          "PostgreSQL at %s was not asked for the audit log: %s"
              .formatted(config.postgres().url(), e.getMessage()));
    }
  }

  private void askAudit(Connection connection) throws SQLException {
    for (AuditTrail.Entry edit : AuditTrail.edits(connection, List.copyOf(found.keys))) {
      found.found(edit.at(), "audit log", edit.actor() + " corrected it (dlq edit)");
    }
    Instant settled = found.settledAt;
    if (settled != null) {
      List<AuditTrail.Entry> during =
          AuditTrail.during(connection, found.client, settled).stream()
              .filter(entry -> entry.mayMean(found.keys))
              .toList();
      for (AuditTrail.Entry entry : during) {
        found.found(
            entry.at(),
            "audit log",
            "%s by %s, under way when the letter was settled: %s"
                .formatted(entry.action(), entry.actor(), entry.detail()));
      }
      if (!during.isEmpty()
          && found.replay == null
          && during.stream().allMatch(AuditTrail.Entry::isDiscard)) {
        found.discard = during.getFirst();
      }
    }
    String client = found.client;
    AuditTrail.Entry dropped = client == null ? null : AuditTrail.dropped(connection, client);
    if (dropped != null) {
      found.dropped = dropped;
      found.found(
          dropped.at(),
          "audit log",
          "client %s was dropped by %s: %s".formatted(client, dropped.actor(), dropped.detail()));
    }
  }

  // ---- Kafka

  private void askEvents(EventsTopic events) {
    Origin place = found.record;
    if (place == null) {
      return;
    }
    ids.add(place.eventId()); // An event without an id has this one.
    if (!place.topicId().equals(events.topicId())
        || !place.topic().equals(config.kafka().eventsTopic())) {
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
    askCommitted(events, place);
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

  private void askCommitted(EventsTopic events, Origin place) {
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
    claims(read.client());
    Arrival arrival =
        Arrival.of(place, record.timestamp(), record.headers(), record.value(), signature);
    UUID id = read.eventId() == null ? arrival.origin().eventId() : read.eventId();
    ids.add(id);
    found.eventId = id.toString();
    if (!arrival.origin().equals(place) || Arrival.isClaimed(record.headers())) {
      found.found(
          at,
          "Kafka",
          arrival.proven() && arrival.replay() != null
              ? "it is a replay (%s) of %s".formatted(arrival.replay(), name(arrival.origin()))
              : "it says that it is a replay, which its signature does not prove here");
      if (arrival.isReplay()) {
        found.origin = arrival.origin();
        places.add(arrival.origin());
      }
    }
    shows(record.value());
  }

  private void shows(byte @Nullable [] value) {
    if (wantsPayload && value != null && found.rows.isEmpty()) {
      found.payload = LetterText.payload(value, false);
    }
  }

  private void claims(@Nullable String client) {
    if (found.client == null && client != null) {
      found.client = client;
    }
  }

  private void askLetters(EventsTopic events) {
    notice.accept("Reading the dead-letter topic ...");
    LetterHistory history = new LetterHistory(places, ids, this::note);
    new OutstandingLetters(config.kafka(), _ -> false, _ -> CommandRun.current().checkpoint())
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
        askReplay(events, last);
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
      places.add(lineage.origin());
    }
    failed = letter.record();
    if (failed != null) {
      places.add(failed);
    }
    shows(letter.value());
    claims(letter.text(DeadLetterHeaders.CLIENT));
    RecordReading.Read read = reading.read(one.record());
    UUID id = read.eventId();
    if (id == null && lineage != null) {
      id = lineage.origin().eventId();
    }
    if (id != null) {
      ids.add(id);
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
  private void askReplay(EventsTopic events, LetterHistory.Settled tombstone) {
    Origin origin = found.origin;
    if (origin == null
        || !origin.topic().equals(config.kafka().eventsTopic())
        || origin.partition() >= events.partitions()) {
      return;
    }
    ConsumerRecord<byte[], byte[]> record =
        events.about(
            Instant.ofEpochMilli(tombstone.record().timestamp()),
            origin.partition(),
            candidate -> isReplayOf(origin, events, candidate));
    if (record == null) {
      return;
    }
    Origin place = events.at(record.partition(), record.offset());
    places.add(place);
    found.replay = new Evidence.Replay(place, Instant.ofEpochMilli(record.timestamp()));
    found.found(Instant.ofEpochMilli(record.timestamp()), "Kafka", "it was replayed as " + place);
    String client = reading.read(record).client();
    if (client != null && !isClientGiven) {
      found.client = client; // A correction may have changed it.
    }
    askCommitted(events, place);
    if (found.block == null) {
      askLedger(place);
    }
  }

  private boolean isReplayOf(
      Origin origin, EventsTopic events, ConsumerRecord<byte[], byte[]> record) {
    if (!Arrival.isClaimed(record.headers())) {
      return false;
    }
    Origin here = events.at(record.partition(), record.offset());
    Arrival arrival =
        Arrival.of(here, record.timestamp(), record.headers(), record.value(), signature);
    return arrival.origin().equals(origin) && (arrival.proven() || signature == null);
  }

  /** When the broker had what an id led to, if it still has the record. */
  private void askFirstRecord(EventsTopic events) {
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

  private void askUnread(EventsTopic events) {
    for (int partition = 0; partition < events.partitions(); partition++) {
      long from = Math.max(events.committed(partition), events.begin(partition));
      long end = events.end(partition);
      long to = Math.min(end, from + MAX_UNREAD);
      ConsumerRecord<byte[], byte[]> record =
          events.first(partition, from, to, one -> isOfEvent(events, one));
      if (record != null) {
        Origin place = events.at(partition, record.offset());
        found.unread = place;
        found.origin = place;
        askCommitted(events, place);
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

  private boolean isOfEvent(EventsTopic events, ConsumerRecord<byte[], byte[]> record) {
    UUID id = reading.read(record).eventId();
    Origin here = events.at(record.partition(), record.offset());
    return id == null ? ids.contains(here.eventId()) : ids.contains(id);
  }

  // ---- ClickHouse

  private void askLedger(@Nullable Origin place) {
    if (place == null
        || config.kafka().ledgerTopic() == null
        || place.topicId().equals(Uuid.ZERO_UUID)) {
      return;
    }
    try (StoredRows server = new StoredRows(config.clickHouse())) {
      Evidence.Block block = server.block(config.ledgerDatabase(), place);
      if (block == null) {
        found.found(
            null,
            "ledger",
            "has no entry of %s (one comes some seconds after its block; those of earlier releases have none)"
                .formatted(place));
        return;
      }
      found.block = block;
      if (found.client == null && block.deadLetters() == 0 && block.clients().size() == 1) {
        claims(block.clients().getFirst().isEmpty() ? null : block.clients().getFirst());
      }
      found.found(
          block.writtenAt(),
          "ledger",
          "the block %,d to %,d was completed by router %s: %,d records stored, %,d dead letters, %,d offsets without a record, %,d lost"
              .formatted(
                  block.start(),
                  block.end() - 1,
                  block.router(),
                  block.stored(),
                  block.deadLetters(),
                  block.notDelivered(),
                  block.lost()));
    } catch (StoredRows.Unasked e) {
      found.unanswered.add("The ledger was not asked: " + e.getMessage());
    }
  }

  private void askRows() {
    Map<String, ClientRow> all = clients;
    if (all == null) {
      return;
    }
    Collection<ClientRow> candidates = candidates(all);
    askRows(candidates);
    // A correction may have made it another client's.
    List<ClientRow> others =
        all.values().stream().filter(client -> !candidates.contains(client)).toList();
    if (found.rows.isEmpty() && found.settledAt != null && !isClientGiven && !others.isEmpty()) {
      askRows(others);
    }
  }

  private void askRows(Collection<ClientRow> candidates) {
    Map<String, SequencedMap<String, String>> byTarget = new TreeMap<>();
    for (ClientRow client : candidates) {
      String odd = ClientRules.databaseProblem(client.database());
      if (odd != null) {
        found.unanswered.add("Client %s was not asked: %s".formatted(client.clientId(), odd));
      } else if (client.provisioned()) {
        byTarget
            .computeIfAbsent(client.target(), _ -> new LinkedHashMap<>())
            .put(client.clientId(), client.database());
      }
    }
    if (candidates.size() > 1) {
      notice.accept(
          "Looking for it in the tables of %,d clients, a column of each; --client ID is quicker ..."
              .formatted(candidates.size()));
    }
    int unanswered = found.unanswered.size();
    byTarget.forEach(this::askRows);
    if (found.rows.isEmpty() && found.unanswered.size() == unanswered) {
      found.found(
          null,
          "ClickHouse",
          "no row of it in the tables of %s"
              .formatted(
                  candidates.size() == 1
                      ? "client " + candidates.iterator().next().clientId()
                      : "%,d clients".formatted(candidates.size())));
    }
  }

  /** Whose event it may be. */
  private Collection<ClientRow> candidates(Map<String, ClientRow> all) {
    String client = found.client;
    if (client != null) {
      ClientRow known = all.get(client);
      return known == null ? all.values() : List.of(known);
    }
    Evidence.Block block = found.block;
    if (block != null && !block.clients().contains("")) {
      return block.clients().stream().flatMap(id -> Stream.ofNullable(all.get(id))).toList();
    }
    return all.values();
  }

  private void askRows(String target, SequencedMap<String, String> databases) {
    switch (targets.find(target)) {
      case TargetTable.Usable(String _, ClickHouseConfig server) -> {
        try (StoredRows rows = new StoredRows(server)) {
          rows.find(databases, new StoredRows.Wanted(ids, places), wantsPayload)
              .forEach(this::note);
        } catch (StoredRows.Unasked e) {
          found.unanswered.add(
              "The tables of %,d clients on the target \"%s\" were not asked: %s"
                  .formatted(databases.size(), target, e.getMessage()));
        }
      }
      case TargetTable.Unusable(String _, String problem) ->
          found.unanswered.add("The target \"%s\" was not asked: %s".formatted(target, problem));
      case TargetTable.Missing missing ->
          found.unanswered.add("Not all tables were asked: " + missing.problem());
    }
  }

  private void note(Evidence.Row row) {
    found.rows.add(row);
    found.client = row.client();
    found.eventId = row.eventId();
    found.origin = found.origin == null ? row.source() : found.origin;
    found.found(
        row.ingestedAt(),
        "ClickHouse",
        "a row in %s.events_base, event %s, received %s, from record %s"
            .formatted(row.database(), row.eventId(), row.receivedAt(), row.source()));
    if (wantsPayload) {
      found.payload = KeyMask.mask(row.payload());
    }
    if (found.block == null) {
      askLedger(row.source());
    }
  }

  private static String name(Origin origin) {
    return origin.topicId().equals(Uuid.ZERO_UUID) ? origin.toString() : origin.key();
  }
}
