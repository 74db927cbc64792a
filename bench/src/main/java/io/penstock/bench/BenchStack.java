package io.penstock.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.core.cli.Home;
import io.penstock.core.client.Retention;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.ConfigKey;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.ConfigSource;
import io.penstock.core.config.KafkaConfig;
import io.penstock.local.LocalStack;
import io.penstock.local.count.StoredEvents;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.Setup;
import io.penstock.provisioning.client.CreateOutcome;
import io.penstock.provisioning.client.NewClient;
import io.penstock.provisioning.client.ProvisionOutcome;
import io.penstock.provisioning.client.RoutersConfig;
import io.penstock.provisioning.schema.Migration;
import io.penstock.provisioning.target.ClickHouseServer;
import io.penstock.router.RouterConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A local stack of the bench's own, emptied before and after, with provisioned clients. */
final class BenchStack implements AutoCloseable {
  /** One provisioned client. */
  record BenchClient(String id, String database, String apiKeyHash) {}

  /** The generated events are of one January; they are never too old. */
  private static final Retention RETENTION =
      new Retention(Retention.MAX_DAYS, Retention.From.EVENT_TIME);

  private final LocalStack stack;
  private final Path home = Home.find();
  private final Consumer<String> progress;

  BenchStack(Consumer<String> progress) throws IOException {
    this.progress = progress;
    Path folder = Files.createDirectories(home.resolve(".penstock").resolve("bench"));
    stack = LocalStack.builder(folder).progress(progress).forLoad(true).build();
    stack.stop();
    stack.purge();
    var _ = stack.start();
  }

  /** How to reach the parts, and how the bench wants the router. */
  Map<String, String> properties() {
    Map<String, String> properties = new TreeMap<>(stack.connectionProperties());
    properties.put("penstock.topic.replication.factor", "1");
    return properties;
  }

  RouterConfig config() {
    return ConfigReader.load(ConfigSource.of(properties()), RouterConfig::from).config();
  }

  /** Its parts, for those who hurt them. */
  LocalStack parts() {
    return stack;
  }

  /** The process that the ClickHouse engine runs in. */
  ProcessHandle engine() {
    return ProcessHandle.of(stack.clickHouse().pid()).orElseThrow();
  }

  List<BenchClient> createClients(int count) throws SQLException, IOException {
    RouterConfig config = config();
    var _ = Setup.createTopics(config.kafka());
    var _ = Setup.migrateMetadata(config.postgres(), home);
    var _ =
        Setup.createLedger(
            new ClickHouseServer(config.clickHouse()), config.ledgerDatabase(), home);
    List<BenchClient> clients = new ArrayList<>();
    try (ProvisioningApp app = provisioning()) {
      for (int i = 0; i < count; i++) {
        String id = "shop-%04d".formatted(i);
        NewClient client =
            new NewClient(id, id, null, ClickHouseConfig.TARGET, RETENTION, null, null);
        if (!(app.registry().create(client) instanceof CreateOutcome.Created created)) {
          throw new IllegalStateException("client " + id + " could not be created");
        }
        clients.add(
            new BenchClient(id, "client_" + id.replace('-', '_'), created.apiKeyHash().toHex()));
      }
      for (ProvisionOutcome outcome :
          app.provisioner(Migration.folder(home)).provisionPending(4, done -> {})) {
        if (outcome instanceof ProvisionOutcome.Failed failed) {
          throw new IllegalStateException("provisioning " + failed);
        }
      }
    }
    progress.accept(count + " clients provisioned");
    return clients;
  }

  /** The operator's commands over this stack; whoever asks closes it. */
  ProvisioningApp provisioning() {
    RouterConfig config = config();
    return new ProvisioningApp(
        new ProvisioningApp.Config(
            config.postgres(),
            config.redis(),
            config.clickHouse(),
            config.ledgerDatabase(),
            RoutersConfig.of(config.kafka(), config.applicationId(), config.directory())),
        "bench");
  }

  /** Runs a statement; identifiers in it must be of the caller's own making. */
  void sql(String statement) {
    try (StoredEvents clickHouse = new StoredEvents(config().clickHouse())) {
      var _ = clickHouse.query(statement);
    }
  }

  /**
   * A JVM of this one's class path, not started yet.
   *
   * @param properties configure it
   */
  static ProcessBuilder java(
      Map<String, String> properties, Class<?> main, List<String> options, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(
        List.of(
            "--sun-misc-unsafe-memory-access=allow",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            main.getName()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    properties.forEach(
        (key, value) -> builder.environment().put(ConfigKey.environmentName(key), value));
    builder.environment().remove("PENSTOCK_CONFIG_FILE");
    return builder;
  }

  /** Creates a topic and fills it; returns the mean size of an event in bytes. */
  double fill(String topic, long events, List<BenchClient> clients, boolean randomKeys, long seed) {
    Map<String, String> properties = properties();
    properties.put("penstock.topic.events", topic);
    KafkaConfig kafka =
        ConfigReader.load(ConfigSource.of(properties), RouterConfig::from).config().kafka();
    var _ = Setup.createTopics(kafka);
    Map<String, Object> settings = kafka.clientProperties();
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 20);
    settings.put(ProducerConfig.BATCH_SIZE_CONFIG, 256 << 10);
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    EventGenerator generator = new EventGenerator(seed);
    long bytes = 0;
    AtomicReference<Exception> failure = new AtomicReference<>();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (long i = 0; i < events; i++) {
        BenchClient client = clients.get((int) (i % clients.size()));
        byte[] value = generator.next(client.id(), client.apiKeyHash());
        bytes += value.length;
        byte[] key = randomKeys ? generator.randomKey() : client.id().getBytes(UTF_8);
        var _ =
            producer.send(
                new ProducerRecord<>(topic, key, value),
                (sent, failed) -> {
                  if (failed != null) {
                    failure.compareAndSet(null, failed);
                  }
                });
      }
    }
    Exception failed = failure.get();
    if (failed != null) {
      throw new IllegalStateException("topic " + topic + " could not be filled", failed);
    }
    progress.accept("%,d events of %d bytes published".formatted(events, bytes / events));
    return (double) bytes / events;
  }

  @Override
  public void close() throws IOException {
    stack.close();
    stack.purge();
  }
}
