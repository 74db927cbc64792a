package io.penstock.local.demo;

import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.ConfigSource;
import io.penstock.core.config.KafkaConfig;
import io.penstock.local.LocalStack;
import io.penstock.local.PropertiesFile;
import io.penstock.local.count.DeadLetterCount;
import io.penstock.local.count.StoredEvents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The demo's steps, from an empty stack to an account of every event. */
final class Demo {
  /** Without any progress for so long, the rest is taken for lost. */
  private static final Duration STALLED_AFTER = Duration.ofSeconds(60);

  private static final long LOOK_EVERY_MILLIS = 200;

  private final LocalStack stack;
  private final Path home;
  private final Path connectionFile;
  private final Path logs;
  private final Consumer<String> progress;

  private record Config(KafkaConfig kafka, ClickHouseConfig clickHouse) {}

  /**
   * Airports of the client with the most events.
   *
   * @param strikes its reports there
   * @param damaged how many of them tell of damage
   */
  record Airport(String name, long strikes, long damaged) {}

  /** What to show in the end. */
  record Result(List<DemoClient> clients, Account account, List<Airport> airports) {
    Result {
      clients = List.copyOf(clients);
      airports = List.copyOf(airports);
    }
  }

  /**
   * A demo on a stack that does not run yet.
   *
   * @param home the repository's root folder
   * @param connectionFile written when the stack is up
   */
  Demo(LocalStack stack, Path home, Path connectionFile, Consumer<String> progress) {
    this.stack = stack;
    this.home = home;
    this.connectionFile = connectionFile;
    this.logs = stack.dir().resolve("logs");
    this.progress = progress;
  }

  /** Runs all of it; leaves the stack up. */
  Result run() throws IOException, InterruptedException, SQLException {
    List<StrikeReport> reports = StrikeData.load(System.getenv(), progress);
    List<DemoClient> clients = DemoClient.of(reports);
    say("%,d wildlife-strike reports of %d clients read".formatted(reports.size(), clients.size()));
    Config config = startStack();
    command("setup").awaitDone();
    say("Topics and tables are ready");
    try (Connection connection = stack.postgres().connect()) {
      PendingClients.insert(connection, clients);
    }
    PenstockCommand router = command("router");
    command("clients", "provision").awaitDone();
    say("%d clients provisioned, each with a database of its own".formatted(clients.size()));
    router.awaitLogged("Router started");
    say("Router started");
    Publisher.Sent sent = publish(config.kafka, clients);
    try (StoredEvents stored = new StoredEvents(config.clickHouse)) {
      awaitSettled(config.kafka, clients, sent, stored, router);
      router.terminate();
      say("Router stopped");
      // Counted again, now that nothing can change any more.
      Account account = Account.settle(clients, sent, stored, DeadLetterCount.read(config.kafka));
      return new Result(clients, account, airports(stored, clients.getFirst()));
    }
  }

  private Config startStack() throws IOException {
    var _ = stack.start();
    Map<String, String> properties = stack.connectionProperties();
    PropertiesFile.write(
        connectionFile, "How to reach the demo's stack; holds a password.", properties);
    say("Kafka, PostgreSQL, Redis and ClickHouse are up");
    return ConfigReader.load(
            ConfigSource.of(properties),
            reader -> new Config(KafkaConfig.from(reader), ClickHouseConfig.from(reader)))
        .config();
  }

  private PenstockCommand command(String... arguments) throws IOException {
    Files.createDirectories(logs);
    Path log = logs.resolve(String.join("-", arguments) + ".log");
    return PenstockCommand.start(home, connectionFile, log, arguments);
  }

  private Publisher.Sent publish(KafkaConfig kafka, List<DemoClient> clients) {
    try (Publisher publisher = new Publisher(kafka)) {
      Publisher.Sent sent = publisher.publish(clients);
      say("%,d events published, %d of them bad on purpose".formatted(sent.total(), badOf(sent)));
      return sent;
    }
  }

  private static long badOf(Publisher.Sent sent) {
    return sent.bad().values().stream().mapToLong(Long::longValue).sum();
  }

  /** Returns when everything is accounted for, or when nothing has moved for too long. */
  private void awaitSettled(
      KafkaConfig kafka,
      List<DemoClient> clients,
      Publisher.Sent sent,
      StoredEvents stored,
      PenstockCommand router)
      throws InterruptedException {
    List<String> databases = clients.stream().map(DemoClient::database).toList();
    long storable = sent.total() - badOf(sent);
    long before = -1;
    long movedAt = System.nanoTime();
    while (true) {
      long now = stored.count(databases).events();
      // Reading the dead-letter topic from its beginning is only worth it near the end.
      if (now >= storable) {
        now += DeadLetterCount.read(kafka).total();
      }
      if (now != before) {
        before = now;
        movedAt = System.nanoTime();
        say("%,d of %,d stored or dead letters".formatted(now, sent.total()));
      }
      if (now >= sent.total()) {
        return;
      }
      if (System.nanoTime() - movedAt > STALLED_AFTER.toNanos()) {
        say(
            "Nothing has moved for %d s; counting what is there"
                .formatted(STALLED_AFTER.toSeconds()));
        return;
      }
      router.requireAlive();
      Thread.sleep(LOOK_EVERY_MILLIS);
    }
  }

  /** What an analyst of the client might ask. */
  private static List<Airport> airports(StoredEvents stored, DemoClient client) {
    return stored.query(airportsQuery(client)).stream()
        .map(row ->
            new Airport(row.getString("airport"), row.getLong("strikes"), row.getLong("damaged")))
        .toList();
  }

  static String airportsQuery(DemoClient client) {
    return "SELECT JSONExtractString(event_properties, 'airport_name') AS airport, count() AS strikes,"
        + " countIf(JSONExtractString(event_properties, 'effect_amount_of_damage') NOT IN ('', 'None')) AS damaged"
        + " FROM "
        + client.database()
        + ".events GROUP BY airport ORDER BY strikes DESC, airport LIMIT 5";
  }

  private void say(String line) {
    progress.accept(line);
  }
}
