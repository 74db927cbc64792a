package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.config.PostgresConfig;
import io.penstock.local.LocalStack;
import io.penstock.local.Part;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;

/**
 * Proves that Kafka may be killed under load, that Redis and PostgreSQL may be gone while events go
 * on being stored, that neither is believed everything, and that nothing is lost, doubled or
 * refused for it.
 */
class DependencyFaultIT {
  private static final String REFRESH = "1s";
  private static final int KAFKA_KILLS = 2;
  private static final String ENTRY = "penstock:client:";
  private static final String REFUSED = "penstock_client_cache_refused_total";

  private final LocalStack stack = FaultStack.healed();
  private final Scenario scenario = new Scenario(properties(stack));

  private static Map<String, String> properties(LocalStack stack) {
    Map<String, String> properties = new HashMap<>(stack.connectionProperties());
    // Clients are looked up all the time, so also while nobody answers.
    properties.put("penstock.client.cache.refresh", REFRESH);
    return properties;
  }

  @AfterEach
  void close() {
    scenario.close();
  }

  @Test
  void kafkaKilledUnderLoadLosesAndDoublesNothing() {
    List<String> clients = scenario.activeClients(3);
    try (EmbeddedRouter router = new EmbeddedRouter(scenario.properties).awaitReady()) {
      try (Load _ = scenario.load(clients, 500)) {
        for (int kill = 0; kill < KAFKA_KILLS; kill++) {
          scenario.awaitMoreStored(500);
          stack.kafka().kill();
          scenario.fault("Kafka killed");
          var _ = stack.kafka().start();
        }
        scenario.awaitMoreStored(500);
      }
      scenario.settle();
      router.stopCleanly();
      scenario.settle();
    }
  }

  @Test
  void redisAndPostgresMayBeGoneWhileEventsGoOnBeingStored() {
    List<String> clients = new ArrayList<>(scenario.activeClients(3));
    try (EmbeddedRouter router = new EmbeddedRouter(scenario.properties).awaitReady()) {
      List<List<Part>> outages =
          List.of(
              List.of(stack.redis()),
              List.of(stack.postgres()),
              List.of(stack.redis(), stack.postgres()));
      for (List<Part> gone : outages) {
        try (Load _ = scenario.load(clients, 500)) {
          scenario.awaitMoreStored(500);
          for (Part part : gone) {
            part.kill();
            scenario.fault(part.kind().title() + " killed");
          }
          // By far more than what was gathered before the kill.
          scenario.awaitMoreStored(1_500);
          for (Part part : gone) {
            var _ = part.start();
          }
        }
        // One that this router has never heard of.
        clients.add(scenario.activeClient("later"));
      }
      try (Load _ = scenario.load(clients, 500)) {
        scenario.awaitMoreStored(500);
      }
      scenario.settle();
      router.stopCleanly();
      scenario.settle();
    }
  }

  /**
   * Whoever can write to Redis lets nobody in, and neither he nor who writes to PostgreSQL past its
   * constraints puts anything into statements.
   */
  @Test
  void whatShouldNotStandInRedisAndPostgresIsNotBelieved() throws SQLException {
    String victim = scenario.activeClient("victim");
    String misled = scenario.activeClient("misled");
    String injected = scenario.activeClient("injected");
    String odd = scenario.create("odd");
    String key = scenario.keyHash(victim);
    String planted = Scenario.database(victim) + "`.events_base (event_name) VALUES ('planted') --";
    try (RedisClient redis = redis();
        Misnamed _ = new Misnamed(odd, planted)) {
      plant(redis, "stranger", key, Scenario.database(victim));
      plant(redis, misled, scenario.keyHash(misled), Scenario.database(victim));
      plant(redis, injected, scenario.keyHash(injected), planted);
      try (EmbeddedRouter router = new EmbeddedRouter(scenario.properties).awaitReady()) {
        for (int i = 0; i < 50; i++) {
          scenario.sendDead("UNKNOWN_CLIENT", scenario.event("stranger", key, "\"a\":1"));
          scenario.sendDead(
              "CLIENT_UNAVAILABLE", scenario.event(odd, scenario.keyHash(odd), "\"a\":1"));
          List.of(victim, misled, injected).forEach(scenario::sendGood);
        }
        scenario.settle();
        assertThat(router.metric(REFUSED)).isEqualTo(3);

        String signed = redis.get(ENTRY + victim);
        assertThat(signed).startsWith("s1:");
        redis.set(ENTRY + "copied", signed);
        for (int i = 0; i < 50; i++) {
          scenario.sendDead("UNKNOWN_CLIENT", scenario.event("copied", key, "\"a\":1"));
        }
        scenario.settle();
        assertThat(router.metric(REFUSED)).isEqualTo(4);
        router.stopCleanly();
        scenario.settle();
      }
    }
  }

  /** Writes a client as it was written before entries were signed. */
  private static void plant(RedisClient redis, String client, String keyHash, String database) {
    redis.set(
        ENTRY + client,
        "{\"v\":1,\"status\":\"active\",\"database\":\"%s\",\"target\":\"default\",\"keys\":[{\"hash\":\"%s\",\"created\":1}]}"
            .formatted(database, keyHash));
  }

  private RedisClient redis() {
    URI url = scenario.config.redis().url();
    return RedisClient.builder().hostAndPort(url.getHost(), url.getPort()).build();
  }

  /** An active client whose database has a name that no database has; closing mends it. */
  private final class Misnamed implements AutoCloseable {
    private final String client;

    Misnamed(String client, String database) throws SQLException {
      this.client = client;
      run(
          "ALTER TABLE clients DROP CONSTRAINT clients_ch_database_name_check",
          "UPDATE clients SET status = 'active', ch_database_name = '%s' WHERE client_id = '%s'"
              .formatted(database.replace("'", "''"), client));
    }

    @Override
    public void close() throws SQLException {
      run(
          "ALTER TABLE clients DISABLE TRIGGER clients_change",
          "UPDATE clients SET ch_database_name = '%s' WHERE client_id = '%s'"
              .formatted(Scenario.database(client), client),
          "ALTER TABLE clients ENABLE TRIGGER clients_change",
          "ALTER TABLE clients ADD CONSTRAINT clients_ch_database_name_check CHECK (ch_database_name ~ '^[a-z][a-z0-9_]{0,62}$' AND ch_database_name NOT IN ('default', 'system', 'information_schema'))");
    }

    private void run(String... statements) throws SQLException {
      PostgresConfig postgres = scenario.config.postgres();
      try (Connection connection =
              DriverManager.getConnection(
                  postgres.url(), postgres.user(), postgres.password().reveal());
          Statement sql = connection.createStatement()) {
        for (String statement : statements) {
          var _ = sql.execute(statement);
        }
      }
    }
  }
}
