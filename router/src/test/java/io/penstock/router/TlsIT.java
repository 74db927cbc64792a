package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.clickhouse.client.api.Client;
import io.penstock.core.client.Lookup;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.ConfigSource;
import io.penstock.core.directory.RedisClientCache;
import io.penstock.delivery.insert.ClickHouseTarget;
import io.penstock.provisioning.Setup;
import io.penstock.testkit.SharedStack;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * PostgreSQL with its own TLS, Redis and ClickHouse behind a relay that speaks it: whom Penstock
 * trusts, and that everything works when all of them are secured.
 */
class TlsIT {
  private static final Path HOME = Path.of(System.getProperty("penstock.home", ".."));

  @TempDir Path folder;
  private final Map<String, String> stack = new HashMap<>(SharedStack.start());
  private final Map<String, String> plain = Map.copyOf(stack);

  private record Relays(Relay redis, Relay clickHouse) implements AutoCloseable {
    @Override
    public void close() throws Exception {
      redis.close();
      clickHouse.close();
    }
  }

  /** Begins to speak TLS with this certificate. */
  private Relays secure(Certificates server) throws Exception {
    postgres("ALTER SYSTEM SET ssl_cert_file = '" + server.pem() + "'");
    postgres("ALTER SYSTEM SET ssl_key_file = '" + server.key() + "'");
    postgres("ALTER SYSTEM SET ssl = on");
    postgres("SELECT pg_reload_conf()");
    return new Relays(
        new Relay(server.context(), port("penstock.redis.url")),
        new Relay(server.context(), port("penstock.clickhouse.url")));
  }

  private int port(String key) {
    return URI.create(plain(key)).getPort();
  }

  private String plain(String key) {
    return Objects.requireNonNull(plain.get(key), key);
  }

  /** How to reach the secured parts, trusting this certificate. */
  private RouterConfig trusting(Relays relays, Path ca) {
    stack.put("penstock.redis.url", "rediss://127.0.0.1:" + relays.redis().port());
    stack.put("penstock.redis.ssl.ca.file", ca.toString());
    stack.put("penstock.clickhouse.url", "https://127.0.0.1:" + relays.clickHouse().port());
    stack.put("penstock.clickhouse.ssl.ca.file", ca.toString());
    stack.put(
        "penstock.postgres.url",
        plain("penstock.postgres.url") + "?sslmode=verify-full&sslrootcert=" + ca);
    return ConfigReader.load(ConfigSource.of(new LinkedHashMap<>(stack)), RouterConfig::from)
        .config();
  }

  private void postgres(String statement) throws Exception {
    try (Connection connection = connect(plain("penstock.postgres.url"));
        Statement sql = connection.createStatement()) {
      sql.execute(statement);
    }
  }

  private Connection connect(String url) throws Exception {
    return DriverManager.getConnection(
        url, plain("penstock.postgres.user"), plain.getOrDefault("penstock.postgres.password", ""));
  }

  @BeforeEach
  @AfterEach
  void postgresWithoutTls() throws Exception {
    postgres("ALTER SYSTEM RESET ALL");
    postgres("SELECT pg_reload_conf()");
  }

  @Test
  void everyEventIsStoredWithAllConnectionsSecured() throws Exception {
    Certificates server = new Certificates(folder, "server", "ip:127.0.0.1");
    try (Relays relays = secure(server)) {
      RouterConfig config = trusting(relays, server.pem());
      try (Connection connection = connect(config.postgres().url());
          Statement sql = connection.createStatement();
          ResultSet secured =
              sql.executeQuery("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")) {
        assertThat(secured.next() && secured.getBoolean(1)).isTrue();
      }
      try (Scenario scenario = new Scenario(stack)) {
        String client = scenario.activeClient("secured");
        try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
          for (int i = 0; i < 100; i++) {
            scenario.sendGood(client);
          }
          scenario.settle();
        }
      }
    }
  }

  @Test
  void aCertificateOfAnotherAuthorityIsRefused() throws Exception {
    Certificates server = new Certificates(folder, "server", "ip:127.0.0.1");
    Certificates other = new Certificates(folder, "other", "ip:127.0.0.1");
    try (Relays relays = secure(server)) {
      assertNobodyIsTrusted(trusting(relays, other.pem()), "SSL error");
    }
  }

  @Test
  void aCertificateOfAnotherHostIsRefused() throws Exception {
    Certificates server = new Certificates(folder, "server", "dns:elsewhere.example");
    try (Relays relays = secure(server)) {
      assertNobodyIsTrusted(
          trusting(relays, server.pem()), "The hostname 127.0.0.1 could not be verified");
    }
  }

  private static void assertNobodyIsTrusted(RouterConfig config, String postgresSays) {
    try (RedisClientCache redis = new RedisClientCache(config.redis())) {
      assertThat(redis.get("acme")).isInstanceOf(Lookup.Unavailable.class);
    }
    assertThatThrownBy(() -> Setup.migrateMetadata(config.postgres(), HOME))
        .hasStackTraceContaining(postgresSays);
    Client.Builder connection = RouterApp.connection(config.clickHouse());
    try (ClickHouseTarget target =
        new ClickHouseTarget("default", connection, Duration.ofSeconds(5), 1)) {
      assertThat(target.answers()).isFalse();
    }
  }

  @Test
  void anAuthorityThatCannotBeReadIsNamed() throws Exception {
    try (Relays relays = secure(new Certificates(folder, "server", "ip:127.0.0.1"))) {
      RouterConfig config = trusting(relays, folder.resolve("none.pem"));

      assertThatThrownBy(() -> new RedisClientCache(config.redis()))
          .hasMessageContaining("none.pem");
      assertThatThrownBy(() ->
              new ClickHouseTarget(
                  "default", RouterApp.connection(config.clickHouse()), Duration.ofSeconds(5), 1))
          .hasStackTraceContaining("none.pem");
    }
  }
}
