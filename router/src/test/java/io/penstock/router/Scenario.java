package io.penstock.router;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.clickhouse.client.api.ClickHouseException;
import io.penstock.core.cli.Home;
import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.client.Retention;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.ConfigSource;
import io.penstock.core.config.DataSize;
import io.penstock.core.metadata.PostgresConnections;
import io.penstock.core.metadata.Sql;
import io.penstock.local.count.DeadLetterCount;
import io.penstock.local.count.StoredEvents;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.Setup;
import io.penstock.provisioning.account.Account;
import io.penstock.provisioning.account.Span;
import io.penstock.provisioning.client.CreateOutcome;
import io.penstock.provisioning.client.NewClient;
import io.penstock.provisioning.client.ProvisionOutcome;
import io.penstock.provisioning.doctor.Doctor;
import io.penstock.provisioning.doctor.Finding;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.schema.Migration;
import io.penstock.provisioning.target.ClickHouseServer;
import io.penstock.testkit.Secrets;
import io.penstock.testkit.SharedStack;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One test's own topics, consumer group and clients on the shared stack, and the account of what it
 * sent. It ends with {@link #settle}: sent = stored + dead letters, none lost, none twice.
 */
final class Scenario implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Scenario.class);
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  static final Path HOME = Path.of(System.getProperty("penstock.home", ".."));
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** After which a silent router is replaced. */
  static final int SESSION_MILLIS = 2_000;

  /** With these the group soon notices that a router is gone. */
  private static final Map<String, String> QUICK_SESSION =
      Map.of(
          "penstock.kafka.property.session.timeout.ms",
          Integer.toString(SESSION_MILLIS),
          "penstock.kafka.property.heartbeat.interval.ms",
          "500");

  final Map<String, String> properties = new LinkedHashMap<>();
  final RouterConfig config;
  final ProvisioningApp provisioning;
  final StoredEvents stored;
  private final long run = UUID.randomUUID().getMostSignificantBits();
  private final KafkaProducer<byte[], byte[]> producer;
  private final List<String> databases = new ArrayList<>();
  private final Map<String, String> keyHashes = new HashMap<>();
  private final Map<String, Long> expectedStored = new TreeMap<>();
  private final Map<String, Long> expectedDead = new TreeMap<>();

  /** Clients whose database was dropped: since then an event is stored or parked. */
  private final Set<String> troubled = new TreeSet<>();

  private final Map<String, Integer> faults = new TreeMap<>();
  private final AtomicReference<@Nullable Exception> sendFailure = new AtomicReference<>();
  private final long began = System.nanoTime();
  private String about = "";
  private long sent;

  /** Of these, what was stored and went with its database. */
  private long dropped;

  /**
   * @param stack how to reach the parts; settings of the router may be among them
   */
  Scenario(Map<String, String> stack) {
    String name = "t" + UUID.randomUUID().toString().substring(0, 8);
    properties.putAll(stack);
    properties.put("penstock.topic.events", name + "-events");
    properties.put("penstock.topic.dead.letters", name + "-dead");
    properties.put("penstock.ledger", "on");
    properties.put("penstock.topic.ledger", name + "-ledger");
    properties.putIfAbsent("penstock.topic.events.partitions", "4");
    properties.put("penstock.topic.replication.factor", "1");
    properties.put("penstock.router.application.id", name);
    properties.put("penstock.http.port", "0");
    properties.putIfAbsent("penstock.router.flush.interval", "200ms");
    QUICK_SESSION.forEach(properties::putIfAbsent);
    Secrets.ofProcess(properties);
    // How the ids of its events begin.
    Secrets.ofClient(new UUID(run, 0).toString().substring(0, 19));
    config = ConfigReader.load(ConfigSource.of(properties), RouterConfig::from).config();
    var _ = Setup.createTopics(config.kafka());
    var _ = Setup.migrateMetadata(config.postgres(), HOME);
    createLedger();
    provisioning = new ProvisioningApp(jobs(), "test");
    stored = new StoredEvents(config.clickHouse());
    Map<String, Object> settings = config.kafka().clientProperties();
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 5);
    // Longer than Kafka is away in any test.
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, PATIENCE.toMillis());
    producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private void createLedger() {
    try {
      var _ =
          Setup.createLedger(
              new ClickHouseServer(config.clickHouse()), config.ledgerDatabase(), HOME);
    } catch (SQLException | IOException failed) {
      throw new AssertionError(failed);
    }
  }

  /** What configures jobs. */
  ProvisioningApp.Config jobs() {
    return ConfigReader.load(ConfigSource.of(properties), ProvisioningApp.Config::from).config();
  }

  static Scenario onSharedStack() {
    return new Scenario(SharedStack.start());
  }

  // ---- clients

  /** Creates a pending client whose id is made unique, and returns that id. */
  String create(String name) {
    return create(name, Retention.DEFAULT);
  }

  private String create(String name, Retention retention) {
    return create(name, ClickHouseConfig.TARGET, retention);
  }

  /** The same on another target, which need not be there. */
  String create(String name, String target) {
    return create(name, target, Retention.DEFAULT);
  }

  private synchronized String create(String name, String target, Retention retention) {
    String id = name + "-" + UUID.randomUUID().toString().substring(0, 8);
    try {
      CreateOutcome outcome =
          provisioning
              .registry()
              .create(new NewClient(id, id, null, target, retention, null, null));
      assertThat(outcome).isInstanceOf(CreateOutcome.Created.class);
      CreateOutcome.Created created = (CreateOutcome.Created) outcome;
      Secrets.ofClient(created.apiKey().reveal());
      Secrets.ofClient(created.apiKeyHash().toHex());
      keyHashes.put(id, created.apiKeyHash().toHex());
    } catch (SQLException failed) {
      throw new AssertionError(failed);
    }
    return id;
  }

  /** Changes PostgreSQL's tables behind the jobs' back. */
  void metadata(String sql, Object... values) {
    try (Connection connection =
            PostgresConnections.connect(config.postgres(), "test", Duration.ofSeconds(30));
        PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      int _ = statement.executeUpdate();
    } catch (SQLException failed) {
      throw new AssertionError(failed);
    }
  }

  /** Leaves nothing of the canary, which others would provision, examine and list. */
  void forgetCanary() {
    for (String table : new String[] {"jobs", "schema_versions", "api_keys", "clients"}) {
      metadata("DELETE FROM %s WHERE client_id = 'penstock-canary'".formatted(table));
    }
    String _ = sql("DROP DATABASE IF EXISTS client_penstock_canary SYNC");
  }

  /** The hashes of a client's keys, whoever made them. */
  List<String> keyHashesOf(String client) {
    try (Connection connection =
        PostgresConnections.connect(config.postgres(), "test", Duration.ofSeconds(30))) {
      return Sql.query(
          connection,
          "SELECT api_key_hash FROM api_keys WHERE client_id = ?",
          row -> row.getString(1),
          client);
    } catch (SQLException failed) {
      throw new AssertionError(failed);
    }
  }

  /** Makes a client active and returns its database. */
  synchronized String provision(String id) {
    try {
      ProvisionOutcome outcome = provisioning.provisioner(Migration.folder(HOME)).provision(id);
      assertThat(outcome).isNotInstanceOf(ProvisionOutcome.Failed.class);
    } catch (IOException | SQLException failed) {
      throw new AssertionError(failed);
    }
    String database = database(id);
    databases.add(database);
    return database;
  }

  String activeClient(String name) {
    return activeClient(name, Retention.DEFAULT.days());
  }

  String activeClient(String name, int retentionDays) {
    return activeClient(name, new Retention(retentionDays, Retention.From.EVENT_TIME));
  }

  /** Its events are kept from when the broker took them. */
  String activeClientByArrival(String name, int retentionDays) {
    return activeClient(name, new Retention(retentionDays, Retention.From.ARRIVAL));
  }

  private String activeClient(String name, Retention retention) {
    String id = create(name, retention);
    String _ = provision(id);
    return id;
  }

  /** Has ClickHouse merge a client's table, which deletes what is past its TTL. */
  void mergeAll(String client) {
    try {
      new ClickHouseServer(config.clickHouse())
          .execute(List.of("OPTIMIZE TABLE `" + database(client) + "`.events_base FINAL"));
    } catch (SQLException failed) {
      throw new AssertionError(failed);
    }
  }

  List<String> activeClients(int count) {
    return IntStream.range(0, count).mapToObj(i -> activeClient("client" + i)).toList();
  }

  static String database(String clientId) {
    return "client_" + clientId.replace('-', '_');
  }

  synchronized String keyHash(String clientId) {
    return keyHashes.getOrDefault(clientId, ApiKeyHash.ofKey("nobody's").toHex());
  }

  // ---- events

  /** Sends a good event; it must be stored. */
  void sendGood(String client) {
    sendGood(client, "\"n\":1");
  }

  /** Sends a good event with further members of its JSON. */
  void sendGood(String client, String members) {
    long number = expect(expectedStored, database(client));
    String id = "\"event_id\":\"%s\",".formatted(new UUID(run, number));
    String all = members.contains("\"event_id\"") ? members : id + members;
    // Keys of a client that lead to several partitions.
    send(client + number % 16, event(client, keyHash(client), all));
  }

  /** Sends an event of a client with a key that is not the client's. */
  void sendWrongKey(String client) {
    sendDead("INVALID_API_KEY", event(client, ApiKeyHash.ofKey("wrong").toHex(), "\"a\":1"));
  }

  /** Goes on sending until it is closed. */
  Load load(List<String> clients, int eventsPerSecond) {
    return new Load(this, clients, eventsPerSecond);
  }

  String event(String client, String keyHash, String members) {
    return "{\"client_id\":\"%s\",\"api_key_hash\":\"%s\",\"event_name\":\"click\",%s}"
        .formatted(client, keyHash, members);
  }

  /** Sends what must become a dead letter of this reason. */
  void sendDead(String reason, @Nullable String value, Header... headers) {
    send("k" + expect(expectedDead, reason) % 16, value, headers);
  }

  /** Sends with headers what must be stored for a client. */
  void sendGoodRaw(String client, String value, Header... headers) {
    var _ = expect(expectedStored, database(client));
    send(client, value, headers);
  }

  /** Sends so many zeros, some kB when compressed, which must become a dead letter. */
  void sendZeros(String reason, int bytes, Header... headers) {
    long _ = expect(expectedDead, reason);
    produceZeros(config.kafka().eventsTopic(), 1, bytes, headers);
  }

  /** The same into any topic, so many times, and into no account. */
  void produceZeros(String topic, int times, int bytes, Header... headers) {
    Map<String, Object> settings = config.kafka().clientProperties();
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "zstd");
    settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, bytes + 100_000);
    settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, bytes + 100_000L);
    byte[] zeros = new byte[bytes];
    try (var large =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int i = 0; i < times; i++) {
        byte[] key = ("zeros-" + i).getBytes(UTF_8);
        var _ =
            large.send(new ProducerRecord<>(topic, null, null, key, zeros, List.of(headers))).get();
      }
    } catch (InterruptedException | ExecutionException failed) {
      throw new AssertionError(failed);
    }
  }

  private void send(String key, @Nullable String value, Header... headers) {
    var _ =
        producer.send(
            new ProducerRecord<>(
                config.kafka().eventsTopic(),
                null,
                null,
                key.getBytes(UTF_8),
                value == null ? null : value.getBytes(UTF_8),
                List.of(headers)),
            (_, failed) -> {
              if (failed != null) {
                sendFailure.compareAndSet(null, failed);
              }
            });
  }

  /** Enters one more event in the account; returns how many were sent before it. */
  private synchronized long expect(Map<String, Long> expected, String what) {
    var _ = expected.merge(what, 1L, Long::sum);
    return sent++;
  }

  /** Sends a good event of a client that is not provisioned. */
  void sendPending(String client) {
    long number = expect(expectedDead, "CLIENT_PENDING");
    String id = "\"event_id\":\"%s\",\"n\":1".formatted(new UUID(run, number));
    send(client + number % 16, event(client, keyHash(client), id));
  }

  /** Dead letters of a reason have gone back, and must be stored now. */
  synchronized void healed(String reason, String client, long events) {
    expectedDead.computeIfPresent(reason, (_, n) -> n == events ? null : n - events);
    var _ = expectedStored.merge(database(client), events, Long::sum);
  }

  /** Sends a mix in which every kind of refusal appears. */
  void sendMix(int count, List<String> clients) {
    for (int i = 0; i < count; i++) {
      String client = clients.get(i % clients.size());
      switch (i % 20) {
        case 3 -> sendWrongKey(client);
        case 7 ->
            sendDead("UNKNOWN_CLIENT", event("stranger-" + i % 3, keyHash(client), "\"a\":1"));
        case 11 -> sendDead("MALFORMED_JSON", "{\"client_id\":\"" + client + "\",");
        case 13 -> sendDead("MISSING_FIELD", "{\"client_id\":\"" + client + "\"}");
        case 17 ->
            sendDead(
                "EVENT_TIME_OUT_OF_RANGE",
                event(client, keyHash(client), "\"event_time\":1700000"));
        case 19 ->
            sendDead(
                "EVENT_TIME_OUT_OF_RANGE",
                event(client, keyHash(client), "\"event_time\":\"2001-01-01T00:00:00Z\""));
        default -> sendGood(client);
      }
    }
    producer.flush();
  }

  void flush() {
    producer.flush();
  }

  /** Less what a test has dropped together with its database. */
  synchronized long sent() {
    return sent - dropped;
  }

  // ---- faults

  /** Notes what was done to the system, for the report. */
  void fault(String kind) {
    faults(kind, 1);
  }

  /** As {@link #fault}, several of a kind. */
  synchronized void faults(String kind, int count) {
    faults.merge(kind, count, Integer::sum);
  }

  /** What a failure's message has to tell besides the numbers: a seed, for one. */
  void about(String text) {
    about = text;
  }

  /** Runs a statement of a test's own making in ClickHouse. */
  String sql(String statement) {
    HttpRequest request =
        HttpRequest.newBuilder(config.clickHouse().url())
            .POST(HttpRequest.BodyPublishers.ofString(statement))
            .build();
    try {
      HttpResponse<String> answer = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(statement + ": " + answer.body()).isEqualTo(200);
      return answer.body();
    } catch (IOException | InterruptedException failed) {
      throw new AssertionError(failed);
    }
  }

  /**
   * Drops a client's database; all events sent for it so far must be stored. From now on its events
   * may be parked.
   *
   * @return the statements that make it again, empty
   */
  synchronized List<String> dropDatabase(String client) {
    String database = database(client);
    long rows = expectedStored.getOrDefault(database, 0L);
    assertThat(stored.count(database).events()).isEqualTo(rows);
    List<String> again =
        List.of(
            "CREATE DATABASE `" + database + "`",
            sql("SHOW CREATE TABLE `" + database + "`.events_base FORMAT TSVRaw"));
    String _ = sql("DROP DATABASE `" + database + "` SYNC");
    dropped += rows;
    expectedStored.remove(database);
    databases.remove(database);
    troubled.add(client);
    fault("database dropped");
    return again;
  }

  /** Makes the database again with what {@link #dropDatabase} returned. */
  synchronized void restoreDatabase(String client, List<String> statements) {
    statements.forEach(this::sql);
    databases.add(database(client));
  }

  // ---- the account

  /** Waits until everything sent has been stored or is a dead letter, then checks each count. */
  void settle() {
    awaitAccounted();
    assertThat(sendFailure.get()).as("sending failed").isNull();
    Map<String, Long> reasons = new TreeMap<>();
    Map<String, Long> parked = new TreeMap<>();
    for (DeadLetterCount.Entry letter : deadLetters().byOrigin().values()) {
      boolean isParked = letter.reason().equals("CLIENT_UNAVAILABLE");
      if (isParked && troubled.contains(letter.client())) {
        parked.merge(database(letter.client()), 1L, Long::sum);
      } else {
        reasons.merge(letter.reason(), 1L, Long::sum);
      }
    }
    assertThat(reasons).as("dead letters by reason; %s", about).isEqualTo(expectedDead);
    for (String database : databases()) {
      StoredEvents.Count count = stored.count(database);
      assertThat(count.events() + parked.getOrDefault(database, 0L))
          .as("events of %s stored or parked; %s", database, about)
          .isEqualTo(expectedStored.getOrDefault(database, 0L));
      assertThat(count.duplicates()).as("rows stored twice in %s; %s", database, about).isZero();
    }
    checkLedger();
    log.atInfo()
        .addKeyValue("topic", config.kafka().eventsTopic())
        .addKeyValue("sent", sent())
        .addKeyValue("stored", stored.count(databases()).rows())
        .addKeyValue("deadLetters", deadLetters().total())
        .addKeyValue("faults", faults)
        .addKeyValue("seconds", TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began))
        .addKeyValue("about", about)
        .log("Settled: lost 0, duplicated 0");
  }

  /** The ledger says what became of every offset below the committed ones. */
  private void checkLedger() {
    try (Admin admin = Admin.create(config.kafka().clientProperties())) {
      Map<TopicPartition, OffsetAndMetadata> committed =
          admin
              .listConsumerGroupOffsets(config.applicationId())
              .partitionsToOffsetAndMetadata()
              .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      LedgerOfTopic.read(config.kafka()).assertReaches(committed);
    } catch (InterruptedException | ExecutionException | TimeoutException failed) {
      throw new AssertionError(failed);
    }
  }

  /**
   * Ledger, clients' tables and dead letters agree. A router must run: it puts what it committed
   * into the ledger's table.
   */
  void assertDeepAccount() {
    Account account =
        Account.of(
            config.kafka(), config.applicationId(), config.clickHouse(), config.ledgerDatabase());
    Span all = new Span(config.kafka().eventsTopic(), null, null, null);
    try {
      Account.Found found = account.look(all, null);
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (found.inFlight() + found.waiting() > 0 && System.nanoTime() - deadline < 0) {
        pause(50);
        found = account.look(all, null);
      }
      Account.Deep deep =
          account.lookDeep(found, all, provisioning.clients(), provisioning.targets());
      assertThat(found.unaccounted()).as("unaccounted: %s; %s", found, about).isZero();
      assertThat(found.inFlight() + found.waiting()).as("not known: %s", found).isZero();
      assertThat(deep.unexplained() + deep.untold()).as("%s; %s", deep, about).isZero();
      assertThat(deep.letters().missing()).as("%s; %s", deep.letters(), about).isZero();
      assertThat(deep.rowsCompared()).as("%s", deep).isPositive();
    } catch (StepFailed | SQLException failed) {
      throw new AssertionError(failed);
    }
  }

  /** Until everything sent so far has been stored or is a dead letter. */
  void awaitAccounted() {
    producer.flush();
    long all = sent();
    await(() -> storedNow() + deadLetters().total() >= all);
  }

  /** What {@code ./penstock doctor} finds of Kafka. */
  List<Finding> doctor() {
    return new Doctor(
            new Doctor.Config(
                config.kafka(),
                config.postgres(),
                config.redis(),
                config.clickHouse(),
                config.ledgerDatabase(),
                config.applicationId(),
                DataSize.ofMiB(1),
                config.replaySecret(),
                Home.find()),
            0,
            Duration.ofSeconds(30))
        .examine(Set.of("kafka")).stream().flatMap(part -> part.findings().stream()).toList();
  }

  DeadLetterCount deadLetters() {
    return DeadLetterCount.read(config.kafka());
  }

  /** All records of the dead-letter topic, for a look at their headers. */
  List<ConsumerRecord<byte[], byte[]>> readDeadLetters() {
    List<ConsumerRecord<byte[], byte[]>> letters = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            config.kafka().clientProperties(),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(config.kafka().deadLettersTopic()).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      long end = consumer.endOffsets(partitions).values().stream().mapToLong(Long::longValue).sum();
      while (partitions.stream().mapToLong(consumer::position).sum() < end) {
        consumer.poll(Duration.ofMillis(200)).forEach(letters::add);
      }
    }
    return letters;
  }

  /** How many events of a client are both dead letters and stored, by where they stand in Kafka. */
  long parkedAndStored(String client) {
    Set<String> letters = deadLetters().byOrigin().keySet();
    return stored
        .query(
            "SELECT DISTINCT concat(source_topic, ':', source_topic_id, '-', toString(source_partition), '-', toString(source_offset)) AS origin FROM `%s`.events_base"
                .formatted(database(client)))
        .stream()
        .filter(row -> letters.contains(row.getString("origin")))
        .count();
  }

  private synchronized List<String> databases() {
    return List.copyOf(databases);
  }

  /** Events of this scenario's clients that are stored; what cannot be asked now counts as none. */
  long storedNow() {
    try {
      return stored.count(databases()).events();
    } catch (ClickHouseException down) {
      return 0;
    }
  }

  /** Until {@code n} events of this scenario's clients are stored. */
  void awaitStored(long n) {
    await(() -> storedNow() >= n);
  }

  /** Until so many more are stored than now; ClickHouse must answer. */
  void awaitMoreStored(long n) {
    awaitStored(stored.count(databases()).events() + n);
  }

  /** For faults that consist of time passing; never to wait for something to happen. */
  static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  static void await(BooleanSupplier condition) {
    await(condition, () -> "");
  }

  /**
   * Waits until it is so.
   *
   * @param instead asked for what there is instead when it is given up
   */
  static void await(BooleanSupplier condition, Supplier<?> instead) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("gave up after " + PATIENCE + ": " + instead.get());
      }
      pause(50);
    }
  }

  @Override
  public void close() {
    producer.close();
    provisioning.close();
    stored.close();
  }
}
