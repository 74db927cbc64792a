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
import io.penstock.core.metrics.Meters;
import io.penstock.local.LocalStack;
import io.penstock.local.PartKind;
import io.penstock.provisioning.client.CreateOutcome;
import io.penstock.provisioning.client.NewClient;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The directory while its stores are killed and frozen. */
class ClientDirectoryFaultIT {
  /** Time-outs of the stores together, and some for a busy machine. */
  private static final Duration BOUND = Duration.ofSeconds(4);

  private final ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();
  private LocalStack stack;
  private PostgresConfig postgres;
  private RedisConfig redis;
  private ProvisioningApp app;

  @BeforeEach
  void start(@TempDir Path folder) {
    // The stack's own folder, not the temporary one: PostgreSQL runs as another user when this is
    // root.
    stack =
        LocalStack.builder(Path.of("target", "directory-stack", folder.getFileName().toString()))
            .parts(PartKind.POSTGRES, PartKind.REDIS)
            .build()
            .start();
    ConfigSource source = ConfigSource.of(stack.connectionProperties());
    postgres = ConfigReader.load(source, PostgresConfig::from).config();
    redis = ConfigReader.load(source, RedisConfig::from).config();
    Setup.migrateMetadata(postgres, Metadata.HOME);
    app =
        new ProvisioningApp(
            new ProvisioningApp.Config(
                postgres,
                redis,
                Metadata.shared().clickHouse,
                Metadata.LEDGER,
                Metadata.shared().config().routers()),
            "tester");
  }

  @AfterEach
  void stop() throws Exception {
    app.close();
    background.shutdown();
    stack.close();
    stack.purge();
  }

  @Test
  void withRedisKilledPostgresAnswersAndAnnouncementsAreHeardAgainAfterItsReturn()
      throws Exception {
    create("acme");
    try (ClientDirectory directory = open(Duration.ofMinutes(10))) {
      assertThat(directory.lookup("acme")).isInstanceOf(Lookup.Found.class);
      stack.redis().kill();
      create("globex");

      assertThat(directory.lookup("globex")).isInstanceOf(Lookup.Found.class);
      assertThat(directory.lookup("stranger")).isEqualTo(new Lookup.Unknown());

      suspend("acme"); // nobody can announce it
      stack.redis().start();
      Eventually.await(
          "the return to refresh what is held",
          () -> status(directory, "acme") == ClientStatus.SUSPENDED);
    }
  }

  @Test
  void withPostgresKilledRedisAnswersAndStrangersAreUnavailableInBoundedTime() throws Exception {
    create("acme");
    create("globex");
    try (ClientDirectory first = open(Duration.ofMinutes(10))) {
      first.lookup("globex"); // leaves it in Redis
    }
    try (ClientDirectory directory = open(Duration.ofMillis(100))) {
      directory.lookup("acme");
      stack.postgres().kill();

      assertThat(directory.lookup("globex")).isInstanceOf(Lookup.Found.class);
      assertUnavailableInTime(directory);
      for (int i = 0; i < 1_000; i++) {
        assertThat(directory.lookup("acme")).isInstanceOf(Lookup.Found.class);
      }
      stack.postgres().start();
      Eventually.await(
          "PostgreSQL to answer again",
          () -> directory.lookup("stranger") instanceof Lookup.Unknown);
    }
  }

  @Test
  void withBothFrozenKnownClientsGoOnWithoutWaiting() throws Exception {
    create("acme");
    try (ClientDirectory directory = open(Duration.ofMillis(100))) {
      directory.lookup("acme");
      stack.postgres().freeze();
      stack.redis().freeze();
      try {
        assertUnavailableInTime(directory);
        long begin = System.nanoTime();
        for (int i = 0; i < 100_000; i++) {
          assertThat(directory.lookup("acme") instanceof Lookup.Found).isTrue();
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(BOUND);
      } finally {
        stack.postgres().thaw();
        stack.redis().thaw();
      }
      Eventually.await(
          "the stores to answer again",
          () -> directory.lookup("stranger") instanceof Lookup.Unknown);
    }
  }

  private static void assertUnavailableInTime(ClientDirectory directory) {
    long begin = System.nanoTime();
    assertThat(directory.lookup("stranger")).isInstanceOf(Lookup.Unavailable.class);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(BOUND);
    long again = System.nanoTime();
    assertThat(directory.lookup("stranger-2")).isInstanceOf(Lookup.Unavailable.class);
    assertThat(Duration.ofNanos(System.nanoTime() - again)).isLessThan(BOUND);
  }

  private ClientDirectory open(Duration refreshAfter) {
    ClientDirectoryConfig config =
        new ClientDirectoryConfig(
            1_000,
            refreshAfter,
            Duration.ofHours(1),
            1_000,
            Duration.ofSeconds(10),
            Duration.ofMinutes(10));
    return ClientDirectory.open(
        "tester", config, redis, postgres, new Meters(), background, Ticker.systemTicker());
  }

  private void create(String id) throws SQLException {
    assertThat(app.registry().create(NewClient.of(id, id)))
        .isInstanceOf(CreateOutcome.Created.class);
  }

  private void suspend(String id) throws SQLException {
    try (var connection =
            java.sql.DriverManager.getConnection(
                postgres.url(), postgres.user(), postgres.password().reveal());
        var statement = connection.createStatement()) {
      statement.execute("UPDATE clients SET status = 'active' WHERE client_id = '" + id + "'");
      statement.execute("UPDATE clients SET status = 'suspended' WHERE client_id = '" + id + "'");
    }
  }

  private static ClientStatus status(ClientDirectory directory, String id) {
    return directory.lookup(id) instanceof Lookup.Found(var client)
        ? client.status()
        : ClientStatus.DEPROVISIONED;
  }
}
