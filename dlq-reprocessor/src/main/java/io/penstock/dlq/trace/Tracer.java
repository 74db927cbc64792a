package io.penstock.dlq.trace;

import com.zaxxer.hikari.HikariDataSource;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.ConfigKeys;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.config.PostgresConfig;
import io.penstock.core.config.Secret;
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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Asks everybody who may know what became of one event: Kafka, the ledger, the dead-letter topic,
 * the client's table and the audit log. Each is asked within the command's patience; who does not
 * answer is noted, and the others are asked. Changes nothing. One event each; not thread-safe.
 */
public final class Tracer {
  private final Config config;
  private final HikariDataSource postgres;
  private final Consumer<String> notice;
  private final Evidence found;
  private final WarehouseTrail warehouse;

  /** By id; null: PostgreSQL did not answer. */
  private @Nullable Map<String, ClientRow> clients;

  private TargetTable targets;

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
   * @param client whose event it is; null: not known
   * @param payload whether what the event holds is wanted
   * @param notice told what takes long
   */
  public Tracer(
      Config config,
      HikariDataSource postgres,
      @Nullable String client,
      boolean payload,
      Consumer<String> notice) {
    this.config = config;
    this.postgres = postgres;
    this.notice = notice;
    this.found = new Evidence(client, payload);
    this.warehouse = new WarehouseTrail(config, found, notice);
    this.targets = new TargetTable(config.clickHouse(), List.of());
  }

  /**
   * Finds out.
   *
   * @throws CommandFailure of wrong use if there is no such client, or the place is of a topic that
   *     is not the events topic and has no id
   */
  public Trace trace(Asked asked) {
    askPostgres();
    try (EventsTopic events = open()) {
      begin(asked, events);
      KafkaTrail kafka = events == null ? null : trail(events);
      askKafka("the record", kafka, KafkaTrail::askRecord);
      warehouse.askLedger(found.record);
      notice.accept("Reading the dead-letter topic ...");
      askKafka("its dead letter", kafka, KafkaTrail::askLetters);
      if (found.block == null && found.record == null && kafka != null) {
        warehouse.askLedger(kafka.failed());
      }
      if (clients != null) {
        warehouse.askRows(clients, targets);
      }
      if (found.record == null) {
        boolean isNowhere = found.rows.isEmpty() && found.letter == null;
        askKafka(
            isNowhere ? "what the routers have not read" : "its record",
            kafka,
            isNowhere ? KafkaTrail::askUnread : KafkaTrail::askFirstRecord);
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
        origin == null ? null : Evidence.name(origin),
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

  private KafkaTrail trail(EventsTopic events) {
    Secret secret = config.replaySecret();
    return new KafkaTrail(
        config.kafka(),
        events,
        found,
        new RecordReading(config.limits()),
        secret == null ? null : new ReplaySignature(secret),
        warehouse::askLedger);
  }

  private void askKafka(String about, @Nullable KafkaTrail kafka, Consumer<KafkaTrail> question) {
    if (kafka != null) {
      try {
        question.accept(kafka);
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
        found.ids.add(id);
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
        found.places.add(place);
      }
    }
  }

  // ---- PostgreSQL

  private void askPostgres() {
    String client = found.client;
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
}
