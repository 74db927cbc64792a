package io.penstock.router;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.ConfigSource;
import io.penstock.local.SharedStack;
import io.penstock.local.count.DeadLetterCount;
import io.penstock.local.count.StoredEvents;
import io.penstock.provisioning.CreateOutcome;
import io.penstock.provisioning.NewClient;
import io.penstock.provisioning.ProvisionOutcome;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.Setup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * One test's own topics, consumer group and clients on the shared stack, and the account of what it
 * sent. It ends with {@link #settle}: sent = stored + dead letters, none lost, none twice.
 */
final class Scenario implements AutoCloseable {
  private static final Path HOME = Path.of(System.getProperty("penstock.home", ".."));
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  final Map<String, String> properties = new LinkedHashMap<>();
  final RouterConfig config;
  final ProvisioningApp provisioning;
  final StoredEvents stored;
  private final KafkaProducer<byte[], byte[]> producer;
  private final List<String> databases = new ArrayList<>();
  private final Map<String, String> keyHashes = new HashMap<>();
  private final Map<String, Long> expectedStored = new TreeMap<>();
  private final Map<String, Long> expectedDead = new TreeMap<>();
  private long sent;

  /**
   * @param stack how to reach the parts; settings of the router may be among them
   */
  Scenario(Map<String, String> stack) {
    String name = "t" + UUID.randomUUID().toString().substring(0, 8);
    properties.putAll(stack);
    properties.put("penstock.topic.events", name + "-events");
    properties.put("penstock.topic.dead.letters", name + "-dead");
    properties.putIfAbsent("penstock.topic.events.partitions", "4");
    properties.put("penstock.topic.replication.factor", "1");
    properties.put("penstock.router.application.id", name);
    properties.put("penstock.http.port", "0");
    properties.putIfAbsent("penstock.router.flush.interval", "200ms");
    config = ConfigReader.load(ConfigSource.of(properties), RouterConfig::from).config();
    var _ = Setup.createTopics(config.kafka());
    var _ = Setup.migrateMetadata(config.postgres(), HOME);
    provisioning = new ProvisioningApp(config.postgres(), config.redis(), "test");
    stored = new StoredEvents(config.clickHouse());
    Map<String, Object> settings = config.kafka().clientProperties();
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 5);
    producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  static Scenario onSharedStack() {
    return new Scenario(SharedStack.start());
  }

  // ---- clients

  /** Creates a pending client whose id is made unique, and returns that id. */
  String create(String name) {
    String id = name + "-" + UUID.randomUUID().toString().substring(0, 8);
    try {
      CreateOutcome outcome = provisioning.registry().create(NewClient.of(id, id));
      assertThat(outcome).isInstanceOf(CreateOutcome.Created.class);
      keyHashes.put(id, ((CreateOutcome.Created) outcome).apiKeyHash().toHex());
    } catch (java.sql.SQLException failed) {
      throw new AssertionError(failed);
    }
    return id;
  }

  /** Makes a client active and returns its database. */
  String provision(String id) {
    try {
      ProvisionOutcome outcome = provisioning.provisioner(config.targets(), HOME).provision(id);
      assertThat(outcome).isNotInstanceOf(ProvisionOutcome.Failed.class);
    } catch (java.io.IOException failed) {
      throw new AssertionError(failed);
    }
    String database = database(id);
    databases.add(database);
    return database;
  }

  String activeClient(String name) {
    String id = create(name);
    String _ = provision(id);
    return id;
  }

  static String database(String clientId) {
    return "client_" + clientId.replace('-', '_');
  }

  String keyHash(String clientId) {
    return keyHashes.getOrDefault(clientId, ApiKeyHash.ofKey("nobody's").toHex());
  }

  // ---- events

  /** Sends a good event; it must be stored. */
  void sendGood(String client) {
    sendGood(client, "\"n\":" + sent);
  }

  /** Sends a good event with further members of its JSON. */
  void sendGood(String client, String members) {
    send(client, event(client, keyHash(client), members));
    expectedStored.merge(database(client), 1L, Long::sum);
  }

  String event(String client, String keyHash, String members) {
    return "{\"client_id\":\"%s\",\"api_key_hash\":\"%s\",\"event_name\":\"click\",%s}"
        .formatted(client, keyHash, members);
  }

  /** Sends what must become a dead letter of this reason. */
  void sendDead(String reason, @Nullable String value, Header... headers) {
    send("k", value, headers);
    expectedDead.merge(reason, 1L, Long::sum);
  }

  /** Sends with headers what must be stored for a client. */
  void sendGoodRaw(String client, String value, Header... headers) {
    send(client, value, headers);
    expectedStored.merge(database(client), 1L, Long::sum);
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
                List.of(headers)));
    sent++;
  }

  /** Sends a mix in which every kind of refusal appears. */
  void sendMix(int count, List<String> clients) {
    for (int i = 0; i < count; i++) {
      String client = clients.get(i % clients.size());
      switch (i % 20) {
        case 3 ->
            sendDead(
                "INVALID_API_KEY", event(client, ApiKeyHash.ofKey("wrong").toHex(), "\"a\":1"));
        case 7 ->
            sendDead("UNKNOWN_CLIENT", event("stranger-" + i % 3, keyHash(client), "\"a\":1"));
        case 11 -> sendDead("MALFORMED_JSON", "{\"client_id\":\"" + client + "\",");
        case 13 -> sendDead("MISSING_FIELD", "{\"client_id\":\"" + client + "\"}");
        case 17 ->
            sendDead(
                "EVENT_TIME_OUT_OF_RANGE",
                event(client, keyHash(client), "\"event_time\":1700000"));
        default -> sendGood(client);
      }
    }
    producer.flush();
  }

  void flush() {
    producer.flush();
  }

  long sent() {
    return sent;
  }

  // ---- the account

  /** Waits until everything sent has been stored or is a dead letter, then checks each count. */
  void settle() {
    producer.flush();
    await(() -> stored.count(databases).events() + deadLetters().total() >= sent);
    assertThat(deadLetters().byReason()).isEqualTo(expectedDead);
    for (String database : databases) {
      StoredEvents.Count count = stored.count(database);
      assertThat(count.events())
          .as("events stored in %s", database)
          .isEqualTo(expectedStored.getOrDefault(database, 0L));
      assertThat(count.duplicates()).as("rows stored twice in %s", database).isZero();
    }
  }

  DeadLetterCount deadLetters() {
    return DeadLetterCount.read(config.kafka());
  }

  /** Until {@code n} events of this scenario's clients are stored. */
  void awaitStored(long n) {
    await(() -> stored.count(databases).events() >= n);
  }

  static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("gave up after " + PATIENCE).isLessThan(deadline);
      try {
        Thread.sleep(50);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Override
  public void close() {
    producer.close();
    provisioning.close();
    stored.close();
  }
}
