package io.penstock.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.RedisClient;

class LocalStackIT {
  @TempDir private static Path dir;
  private static LocalStack stack;

  @BeforeAll
  static void startEverything() {
    stack = LocalStack.builder(dir).progress(System.out::println).build().start();
  }

  @AfterAll
  static void stopEverything() {
    stack.close();
    assertThat(stack.parts()).extracting(Part::status).containsOnly(PartStatus.STOPPED);
  }

  @Test
  void kafkaKeepsRecordsAcrossAKillAndAnswersAfterAFreeze() throws Exception {
    createTopic("kept");
    produce("kept", "before");
    stack.kafka().kill();
    assertThat(stack.kafka().status()).isEqualTo(PartStatus.DEAD);
    stack.kafka().start();
    stack.kafka().freeze();
    stack.kafka().thaw();
    produce("kept", "after");
    assertThat(consume("kept", 2)).containsExactly("before", "after");
  }

  @Test
  void kafkaDoesNotMakeTopicsByTheirUse() throws Exception {
    try (Admin admin = Admin.create(kafkaClient())) {
      assertThatThrownBy(() -> admin.describeTopics(List.of("nobody")).allTopicNames().get())
          .hasMessageContaining("UnknownTopicOrPartition");
    }
  }

  @Test
  void postgresKeepsCommittedRowsAcrossAKillAndAFreeze() throws SQLException {
    execute("CREATE TABLE kept (what text)");
    execute("INSERT INTO kept VALUES ('before')");
    stack.postgres().kill();
    stack.postgres().start();
    stack.postgres().freeze();
    assertThat(stack.postgres().isRunning()).isTrue();
    stack.postgres().thaw();
    execute("INSERT INTO kept VALUES ('after')");
    try (Connection connection = stack.postgres().connect();
        var statement = connection.createStatement();
        var rows = statement.executeQuery("SELECT count(*), min(version()) FROM kept")) {
      rows.next();
      assertThat(rows.getInt(1)).isEqualTo(2);
      assertThat(rows.getString(2)).startsWith("PostgreSQL 18.");
    }
  }

  @Test
  void postgresRefusesAWrongPassword() {
    assertThatThrownBy(
            () -> DriverManager.getConnection(stack.postgres().jdbcUrl(), "penstock", "wrong"))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("password authentication failed");
  }

  @Test
  void redisKeepsWhatItAnsweredAcrossAKillAndAFreeze() {
    withRedis(redis -> assertThat(redis.set("kept", "value")).isEqualTo("OK"));
    stack.redis().kill();
    stack.redis().start();
    stack.redis().freeze();
    assertThat(stack.redis().isRunning()).isTrue();
    stack.redis().thaw();
    withRedis(redis -> assertThat(redis.get("kept")).isEqualTo("value"));
  }

  @Test
  void clickHouseKeepsRowsAcrossAKillAndAFreeze() throws Exception {
    assertThat(clickHouse("SELECT 1")).isEqualTo("1");
    clickHouse("CREATE TABLE default.kept (what String) ENGINE = MergeTree ORDER BY what");
    clickHouse("INSERT INTO default.kept VALUES ('before')");
    stack.clickHouse().kill();
    stack.clickHouse().start();
    stack.clickHouse().freeze();
    assertThat(stack.clickHouse().answers()).isFalse();
    stack.clickHouse().thaw();
    clickHouse("INSERT INTO default.kept VALUES ('after')");
    assertThat(clickHouse("SELECT what FROM default.kept ORDER BY what DESC"))
        .isEqualTo("before\nafter");
  }

  @Test
  void aRestartKeepsThePortAndTakesANewProcess() {
    int port = stack.redis().port();
    long pid = stack.redis().pid();
    stack.redis().restart();
    assertThat(stack.redis().port()).isEqualTo(port);
    assertThat(stack.redis().pid()).isNotEqualTo(pid);
  }

  @Test
  void connectionPropertiesCoverEveryPart() {
    assertThat(stack.connectionProperties())
        .containsEntry("penstock.kafka.bootstrap.servers", stack.kafka().bootstrapServers())
        .containsEntry("penstock.postgres.url", stack.postgres().jdbcUrl())
        .containsEntry("penstock.redis.url", stack.redis().redisUrl())
        .containsEntry("penstock.clickhouse.url", stack.clickHouse().clickHouseUrl())
        .containsKeys("penstock.postgres.user", "penstock.postgres.password");
  }

