package io.penstock.provisioning;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.ConfigKey;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.ConfigSource;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.config.PostgresConfig;
import io.penstock.core.config.RedisConfig;
import io.penstock.provisioning.client.CreateOutcome;
import io.penstock.provisioning.client.NewClient;
import io.penstock.provisioning.client.ProvisionOutcome;
import io.penstock.provisioning.client.RoutersConfig;
import io.penstock.provisioning.job.Effects;
import io.penstock.provisioning.schema.Migration;
import io.penstock.provisioning.target.ClickHouseServer;
import io.penstock.testkit.SharedStack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The shared stack as these tests use it: set up once, asked by plain SQL. */
public final class Metadata {
  public static final Path HOME = Path.of("..").toAbsolutePath().normalize();

  /** The ledger's database, which is not there. */
  public static final String LEDGER = "penstock";

  /** The version of the newest file of {@code postgres/sql}. */
  public static final String NEWEST = newest("postgres/sql");

  private static @Nullable Metadata instance;

  public final KafkaConfig kafka;
  public final PostgresConfig postgres;
  public final RedisConfig redis;
  public final ClickHouseConfig clickHouse;

  private Metadata() {
    ConfigSource source = ConfigSource.of(SharedStack.start());
    kafka = ConfigReader.load(source, KafkaConfig::from).config();
    postgres = ConfigReader.load(source, PostgresConfig::from).config();
    redis = ConfigReader.load(source, RedisConfig::from).config();
    clickHouse = ConfigReader.load(source, ClickHouseConfig::from).config();
    Setup.migrateMetadata(postgres, HOME);
  }

  /** The version of the newest migration in a folder, as its file says. */
  private static String newest(String folder) {
    try (Stream<Path> files = Files.list(HOME.resolve(folder))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("V"))
          .map(name -> name.substring(1, name.indexOf("__")))
          .max(Comparator.naturalOrder())
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static synchronized Metadata shared() {
    Metadata existing = instance;
    if (existing == null) {
      existing = new Metadata();
      instance = existing;
    }
    return existing;
  }

  /** What the jobs reach on the shared stack. */
  public ProvisioningApp.Config config() {
    return config(kafka, "no-routers");
  }

  /**
   * The same with topics of a test's own.
   *
   * @param group of routers that are told of changes
   */
  public ProvisioningApp.Config config(KafkaConfig ownKafka, String group) {
    return new ProvisioningApp.Config(
        postgres, redis, clickHouse, LEDGER, routers(ownKafka, group));
  }

  /** Routers that notice soon what nobody tells them. */
  public static RoutersConfig routers(KafkaConfig kafka, String group) {
    return new RoutersConfig(
        kafka, group, Duration.ofMillis(100), Duration.ofHours(24), Duration.ofMinutes(10));
  }

  public ProvisioningApp app() {
    return new ProvisioningApp(config(), "tester");
  }

  /** An app whose jobs tell of their steps. */
  public ProvisioningApp app(Effects effects) {
    return new ProvisioningApp(config(), "tester", effects);
  }

  /** Kafka with topics of a test's own, created. */
  public KafkaConfig kafka(String prefix) {
    Map<String, String> properties = new HashMap<>(SharedStack.connectionProperties());
    properties.put("penstock.topic.events", prefix + "_events");
    properties.put("penstock.topic.dead.letters", prefix + "_dead");
    properties.put("penstock.topic.events.partitions", "2");
    KafkaConfig config = ConfigReader.load(ConfigSource.of(properties), KafkaConfig::from).config();
    var _ = Setup.createTopics(config);
    return config;
  }

  /** Lets a child process reach the same servers and topics; it reads them as below. */
  public void putIntoEnvironment(Map<String, String> environment, KafkaConfig kafkaConfig) {
    environment.keySet().removeIf(name -> name.startsWith("PENSTOCK_"));
    Map<String, String> properties = new HashMap<>(SharedStack.connectionProperties());
    properties.put("penstock.topic.events", kafkaConfig.eventsTopic());
    properties.put("penstock.topic.dead.letters", kafkaConfig.deadLettersTopic());
    properties.forEach((name, value) -> environment.put(ConfigKey.environmentName(name), value));
  }

  /** For a child process. */
  public static ProvisioningApp.Config configOfEnvironment() {
    return ConfigReader.load(
            ConfigSource.fromEnvironment(System.getenv()), ProvisioningApp.Config::from)
        .config();
  }

  /** An active client with this id and name. */
  public CreateOutcome.Created activeClient(ProvisioningApp app, String id) throws Exception {
    CreateOutcome.Created created =
        (CreateOutcome.Created) app.registry().create(NewClient.of(id, id));
    ProvisionOutcome outcome = app.provisioner(Migration.folder(HOME)).provision(id);
    assertThat(outcome).isInstanceOf(ProvisionOutcome.Provisioned.class);
    return created;
  }

  /** Runs statements in ClickHouse. */
  public void executeClickHouse(String... statements) throws SQLException {
    new ClickHouseServer(clickHouse).execute(List.of(statements));
  }

  public Connection connect() throws SQLException {
    return DriverManager.getConnection(
        postgres.url(), postgres.user(), postgres.password().reveal());
  }

  public void execute(String sql, Object... parameters) throws SQLException {
    try (Connection connection = connect();
        PreparedStatement statement = prepare(connection, sql, parameters)) {
      statement.execute();
    }
  }

  /** The first column of every row. */
  public List<String> ask(String sql, Object... parameters) throws SQLException {
    try (Connection connection = connect();
        PreparedStatement statement = prepare(connection, sql, parameters)) {
      return firstColumn(statement.executeQuery());
    }
  }

  /** The first column of every row, from ClickHouse. */
  public List<String> askClickHouse(String sql) throws SQLException {
    try (Connection connection = new ClickHouseServer(clickHouse).connect();
        var statement = connection.createStatement()) {
      return firstColumn(statement.executeQuery(sql));
    }
  }

  private static PreparedStatement prepare(Connection connection, String sql, Object... parameters)
      throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < parameters.length; i++) {
      statement.setObject(i + 1, parameters[i]);
    }
    return statement;
  }

  private static List<String> firstColumn(ResultSet rows) throws SQLException {
    try (rows) {
      List<String> values = new ArrayList<>();
      while (rows.next()) {
        values.add(String.valueOf(rows.getString(1)));
      }
      return values;
    }
  }
}
