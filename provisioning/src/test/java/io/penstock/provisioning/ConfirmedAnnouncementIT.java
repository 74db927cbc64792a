package io.penstock.provisioning;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.benmanes.caffeine.cache.Ticker;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.client.Lookup;
import io.penstock.core.config.ClientDirectoryConfig;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.ConfigSource;
import io.penstock.core.config.PostgresConfig;
import io.penstock.core.config.RedisConfig;
import io.penstock.core.directory.ClientDirectory;
import io.penstock.core.directory.Confirmations;
import io.penstock.core.directory.PostgresAnnouncement;
import io.penstock.core.directory.RedisClientCache;
import io.penstock.core.metrics.Meters;
import io.penstock.local.LocalStack;
import io.penstock.local.PartKind;
import io.penstock.provisioning.client.CreateOutcome;
import io.penstock.provisioning.client.NewClient;
import java.net.URI;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;

/** Whether whoever changes a client can know that no router goes on with what it held. */
class ConfirmedAnnouncementIT {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration SHORT_PATIENCE = Duration.ofMillis(700);

  private static LocalStack stack;
  private static PostgresConfig postgres;
  private static RedisConfig redis;
  private static ExecutorService background;

  @BeforeAll
  static void start() {
    stack =
        LocalStack.builder(Path.of("target", "announcement-stack"))
            .parts(PartKind.POSTGRES, PartKind.REDIS)
            .build()
            .start();
    ConfigSource source = ConfigSource.of(stack.connectionProperties());
    postgres = ConfigReader.load(source, PostgresConfig::from).config();
    redis = ConfigReader.load(source, RedisConfig::from).config();
    Setup.migrateMetadata(postgres, Metadata.HOME);
    background = Executors.newVirtualThreadPerTaskExecutor();
  }

  @AfterAll
  static void stop() throws Exception {
    background.shutdown();
    stack.close();
    stack.purge();
  }

  @Test
  void everyDirectoryConfirmsAndThenAnswersWhatPostgresSaysNow() throws Exception {
    create("announced");
    try (ClientDirectory first = open("one");
        ClientDirectory second = open("two");
        RedisClientCache announcer = new RedisClientCache(redis)) {
      awaitSubscribers(2);
      assertThat(status(first, "announced")).isEqualTo(ClientStatus.PENDING);
      assertThat(status(second, "announced")).isEqualTo(ClientStatus.PENDING);
      change("announced", "active");

      assertThat(announcer.announceAndAwait("announced", PATIENCE))
          .isEqualTo(new Confirmations(Set.of("one", "two"), null));

      assertThat(status(first, "announced")).isEqualTo(ClientStatus.ACTIVE);
      assertThat(status(second, "announced")).isEqualTo(ClientStatus.ACTIVE);
    }
  }

  @Test
  void announcementsOfOneClientAtOnceAreConfirmedEachByItself() throws Exception {
    create("twice");
    try (ClientDirectory first = open("one");
        ClientDirectory second = open("two");
        RedisClientCache announcer = new RedisClientCache(redis)) {
      awaitSubscribers(2);
      assertThat(first).isNotSameAs(second);
      var other = background.submit(() -> announcer.announceAndAwait("twice", PATIENCE));

      assertThat(announcer.announceAndAwait("twice", PATIENCE))
          .isEqualTo(new Confirmations(Set.of("one", "two"), null));
      assertThat(other.get()).isEqualTo(new Confirmations(Set.of("one", "two"), null));
    }
  }

  @Test
  void listenerThatDoesNotAnswerIsCountedAsUnconfirmed() throws Exception {
    JedisPubSub mute = new JedisPubSub() {};
    try (ClientDirectory directory = open("one");
        RedisClientCache announcer = new RedisClientCache(redis)) {
      var listening =
          background.submit(() -> {
            try (Jedis jedis = jedis()) {
              jedis.subscribe(mute, RedisClientCache.CHANNEL);
            }
          });
      awaitSubscribers(2);
      assertThat(directory.lookup("nobody")).isInstanceOf(Lookup.Unknown.class);

      assertThat(announcer.announceAndAwait("nobody", SHORT_PATIENCE))
          .isEqualTo(new Confirmations(Set.of("one"), null));

      mute.unsubscribe();
      listening.get();
    }
  }