  @Test
  void everyPartIsAProcessOfItsOwnOnItsOwnPort() {
    assertThat(stack.parts()).extracting(Part::pid).doesNotHaveDuplicates();
    assertThat(stack.parts()).extracting(Part::port).doesNotHaveDuplicates();
    assertThat(stack.parts()).allSatisfy(part -> assertThat(part.residentBytes()).isPositive());
  }

  @Test
  void aSecondStackOverTheFolderTakesOverWhatRuns() {
    long pid = stack.redis().pid();
    LocalStack second = LocalStack.builder(dir).parts(PartKind.REDIS).build().start();
    assertThat(second.redis().pid()).isEqualTo(pid);
    assertThat(second.redis().port()).isEqualTo(stack.redis().port());
    assertThat(stack.connectionProperties()).containsAllEntriesOf(second.connectionProperties());
  }

  /** Redis' file holds hashes of keys, Kafka's and ClickHouse's hold events. */
  @Test
  void nobodyElseCanReadWhatTheServersWrite() throws IOException {
    withRedis(redis -> redis.set("secret", "value"));
    try (Stream<Path> files = Files.walk(dir)) {
      assertThat(files.filter(file -> file.getParent() != null && !file.equals(dir)))
          .anyMatch(file -> file.endsWith("redis/appendonly.aof"))
          .anyMatch(file -> file.endsWith("logs/kafka.log"))
          .allSatisfy(file ->
              assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                  .as(file.toString())
                  .endsWith("------"));
    }
  }

  @Test
  void aTakenPortIsNamedWithTheOptionThatChangesIt(@TempDir Path other) throws IOException {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      LocalStack refused =
          LocalStack.builder(other)
              .parts(PartKind.REDIS)
              .port(PartKind.REDIS, taken.getLocalPort())
              .build();
      assertThatThrownBy(refused::start)
          .isInstanceOf(LocalStackException.class)
          .hasMessageContaining("Port " + taken.getLocalPort() + " is taken")
          .hasMessageContaining("--redis-port");
    }
  }

  @Test
  void aPartThatCannotStartIsNamedWithItsExitCodeAndItsLastLines(@TempDir Path other)
      throws IOException {
    LocalStack broken = LocalStack.builder(other).parts(PartKind.REDIS).build().start();
    broken.redis().kill();
    Files.writeString(other.resolve("redis/appendonly.aof"), "this is no append-only file");
    assertThatThrownBy(broken::start)
        .isInstanceOf(LocalStackException.class)
        .hasMessageContaining("Redis ended while starting with exit code 1")
        .hasMessageContaining(broken.redis().logFile().toString())
        .hasMessageContaining("Bad file format");
    assertThat(broken.redis().status()).isEqualTo(PartStatus.DEAD);
  }

  private static Map<String, Object> kafkaClient() {
    return Map.of("bootstrap.servers", stack.kafka().bootstrapServers());
  }

  private static void createTopic(String name) throws Exception {
    try (Admin admin = Admin.create(kafkaClient())) {
      admin.createTopics(List.of(new NewTopic(name, 1, (short) 1))).all().get();
    }
  }

  private static void produce(String topic, String value) throws Exception {
    try (var producer =
        new KafkaProducer<>(kafkaClient(), new StringSerializer(), new StringSerializer())) {
      producer.send(new ProducerRecord<>(topic, value)).get();
    }
  }

  private static List<String> consume(String topic, int count) {
    var values = new ArrayList<String>();
    try (var consumer =
        new KafkaConsumer<>(kafkaClient(), new StringDeserializer(), new StringDeserializer())) {
      var partitions = List.of(new TopicPartition(topic, 0));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
      while (values.size() < count && System.nanoTime() < deadline) {
        consumer.poll(Duration.ofMillis(200)).forEach(record -> values.add(record.value()));
      }
    }
    return values;
  }

  private static String clickHouse(String sql) throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(URI.create(stack.clickHouse().clickHouseUrl()))
                  .POST(HttpRequest.BodyPublishers.ofString(sql))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      return answer.body().strip();
    }
  }

  private static void execute(String sql) throws SQLException {
    try (Connection connection = stack.postgres().connect();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void withRedis(Consumer<RedisClient> use) {
    try (RedisClient redis = RedisClient.create(stack.redis().redisUrl())) {
      use.accept(redis);
    }
  }
}
