package io.penstock.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.core.client.ApiKey;
import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.client.ClientMetadata;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.client.Clients;
import io.penstock.core.client.Lookup;
import io.penstock.core.client.Retention;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.Secret;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.deadletter.DeadLetters;
import io.penstock.core.deadletter.ReplaySignature;
import io.penstock.core.event.EventLimits;
import io.penstock.core.intake.EventContract;
import io.penstock.core.intake.IncomingRecord;
import io.penstock.core.kafka.CommittedOffset;
import io.penstock.core.ledger.LedgerEntry;
import io.penstock.core.metadata.TargetTable;
import io.penstock.core.metrics.Meters;
import io.penstock.delivery.insert.BlockWriter;
import io.penstock.delivery.insert.ClientBreakers;
import io.penstock.delivery.insert.InMemoryTarget;
import io.penstock.delivery.insert.Outages;
import io.penstock.delivery.insert.Routes;
import io.penstock.delivery.insert.Targets;
import io.penstock.delivery.metrics.DeliveryMetrics;
import java.net.URI;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * One stream thread's hub between Kafka's own mock clients and a ClickHouse in memory. It plays
 * Kafka Streams: {@link #startTask}, {@link #poll}, {@link #process}, {@link #commit}. A second
 * {@link #restart} on the same log stands for the next owner of the partition.
 */
final class Harness {
  static final String TOPIC = "events";
  static final String LEDGER = "ledger";
  static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);
  static final int MAX_BYTES = 1 << 20;
  static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  static final Uuid TOPIC_ID = new Uuid(17, 4);

  /** The partition of another topic, whose records are {@link Readings}. */
  static final TopicPartition READINGS = new TopicPartition("readings", 0);

  /** The topic that the consumer reads; another one once it was created anew. */
  Uuid topicId = TOPIC_ID;

  /** How many the dead-letter topic has. */
  int deadLetterPartitions = 1;

  /** When the broker appends what comes next. */
  Instant appendedAt = NOW;

  /** Where the log begins: what lies before has been deleted. */
  long begin;

  final Meters meters = new Meters();
  private final Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);
  private final DeliveryMetrics metrics =
      new DeliveryMetrics(meters, 10, Duration.ofSeconds(5), clock);
  static final ReplaySignature SIGNATURE = new ReplaySignature(Secret.of("s".repeat(32)));
  private static final ApiKeyHash KEY = ApiKeyHash.ofKey("secret");

  /** What the router takes for the time. */
  volatile long nanos;

  final InMemoryTarget clickHouse = new InMemoryTarget("default");
  final Map<String, Lookup> directory = new HashMap<>();
  private final Map<String, Deque<RuntimeException>> bugs = new HashMap<>();
  final List<String> commits = new ArrayList<>();

  /** A second target, which clients are placed on by {@link #placesElsewhere}. */
  final InMemoryTarget elsewhere = new InMemoryTarget("elsewhere");

  private static final ClickHouseConfig SOMEWHERE =
      new ClickHouseConfig(URI.create("http://elsewhere"), "default", Secret.of(""), null, null);

  static final List<TargetTable.Entry> ELSEWHERE =
      List.of(new TargetTable.Usable("elsewhere", SOMEWHERE));

  /** PostgreSQL's table of targets; if it is null, PostgreSQL is away. */
  volatile @Nullable List<TargetTable.Entry> targetRows = ELSEWHERE;

  private final Targets targets =
      new Targets(
          SOMEWHERE,
          () -> new TargetTable(SOMEWHERE, targetRows()),
          (name, config) -> name.equals("elsewhere") ? elsewhere : clickHouse,
          () -> nanos);
  final Outages outages =
      new Outages(targets, Duration.ofMillis(1), Duration.ofSeconds(60), () -> nanos);
  final ClientBreakers breakers = new ClientBreakers(() -> nanos);
  final List<String> pauses = new ArrayList<>();
  private final List<ConsumerRecord<byte[], byte[]>> log = new ArrayList<>();
  private final List<ConsumerRecord<byte[], byte[]>> delivered = new ArrayList<>();
  private final Map<TopicPartition, OffsetAndMetadata> group = new HashMap<>();
  private Optional<RuntimeException> nextCommitFails = Optional.empty();
  private boolean failedCommitLands;

  /** If false, from the next restart on dead letters wait for the test to fail them. */
  boolean deadLettersArrive = true;

  /** What the ledger's topic has, by key: of several with one key the last. */
  final Map<String, LedgerEntry> ledger = new LinkedHashMap<>();

  /** Whether the ledger's topic takes nothing. */
  boolean ledgerFails;

  /** Whether the topic takes no dead letter for its size; with {@link #deadLettersArrive} false. */
  boolean tooLarge;

  /** From the next restart on, whether the router goes on without letters that are too large. */
  boolean discardsOversize;

  /** From the next restart on, rows are gathered so long at most, at one insert a second. */
  Duration longestLinger = Duration.ZERO;

  /** Who clients are; none of them is in memory, so that each event asks. */
  private final Clients clients =
      new Clients() {
        @Override
        public Lookup lookup(String client) {
          return Harness.this.lookup(client);
        }

        @Override
        public @Nullable Lookup inMemory(String client) {
          return null;
        }

        @Override
        public boolean isInMemory(String client) {
          return true;
        }

        @Override
        public Map<String, Lookup> lookupAll(Collection<String> clients) {
          return Map.of();
        }
      };

  MockProducer<byte[], byte[]> producer = newProducer();
  Hub hub = newHub();
  MockConsumer<byte[], byte[]> mock;
  Consumer<byte[], byte[]> consumer;

  private final List<TopicPartition> partitions;

  /** The partition that is meant where none is named. */
  private final TopicPartition partition;

  Harness() {
    this(PARTITION);
  }

  /** A thread that reads these partitions. */
  Harness(TopicPartition... partitions) {
    this.partitions = List.of(partitions);
    this.partition = partitions[0];
    mock = newConsumer();
    consumer = GuardedConsumer.wrap(mock, hub);
    outages.controls(() -> pauses.add("pause"), () -> pauses.add("resume"));
    knows("acme", "globex");
  }

  void knows(String... clients) {
    for (String client : clients) {
      place(client, "default");
    }
  }

  void placesElsewhere(String client) {
    place(client, "elsewhere");
  }

  /** A client that may send so many events a minute. */
  void limits(String client, int eventsPerMinute) {
    place(client, "default", eventsPerMinute);
  }

  void place(String client, String target) {
    place(client, target, null);
  }

  private List<TargetTable.Entry> targetRows() throws SQLException {
    List<TargetTable.Entry> rows = targetRows;
    if (rows == null) {
      throw new SQLException("away", "08001");
    }
    return rows;
  }

  private void place(String client, String target, @Nullable Integer eventsPerMinute) {
    directory.put(
        client,
        new Lookup.Found(
            new ClientMetadata(
                client,
                ClientStatus.ACTIVE,
                "client_" + client,
                target,
                List.of(new ApiKey(KEY, Instant.EPOCH, null, null)),
                eventsPerMinute,
                Retention.DEFAULT)));
  }

  /** From now on a look-up of this client throws this so many times. */
  void breaksOn(String client, RuntimeException bug, int times) {
    bugs.put(client, new ArrayDeque<>(Collections.nCopies(times, bug)));
  }

  private Lookup lookup(String client) {
    RuntimeException bug = bugs.getOrDefault(client, new ArrayDeque<>()).poll();
    if (bug != null) {
      throw bug;
    }
    return directory.getOrDefault(client, new Lookup.Unknown());
  }

  // ---- the log

  /** Appends an event of a client and returns its offset. */
  long append(String client) {
    return appendRaw(event(client));
  }

  static String event(String client) {
    return "{\"client_id\":\"%s\",\"api_key_hash\":\"%s\",\"event_name\":\"click\"}"
        .formatted(client, KEY.toHex());
  }

  long appendRaw(String value) {
    return appendAt(end(partition), value);
  }

  /** Appends to a partition and returns the record's offset. */
  long appendTo(TopicPartition one, String value) {
    return append(one, end(one), value, new RecordHeaders());
  }

  private long end(TopicPartition one) {
    return log.stream()
        .filter(record -> isOf(record, one))
        .mapToLong(record -> record.offset() + 1)
        .max()
        .orElse(begin);
  }

  private static boolean isOf(ConsumerRecord<byte[], byte[]> record, TopicPartition one) {
    return record.topic().equals(one.topic()) && record.partition() == one.partition();
  }

  /** Appends at a given offset: what lies between is a transaction's marker. */
  long appendAt(long offset, String value) {
    return append(offset, value, new RecordHeaders().add("trace", new byte[] {1}));
  }

  /** Appends a record with these headers. */
  long append(long offset, String value, Headers headers) {
    return append(partition, offset, value, headers);
  }

  private long append(TopicPartition one, long offset, String value, Headers headers) {
    ConsumerRecord<byte[], byte[]> record =
        new ConsumerRecord<>(
            one.topic(),
            one.partition(),
            offset,
            appendedAt.toEpochMilli(),
            TimestampType.LOG_APPEND_TIME,
            3,
            value.length(),
            "key".getBytes(UTF_8),
            value.getBytes(UTF_8),
            headers,
            Optional.empty());
    log.add(record);
    mock.addRecord(record);
    return offset;
  }

  // ---- what Kafka Streams does

  /** The next owner of the partition: a new hub on the same log and the same group. */
  void restart() {
    delivered.clear();
    producer = newProducer();
    hub = newHub();
    mock = newConsumer();
    consumer = GuardedConsumer.wrap(mock, hub);
    log.forEach(mock::addRecord);
  }

  /** The consumer goes on at an offset, as after a pause in which the log moved on. */
  void restartConsumerAt(long offset) {
    mock.seek(partition, offset);
  }

  /** A task starts; returns what Streams sees as committed. */
  Map<TopicPartition, OffsetAndMetadata> startTask() {
    return consumer.committed(Set.copyOf(partitions));
  }

  /** Delivers what the log holds from the position on. */
  void poll() {
    consumer.poll(Duration.ZERO).forEach(delivered::add);
  }

  /** Processes the next {@code count} delivered records. */
  void process(int count) {
    for (int i = 0; i < count; i++) {
      ConsumerRecord<byte[], byte[]> record = delivered.removeFirst();
      hub.process(
          new TopicPartition(record.topic(), record.partition()),
          new IncomingRecord(
              record.offset(), record.timestamp(), record.key(), record.value(), record.headers()));
    }
  }

  /** Starts, polls once and processes everything. */
  void processAll() {
    startTask();
    poll();
    process(delivered.size());
  }

  /** Commits as Streams does, up to an offset with Streams' own metadata. */
  void commit(long offset) {
    consumer.commitSync(Map.of(partition, new OffsetAndMetadata(offset, "AgAA")));
  }

  /** Commits all partitions together, each up to its end. */
  void commitAll() {
    Map<TopicPartition, OffsetAndMetadata> ends = new HashMap<>();
    partitions.forEach(one -> ends.put(one, new OffsetAndMetadata(end(one), "AgAA")));
    consumer.commitSync(ends);
  }

  /** The group takes the partition away, and Streams has nothing to say to it. */
  void revoke() {
    mock.unsubscribe();
    consumer.subscribe(
        List.of(partition.topic()),
        new ConsumerRebalanceListener() {
          @Override
          public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}

          @Override
          public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}
        });
    mock.rebalance(List.of(partition));
    mock.rebalance(List.of());
  }

  /**
   * What the group's coordinator holds, as {@code offset metadata}; "" if nothing. The topic's id
   * reads {@code ID}.
   */
  String committed() {
    return committed(partition);
  }

  String committed(TopicPartition one) {
    OffsetAndMetadata offset = group.get(one);
    return offset == null
        ? ""
        : (offset.offset() + " " + offset.metadata().replace(TOPIC_ID.toString(), "ID")).strip();
  }

  /** The topic is deleted and created anew under its name; the consumer learns of it. */
  void recreateTopic() {
    log.clear();
    topicId = new Uuid(17, topicId.getLeastSignificantBits() + 1);
  }

  /** Kafka deletes what stands before this offset. */
  void deletedBefore(long offset) {
    log.removeIf(record -> record.offset() < offset);
    begin = offset;
    mock.updateBeginningOffsets(Map.of(partition, begin));
  }

  /** What a previous owner left with the coordinator. */
  void committedBefore(long offset, String metadata) {
    group.put(partition, new OffsetAndMetadata(offset, metadata));
    mock.commitSync(group);
    commits.clear();
  }

  /** The next commit to reach the coordinator throws, and is lost or lands nevertheless. */
  void nextCommitFails(RuntimeException failure, boolean landsNevertheless) {
    nextCommitFails = Optional.of(failure);
    failedCommitLands = landsNevertheless;
  }

  // ---- the ledger

  /** No offset moves before the ledger says what became of what lies below it. */
  private void checkLedger(TopicPartition one, OffsetAndMetadata offset) {
    Uuid id = CommittedOffset.parse(offset).topicId();
    if (id == null) {
      return; // Not a router's, but set by a test.
    }
    OffsetAndMetadata before = group.get(one);
    long start =
        before != null && CommittedOffset.parse(before).belongsTo(id) ? before.offset() : begin;
    while (start < offset.offset()) {
      LedgerEntry entry = ledger.get(one.topic() + " " + id + " " + one.partition() + " " + start);
      if (entry == null || entry.end() > offset.offset()) {
        throw new AssertionError(
            "%s moves to %d, and of %d on the ledger has %s"
                .formatted(one, offset.offset(), start, entry));
      }
      start = entry.end();
    }
  }

  /** The ledger's entries: {@code [start, end) stored + dead letters + not delivered + lost}. */
  List<String> entries() {
    return ledger.values().stream()
        .map(entry ->
            "[%d, %d) %d + %d + %d + %d"
                .formatted(
                    entry.start(),
                    entry.end(),
                    entry.stored(),
                    entry.deadLetters(),
                    entry.notDelivered(),
                    entry.lost().offsets()))
        .toList();
  }

  // ---- dead letters

  /**
   * The origins of the dead letters sent, with their reasons; the topic's id is left out where it
   * is the first one's.
   */
  List<String> deadLetters() {
    return producer.history().stream()
        .map(record ->
            new String(record.key(), UTF_8).replace(":" + TOPIC_ID, "")
                + " "
                + header(record, DeadLetterHeaders.REASON))
        .toList();
  }

  static String header(ProducerRecord<byte[], byte[]> record, String name) {
    return new String(record.headers().lastHeader(name).value(), UTF_8);
  }

  // ---- parts

  private MockProducer<byte[], byte[]> newProducer() {
    return new MockProducer<>(
        deadLettersArrive, null, new ByteArraySerializer(), new ByteArraySerializer()) {
      @Override
      public synchronized List<PartitionInfo> partitionsFor(String topic) {
        return IntStream.range(0, deadLetterPartitions)
            .mapToObj(i -> new PartitionInfo(topic, i, null, null, null))
            .toList();
      }

      @Override
      public synchronized Future<RecordMetadata> send(
          ProducerRecord<byte[], byte[]> record, Callback callback) {
        if (!record.topic().equals(LEDGER)) {
          return super.send(record, callback);
        }
        if (ledgerFails) {
          callback.onCompletion(null, new TopicAuthorizationException(LEDGER));
        } else {
          LedgerEntry entry = LedgerEntry.parse(record.value());
          // Other than in Kafka, all topics have one id here.
          ledger.put(entry.topic() + " " + new String(record.key(), UTF_8), entry);
        }
        return CompletableFuture.completedFuture(null);
      }

      @Override
      public synchronized void flush() {
        while (tooLarge && errorNext(new RecordTooLargeException("too large"))) {
          // The next one, too.
        }
        super.flush();
      }
    };
  }

  private MockConsumer<byte[], byte[]> newConsumer() {
    MockConsumer<byte[], byte[]> made =
        new MockConsumer<>("none") {
          @Override
          public synchronized void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets) {
            Optional<RuntimeException> failure = nextCommitFails;
            nextCommitFails = Optional.empty();
            if (failure.isEmpty() || failedCommitLands) {
              offsets.forEach(Harness.this::checkLedger);
              super.commitSync(offsets);
              group.putAll(offsets);
              commits.add(Harness.this.committed());
            }
            if (failure.isPresent()) {
              throw failure.get();
            }
          }
        };
    made.assign(partitions);
    partitions.forEach(one -> made.updateBeginningOffsets(Map.of(one, begin)));
    if (!group.isEmpty()) {
      made.commitSync(group);
      commits.clear();
    }
    return made;
  }

  private Hub newHub() {
    TopicLog events =
        new TopicLog() {
          @Override
          public Uuid topicId(Consumer<byte[], byte[]> consumer, String topic) {
            return topicId;
          }

          @Override
          public Uuid newestTopicId(String topic) {
            return topicId;
          }

          @Override
          public Bounds bounds(TopicPartition partition) {
            return new Bounds(begin, end(partition));
          }
        };
    BlockWriter writer =
        new BlockWriter(
            new Routes(targets, outages, breakers, System::nanoTime),
            new BlockWriter.Limits(4, Duration.ofMillis(900), 10),
            metrics);
    Supplier<Consumer<byte[], byte[]>> readers =
        () -> {
          MockConsumer<byte[], byte[]> reader =
              new MockConsumer<>("none") {
                @Override
                public synchronized void seek(TopicPartition partition, long offset) {
                  super.seek(partition, offset);
                  log.stream()
                      .filter(kept -> isOf(kept, partition) && kept.offset() >= begin)
                      .forEach(this::addRecord);
                }
              };
          for (TopicPartition one : partitions) {
            reader.updateBeginningOffsets(Map.of(one, begin));
            reader.updateEndOffsets(Map.of(one, end(one)));
          }
          return reader;
        };
    EventLimits limits = new EventLimits(1 << 20, 0, Duration.ofDays(1).toMillis());
    Outgoing outgoing = new Outgoing(producer);
    DeadLetterSender sender =
        new DeadLetterSender(
            outgoing, new DeadLetters("dead", "test"), metrics, clock, discardsOversize);
    Arrivals arrivals = new Arrivals(SIGNATURE);
    return new Hub(
        Map.of(
            TOPIC,
            new EventContract(limits, clients, () -> nanos),
            READINGS.topic(),
            new Readings()),
        arrivals,
        sender,
        new Committer(
            writer,
            outgoing,
            sender,
            new Ledger(outgoing, sender, LEDGER, "router-1", clock),
            arrivals,
            new OriginalRecords(readers, Duration.ofSeconds(5), events),
            metrics),
        new Linger(1, longestLinger, () -> nanos),
        events,
        metrics,
        clock,
        MAX_BYTES,
        () -> {});
  }

  /** The sum of a metric over all its labels, as Prometheus would be told; 0 if there is none. */
  double metric(String name) {
    return meters
        .registry()
        .scrape()
        .lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }
}