  @Test
  void withoutListenersNobodyHasToConfirm() {
    awaitSubscribers(0);
    try (RedisClientCache announcer = new RedisClientCache(redis)) {
      assertThat(announcer.announceAndAwait("nobody", SHORT_PATIENCE))
          .isEqualTo(new Confirmations(Set.of(), null));
    }
  }

  @Test
  void withRedisKilledTheAnnouncementFailsAndDirectoriesAskAnewWhenTheyAreBack() throws Exception {
    create("unheard");
    try (ClientDirectory directory = open("one");
        RedisClientCache announcer = new RedisClientCache(redis)) {
      awaitSubscribers(1);
      assertThat(status(directory, "unheard")).isEqualTo(ClientStatus.PENDING);
      stack.redis().kill();
      change("unheard", "active");

      assertThat(announcer.announceAndAwait("unheard", SHORT_PATIENCE))
          .isEqualTo(new Confirmations(Set.of(), "Redis: JedisConnectionException"));
      // PostgreSQL has told it, and asks it.
      Eventually.await(
          "PostgreSQL's notification", () -> status(directory, "unheard") == ClientStatus.ACTIVE);
      assertThat(
              new PostgresAnnouncement(postgres, PATIENCE)
                  .announceAndAwait("unheard", names -> names.contains("one"), PATIENCE))
          .isEqualTo(new Confirmations(Set.of("one"), null));
      change("unheard", "suspended");

      stack.redis().start();
      awaitSubscribers(1);
      // The answer says that the subscription has begun there, too.
      assertThat(announcer.announceAndAwait("somebody-else", PATIENCE))
          .isEqualTo(new Confirmations(Set.of("one"), null));
      assertThat(status(directory, "unheard")).isEqualTo(ClientStatus.SUSPENDED);
    }
  }

  @Test
  void changesWhileNotificationsAreNotHeardCountOnceTheyAreHeardAgain() throws Exception {
    create("missed");
    try (ClientDirectory directory = open("one")) {
      awaitSubscribers(1);
      assertThat(status(directory, "missed")).isEqualTo(ClientStatus.PENDING);
      // The trigger does not fire, as if the listening connection had been away just then.
      execute(
          "SET session_replication_role = replica;"
              + " UPDATE clients SET status = 'active' WHERE client_id = 'missed'");
      execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'penstock-changes'");

      Eventually.await(
          "the connection to be opened anew",
          () -> status(directory, "missed") == ClientStatus.ACTIVE);
    }
  }

  private static ClientDirectory open(String router) {
    ClientDirectoryConfig config =
        new ClientDirectoryConfig(
            1_000,
            Duration.ofMinutes(10),
            Duration.ofHours(1),
            1_000,
            Duration.ofMinutes(10),
            Duration.ofMinutes(10));
    return ClientDirectory.open(
        router, config, redis, postgres, new Meters(), background, Ticker.systemTicker());
  }

  private static void awaitSubscribers(long count) {
    Eventually.await(
        count + " subscribers",
        () -> {
          try (Jedis jedis = jedis()) {
            return jedis
                .pubsubNumSub(RedisClientCache.CHANNEL)
                .equals(Map.of(RedisClientCache.CHANNEL, count));
          }
        });
  }

  private static Jedis jedis() {
    URI url = redis.url();
    Jedis jedis = new Jedis(url.getHost(), url.getPort(), 20_000);
    if (redis.password() != null) {
      jedis.auth(redis.password().reveal());
    }
    return jedis;
  }

  private static void create(String id) throws SQLException {
    try (ProvisioningApp app =
        new ProvisioningApp(
            new ProvisioningApp.Config(
                postgres,
                redis,
                Metadata.shared().clickHouse,
                Metadata.LEDGER,
                Metadata.shared().config().routers()),
            "tester")) {
      assertThat(app.registry().create(NewClient.of(id, id)))
          .isInstanceOf(CreateOutcome.Created.class);
    }
  }

  private static void change(String id, String status) throws SQLException {
    execute("UPDATE clients SET status = '%s' WHERE client_id = '%s'".formatted(status, id));
  }

  private static void execute(String sql) throws SQLException {
    try (var connection =
            DriverManager.getConnection(
                postgres.url(), postgres.user(), postgres.password().reveal());
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static ClientStatus status(ClientDirectory directory, String id) {
    return directory.lookup(id) instanceof Lookup.Found(var client)
        ? client.status()
        : ClientStatus.DEPROVISIONED;
  }
}
