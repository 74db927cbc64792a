package io.penstock.dlq.forecast;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.clickhouse.client.api.Client;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.zaxxer.hikari.HikariDataSource;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.Home;
import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.clickhouse.Scratch;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.ConfigSource;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.metadata.PostgresConnections;
import io.penstock.dlq.command.MetadataSql;
import io.penstock.dlq.replay.Letters;
import io.penstock.dlq.replay.Prepared;
import io.penstock.dlq.replay.ReplayRequest;
import io.penstock.testkit.SharedStack;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ForecastIT {
  private static final String KEY = "0123456789abcdef".repeat(4);
  private static final String REVOKED = "fedcba9876543210".repeat(4);
  private static final Instant REVOKED_AT = Instant.parse("2026-01-02T03:04:05Z");
  private static final String EVENTS = "fc_%s.events_base";

  private static Client clickHouse = new Client.Builder().addEndpoint("http://127.0.0.1:1").build();
  private static Map<String, String> properties = Map.of();
  private static HikariDataSource pool = new HikariDataSource();

  private final Letters letters = new Letters();

  @BeforeAll
  static void clientsAreThere() throws Exception {
    properties = new HashMap<>(SharedStack.start());
    clickHouse.close();
    clickHouse =
        ClickHouseClients.open(
            ClickHouseClients.connection(config().clickHouse(), "test"), Duration.ofMinutes(1), 2);
    // A database of its own: other tests of this JVM have theirs.
    String url = String.valueOf(properties.get("penstock.postgres.url"));
    try (Connection connection = postgres(url);
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE forecast");
    }
    properties.put(
        "penstock.postgres.url", url.substring(0, url.lastIndexOf('/') + 1) + "forecast");
    pool = PostgresConnections.ofCommand(config().postgres(), "test");
    try (Connection connection = postgres(config().postgres().url());
        Statement statement = connection.createStatement()) {
      MetadataSql.applyAll(statement);
      statement.execute(
          "INSERT INTO targets (name, url) VALUES ('away', 'http://127.0.0.1:1');"
              + "INSERT INTO targets (name, url, password_variable)"
              + " VALUES ('secret', 'http://127.0.0.1:1', 'SECRET_PASSWORD')");
    }
    for (String id : List.of("acme", "limited", "strict", "checked", "gone", "far", "locked")) {
      client(id, "active");
    }
    client("asleep", "suspended");
    client("early", "pending");
    sql("UPDATE clients SET max_events_per_minute = 5 WHERE client_id = 'limited'");
    for (String id : List.of("acme", "limited", "strict", "checked")) {
      table(id);
    }
    query(
        "ALTER TABLE %s ADD COLUMN plan LowCardinality(String) MATERIALIZED JSONExtractString(event_properties, 'plan')"
            .formatted(EVENTS.formatted("checked")));
    query(
        "ALTER TABLE %s ADD CONSTRAINT known_plan CHECK plan IN ('free', 'pro')"
            .formatted(EVENTS.formatted("checked")));
    query(
        "ALTER TABLE %s ADD COLUMN seats UInt32 MATERIALIZED toUInt32(JSONExtractString(event_properties, 'plan'))"
            .formatted(EVENTS.formatted("strict")));
  }

  @AfterAll
  static void close() {
    clickHouse.close();
    pool.close();
  }

  @AfterEach
  void nothingIsLeftBehindAndNothingWasStored() {
    assertThat(clickHouse.queryAll(Scratch.FORECAST.names())).isEmpty();
    for (String id : List.of("acme", "limited", "strict", "checked")) {
      assertThat(
              clickHouse
                  .queryAll("SELECT count() FROM " + EVENTS.formatted(id))
                  .getFirst()
                  .getLong(1))
          .isZero();
    }
  }

  @Test
  void everyOutcomeIsForetold() {
    try (Forecast forecast = forecast()) {
      add(forecast, 3, event("acme", KEY, "pro"));
      add(forecast, 2, event("limited", KEY, "pro"));
      add(forecast, 1, event("nobody", KEY, "pro"));
      add(forecast, 1, event("asleep", KEY, "pro"));
      add(forecast, 1, event("early", KEY, "pro"));
      add(forecast, 1, event("acme", "0".repeat(64), "pro"));
      add(
          forecast,
          7,
          event("acme", KEY, "pro")
              .replaceFirst("\\{", "{\"event_time\":\"2001-09-09T01:46:40Z\","));
      add(forecast, 1, "{\"client_id\":");
      add(forecast, 1, "{\"client_id\":\"acme\"}");
      add(forecast, 2, event("gone", KEY, "pro"));
      add(forecast, 4, event("far", KEY, "pro"));
      add(forecast, 5, event("locked", KEY, "pro"));
      DeadLetter letter = letters.foreign(event("acme", KEY, "pro"));
      forecast.add(letter, ReplayRequest.unchanged(letter));
      forecast.add(letter, new Prepared.Left("failed 5 times or more"));
      forecast.finish();

      assertThat(forecast.outcomes())
          .containsOnly(
              Map.entry("stored", 6L),
              Map.entry("UNKNOWN_CLIENT", 1L),
              Map.entry("CLIENT_SUSPENDED", 1L),
              Map.entry("CLIENT_PENDING", 1L),
              Map.entry("INVALID_API_KEY", 1L),
              Map.entry("EVENT_TIME_OUT_OF_RANGE", 7L),
              Map.entry("MALFORMED_JSON", 1L),
              Map.entry("MISSING_FIELD", 1L),
              Map.entry("CLIENT_UNAVAILABLE", 2L),
              Map.entry("waits: ClickHouse target away does not answer", 4L),
              Map.entry("waits: ClickHouse target secret does not answer", 5L),
              Map.entry("stays: failed 5 times or more", 1L));
      assertThat(forecast.notices())
          .hasSize(2)
          .anyMatch(notice -> notice.contains("SECRET_PASSWORD"))
          .anyMatch(notice -> notice.contains("minute") && notice.contains("limited"));
    }
  }

  @Test
  void aRevokedKeyStillStandsForWhatCameBefore() {
    try (Forecast forecast = forecast()) {
      assertThat(outcome(forecast, event("acme", REVOKED, "pro"), REVOKED_AT.minusSeconds(1)))
          .isEqualTo("stored");
      assertThat(outcome(forecast, event("acme", REVOKED, "pro"), REVOKED_AT.plusSeconds(1)))
          .isEqualTo("INVALID_API_KEY");
      DeadLetter foreign = letters.foreign(event("acme", REVOKED, "pro"));
      assertThat(forecast.of(foreign, ReplayRequest.unchanged(foreign)).name())
          .isEqualTo("INVALID_API_KEY");
      assertThat(forecast.outcomes()).isEmpty();
    }
  }

  @Test
  void rowsThatAConstraintRefusesAreFoundAmongGoodOnes() {
    try (Forecast forecast = forecast()) {
      for (int i = 0; i < 2_500; i++) {
        add(forecast, 1, event("checked", KEY, i % 400 == 7 ? "gold" : "pro"));
      }
      forecast.finish();

      assertThat(forecast.outcomes())
          .containsOnly(Map.entry("stored", 2_493L), Map.entry("ROW_REJECTED", 7L));
      assertThat(forecast.notices()).isEmpty();
      DeadLetter letter = letters.of(event("checked", KEY, "gold"), Instant.now());
      Forecast.Outcome one = forecast.of(letter, ReplayRequest.unchanged(letter));
      assertThat(one.name()).isEqualTo("ROW_REJECTED");
      assertThat(one.detail()).contains("known_plan", "fc_checked.events_base", "gold");
    }
  }

  @Test
  void rowsWhoseColumnsCannotBeDerivedAreEstimatedWhereTheyAreMany() {
    try (Forecast forecast = forecast()) {
      add(forecast, 3_000, event("strict", KEY, "many"));
      forecast.finish();

      assertThat(forecast.outcomes()).containsOnly(Map.entry("ROW_REJECTED", 3_000L));
      assertThat(forecast.notices())
          .hasSize(2)
          .anyMatch(notice -> notice.contains("estimates"))
          .anyMatch(notice -> notice.contains("strict") && notice.contains("CLIENT_UNAVAILABLE"));
    }
  }

  @Test
  void whereNothingMayBeTriedItIsSaid() throws Exception {
    HttpServer front = frontThatRefusesDatabases();
    try {
      String url = "http://127.0.0.1:" + front.getAddress().getPort();
      Forecast.Config known = config();
      ClickHouseConfig refusing =
          new ClickHouseConfig(
              URI.create(url),
              known.clickHouse().user(),
              known.clickHouse().password(),
              null,
              null);
      Forecast.Config config =
          new Forecast.Config(
              known.limits(),
              known.eventsTopic(),
              known.rejectMaxPercent(),
              known.postgres(),
              refusing);
      try (Forecast forecast = new Forecast(config, pool)) {
        add(forecast, 2, event("acme", KEY, "pro"));
        add(forecast, 2, event("checked", KEY, "gold"));
        add(forecast, 1, event("gone", KEY, "pro"));
        forecast.finish();

        assertThat(forecast.outcomes())
            .containsOnly(Map.entry("stored", 4L), Map.entry("CLIENT_UNAVAILABLE", 1L));
        assertThat(forecast.notices())
            .singleElement()
            .asString()
            .startsWith("rows were not tried:")
            .contains("acme", "checked", "ACCESS_DENIED");
      }
    } finally {
      front.stop(0);
    }
  }

  @Test
  void scratchDatabasesOfKilledRunsAreDropped() throws Exception {
    query(Scratch.FORECAST.create("penstock_forecast_1700000000_0123456789ab", ""));

    try (Forecast forecast = forecast()) {
      assertThat(outcome(forecast, event("acme", KEY, "pro"), Instant.now())).isEqualTo("stored");
    }
  }

  @Test
  void withoutPostgresNobodyCanTell() {
    Map<String, String> away = new HashMap<>(properties);
    away.put("penstock.postgres.url", "jdbc:postgresql://127.0.0.1:1/none");
    Forecast.Config config =
        ConfigReader.load(ConfigSource.of(away), Forecast.Config::from).config();
    try (HikariDataSource none = PostgresConnections.ofCommand(config.postgres(), "test");
        Forecast forecast = new Forecast(config, none)) {
      assertThat(outcome(forecast, "no event", Instant.now())).isEqualTo("MALFORMED_JSON");
      assertThatThrownBy(() -> outcome(forecast, event("acme", KEY, "pro"), Instant.now()))
          .isInstanceOf(CommandFailure.class)
          .hasMessageContainingAll("PostgreSQL", "127.0.0.1:1");
    }
  }

  private static Forecast forecast() {
    return new Forecast(config(), pool);
  }

  private void add(Forecast forecast, int times, String value) {
    for (int i = 0; i < times; i++) {
      DeadLetter letter = letters.of(value, Instant.now());
      forecast.add(letter, ReplayRequest.unchanged(letter));
    }
  }

  private String outcome(Forecast forecast, String value, Instant acceptedAt) {
    DeadLetter letter = letters.of(value, acceptedAt);
    return String.valueOf(forecast.of(letter, ReplayRequest.unchanged(letter)).name());
  }

  private static String event(String client, String key, String plan) {
    return "{\"client_id\":\"%s\",\"api_key_hash\":\"%s\",\"event_name\":\"seen\",\"event_properties\":{\"plan\":\"%s\"}}"
        .formatted(client, key, plan);
  }

  private static Forecast.Config config() {
    return ConfigReader.load(ConfigSource.of(properties), Forecast.Config::from).config();
  }

  private static Connection postgres(String url) throws Exception {
    return DriverManager.getConnection(
        url,
        properties.get("penstock.postgres.user"),
        properties.get("penstock.postgres.password"));
  }

  private static void sql(String statements) throws Exception {
    pool = PostgresConnections.ofCommand(config().postgres(), "test");
    try (Connection connection = postgres(config().postgres().url());
        Statement statement = connection.createStatement()) {
      statement.execute(statements);
    }
  }

  private static void client(String id, String status) throws Exception {
    String target = Map.of("far", "away", "locked", "secret").getOrDefault(id, "default");
    sql(
        "INSERT INTO clients (client_id, name, status, ch_database_name, ch_target) VALUES ('%1$s', '%1$s', '%2$s', 'fc_%1$s', '%3$s');"
                .formatted(id, status, target)
            + "INSERT INTO api_keys (client_id, api_key_hash) VALUES ('%s', '%s');"
                .formatted(id, KEY)
            + "INSERT INTO api_keys (client_id, api_key_hash, created_at, revoked_at) VALUES ('%s', '%s', '2020-01-01', '%s')"
                .formatted(id, REVOKED, REVOKED_AT));
  }

  private static void table(String id) throws Exception {
    query("CREATE DATABASE fc_" + id);
    String migration =
        Files.readString(Home.find().resolve("clickhouse/migrations/V001__events_base.sql"));
    query(
        migration
            .substring(0, migration.indexOf("-- What analysts read"))
            .strip()
            .replaceFirst(";$", "")
            .replace("${database}", "fc_" + id)
            .replace("${retention_days}", "30")
            .replace("${cluster}", "")
            .replace("${replicated}", ""));
  }

  private static void query(String sql) throws Exception {
    clickHouse.execute(sql).get().close();
  }

  /** The engine's front, but for a user who may not create databases, which the engine lacks. */
  private static HttpServer frontThatRefusesDatabases() throws IOException {
    URI real = config().clickHouse().url();
    HttpClient http = HttpClient.newHttpClient();
    HttpServer front =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    front.createContext(
        "/",
        exchange -> {
          try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            // Compressed, but such a short text stands in it as it is.
            if (new String(body, ISO_8859_1).contains("CREATE DATABASE")) {
              byte[] refusal =
                  "Code: 497. DB::Exception: Not enough privileges. (ACCESS_DENIED)"
                      .getBytes(UTF_8);
              exchange.getResponseHeaders().add("X-ClickHouse-Exception-Code", "497");
              exchange.sendResponseHeaders(500, refusal.length);
              exchange.getResponseBody().write(refusal);
            } else {
              forward(exchange, body, real, http);
            }
          }
        });
    front.start();
    return front;
  }

  private static void forward(HttpExchange exchange, byte[] body, URI real, HttpClient http)
      throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(real.resolve(exchange.getRequestURI()))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    exchange
        .getRequestHeaders()
        .forEach((name, values) -> {
          if (name.toLowerCase(Locale.ROOT).startsWith("x-")
              || name.equalsIgnoreCase("Authorization")
              || name.equalsIgnoreCase("Content-Encoding")) {
            request.header(name, values.getFirst());
          }
        });
    try {
      HttpResponse<byte[]> answer =
          http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      answer
          .headers()
          .map()
          .forEach((name, values) -> {
            if (name.toLowerCase(Locale.ROOT).startsWith("x-")) {
              exchange.getResponseHeaders().put(name, values);
            }
          });
      exchange.sendResponseHeaders(answer.statusCode(), answer.body().length);
      exchange.getResponseBody().write(answer.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
