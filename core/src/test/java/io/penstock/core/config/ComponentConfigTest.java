package io.penstock.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComponentConfigTest {
  @TempDir Path folder;

  @Test
  void kafkaDefaultsAreTheContractsTopics() {
    KafkaConfig config =
        load(KafkaConfig::from, "penstock.kafka.bootstrap.servers", "a:9092, b:9092");

    assertThat(config)
        .isEqualTo(
            new KafkaConfig(
                "a:9092, b:9092",
                Map.of(),
                "shared_raw_events",
                "shared_dead_letter",
                "penstock_ledger",
                6,
                null));
  }

  @Test
  void everyKafkaKeyArrives() {
    KafkaConfig config =
        load(
            KafkaConfig::from,
            "penstock.kafka.bootstrap.servers",
            "a:1",
            "penstock.topic.events",
            "events",
            "penstock.topic.dead.letters",
            "dead",
            "penstock.topic.ledger",
            "ledger",
            "penstock.topic.events.partitions",
            "12",
            "penstock.topic.replication.factor",
            "3");

    assertThat(config)
        .isEqualTo(new KafkaConfig("a:1", Map.of(), "events", "dead", "ledger", 12, 3));
  }

  @Test
  void kafkaPropertiesPassThroughFromEnvironmentAndFileWithSecretsMasked() throws IOException {
    Path jaas = Files.writeString(folder.resolve("jaas"), "password=sesame\n");
    Path assertion = folder.resolve("key.pem");

    var loaded =
        ConfigReader.load(
            ConfigSource.fromEnvironment(
                Map.of(
                    "PENSTOCK_KAFKA_BOOTSTRAP_SERVERS", "a:1",
                    "PENSTOCK_KAFKA_PROPERTY_SSL_TRUSTSTORE_LOCATION", "/ca.p12",
                    "PENSTOCK_KAFKA_PROPERTY_SSL_TRUSTSTORE_PASSWORD", "opensesame",
                    "PENSTOCK_KAFKA_PROPERTY_SASL_JAAS_CONFIG_FILE", jaas.toString(),
                    "PENSTOCK_KAFKA_PROPERTY_SASL_OAUTHBEARER_ASSERTION_PRIVATE_KEY_FILE",
                        assertion.toString())),
            KafkaConfig::from);

    assertThat(loaded.config().clientProperties())
        .containsEntry("bootstrap.servers", "a:1")
        .containsEntry("ssl.truststore.location", "/ca.p12")
        .containsEntry("ssl.truststore.password", "opensesame")
        .containsEntry("sasl.jaas.config", "password=sesame")
        .containsEntry("sasl.oauthbearer.assertion.private.key.file", assertion.toString());
    assertThat(loaded.toString())
        .contains("ssl.truststore.password = ***")
        .doesNotContain("sesame");
  }

  @Test
  void kafkaContradictionsAreReportedTogether() {
    assertThatThrownBy(() ->
            load(
                KafkaConfig::from,
                "penstock.kafka.bootstrap.servers",
                "nowhere",
                "penstock.kafka.property.bootstrap.servers",
                "a:1",
                "penstock.topic.events",
                "same",
                "penstock.topic.dead.letters",
                "same"))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("3 problems")
        .hasMessageContaining("\"nowhere\" is not a list of host:port")
        .hasMessageContaining("set penstock.kafka.bootstrap.servers instead")
        .hasMessageContaining(
            "penstock.topic.dead.letters: must differ from penstock.topic.events");
  }

  @Test
  void everyPostgresKeyArrives() {
    PostgresConfig config =
        load(
            PostgresConfig::from,
            "penstock.postgres.url",
            "jdbc:postgresql://db/p?sslmode=verify-full",
            "penstock.postgres.user",
            "u",
            "penstock.postgres.password",
            "s",
            "penstock.postgres.pool.size",
            "9",
            "penstock.postgres.timeout",
            "2s");

    assertThat(config)
        .isEqualTo(
            new PostgresConfig(
                "jdbc:postgresql://db/p?sslmode=verify-full",
                "u",
                Secret.of("s"),
                9,
                Duration.ofSeconds(2)));
  }

  @Test
  void passwordInThePostgresUrlIsRefused() {
    assertThatThrownBy(() ->
            load(
                PostgresConfig::from,
                "penstock.postgres.url",
                "jdbc:postgresql://db/p?password=s",
                "penstock.postgres.user",
                "u"))
        .hasMessageContaining("without user and password");
  }

  @Test
  void eachProcessHasAPortOfItsOwnAndTheSharedOneStandsInForIt() {
    assertThat(router()).isEqualTo(new HttpConfig("127.0.0.1", 8080, "penstock.router.http.port"));
    assertThat(load(reader -> HttpConfig.from(reader, ConfigKeys.DLQ_HTTP_PORT)).port())
        .isEqualTo(8081);
    assertThat(load(reader -> HttpConfig.from(reader, ConfigKeys.PROVISION_HTTP_PORT)).port())
        .isEqualTo(8082);
    assertThat(router("penstock.http.port", "9000"))
        .isEqualTo(new HttpConfig("127.0.0.1", 9000, "penstock.http.port"));
    assertThat(router("penstock.http.port", "9000", "penstock.router.http.port", "9001"))
        .isEqualTo(new HttpConfig("127.0.0.1", 9001, "penstock.router.http.port"));
  }

  private static HttpConfig router(String... settings) {
    return load(reader -> HttpConfig.from(reader, ConfigKeys.ROUTER_HTTP_PORT), settings);
  }

  @Test
  void everyRedisKeyArrives() {
    RedisConfig config =
        load(
            RedisConfig::from,
            "penstock.redis.url",
            "rediss://cache:6380/2",
            "penstock.redis.user",
            "u",
            "penstock.redis.password",
            "s",
            "penstock.redis.ssl.ca.file",
            "/ca.pem",
            "penstock.redis.timeout",
            "100ms",
            "penstock.redis.signing.secret",
            "n".repeat(32),
            "penstock.redis.signing.secret.previous",
            "o".repeat(32));

    assertThat(config)
        .isEqualTo(
            new RedisConfig(
                URI.create("rediss://cache:6380/2"),
                "u",
                Secret.of("s"),
                "/ca.pem",
                Duration.ofMillis(100),
                Secret.of("n".repeat(32)),
                Secret.of("o".repeat(32))));
  }

  @Test
  void redisContradictionsAreReported() {
    assertThatThrownBy(() ->
            load(
                RedisConfig::from,
                "penstock.redis.url",
                "redis://cache",
                "penstock.redis.user",
                "u",
                "penstock.redis.ssl.ca.file",
                "/ca.pem",
                "penstock.redis.signing.secret.previous",
                "o".repeat(32)))
        .hasMessageContaining("secret.previous: needs penstock.redis.signing.secret too")
        .hasMessageContaining("penstock.redis.user: needs penstock.redis.password too")
        .hasMessageContaining("penstock.redis.ssl.ca.file: is of use with rediss:// only");
    assertThatThrownBy(() -> load(RedisConfig::from, "penstock.redis.url", "redis://u:p@cache"))
        .hasMessageContaining("must not hold a user or a password");
  }

  @Test
  void everyClickHouseKeyArrives() {
    ClickHouseConfig config =
        load(
            ClickHouseConfig::from,
            "penstock.clickhouse.url",
            "https://ch:8443",
            "penstock.clickhouse.user",
            "writer",
            "penstock.clickhouse.password",
            "s",
            "penstock.clickhouse.ssl.ca.file",
            "/ca.pem",
            "penstock.clickhouse.cluster",
            "main");

    assertThat(config)
        .isEqualTo(
            new ClickHouseConfig(
                URI.create("https://ch:8443"), "writer", Secret.of("s"), "/ca.pem", "main"));
    assertThatThrownBy(() ->
            load(
                ClickHouseConfig::from,
                "penstock.clickhouse.url",
                "http://ch:8123",
                "penstock.clickhouse.ssl.ca.file",
                "/ca.pem"))
        .hasMessageContaining("is of use with https:// only");
  }

  @Test
  void everyClientDirectoryKeyArrives() {
    ClientDirectoryConfig config =
        load(
            ClientDirectoryConfig::from,
            "penstock.client.cache.max.entries",
            "500",
            "penstock.client.cache.refresh",
            "1s",
            "penstock.client.cache.max.staleness",
            "2h",
            "penstock.client.cache.unknown.max.entries",
            "300",
            "penstock.client.cache.unknown.ttl",
            "3s",
            "penstock.client.cache.redis.ttl",
            "4m");

    assertThat(config)
        .isEqualTo(
            new ClientDirectoryConfig(
                500,
                Duration.ofSeconds(1),
                Duration.ofHours(2),
                300,
                Duration.ofSeconds(3),
                Duration.ofMinutes(4)));
    assertThatThrownBy(() ->
            load(
                ClientDirectoryConfig::from,
                "penstock.client.cache.refresh",
                "1h",
                "penstock.client.cache.max.staleness",
                "1m"))
        .hasMessageContaining("1m is shorter than penstock.client.cache.refresh, 1h");
  }

  private static <T> T load(
      java.util.function.Function<ConfigReader, T> from, String... namesAndValues) {
    Map<String, String> values = new java.util.TreeMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      values.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return ConfigReader.load(ConfigSource.of(values), from).config();
  }
}
