package io.penstock.dlq.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.core.config.ConfigKey;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.ConfigSource;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.Arrival;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.deadletter.DeadLetters;
import io.penstock.core.deadletter.Failure;
import io.penstock.core.event.Origin;
import io.penstock.core.kafka.CommandClients;
import io.penstock.core.refusal.Reason;
import io.penstock.provisioning.Setup;
import io.penstock.testkit.SharedStack;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * What the tests of the commands share: the stack, topics of their own, letters, a command line.
 */
final class DlqFixture {
  static final String HASH = "0123456789abcdef".repeat(4);
  private static final Uuid TOPIC_ID = Uuid.randomUuid();

  record Run(int exitCode, String out, String err) {}

  private DlqFixture() {}

  /** Once for all classes of this JVM, which share the stack. */
  static void createAuditLog() throws Exception {
    var _ = SharedStack.start();
    try (Connection connection = postgres();
        Statement statement = connection.createStatement();
        ResultSet there = statement.executeQuery("SELECT to_regclass('audit_log') IS NOT NULL")) {
      if (there.next() && there.getBoolean(1)) {
        return;
      }
      MetadataSql.applyAll(statement);
    }
  }

  /** Four rejected rows of acme, two letters of unknown clients, two of another tool. */
  static List<ProducerRecord<byte[], byte[]>> letters(KafkaConfig kafka) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int offset : new int[] {1, 2, 3, 5}) {
      records.add(
          letter(
              kafka,
              offset,
              Failure.ofInsert(Reason.ROW_REJECTED, "acme", "price", "refused", 53),
              Instant.parse("2026-01-02T03:04:05Z")));
    }
    for (int offset : new int[] {6, 7}) {
      records.add(
          letter(
              kafka,
              offset,
              Failure.ofInsert(Reason.UNKNOWN_CLIENT, "c" + offset, "", "unknown", 0),
              Instant.now()));
    }
    records.add(
        new ProducerRecord<>(
            kafka.deadLettersTopic(), new byte[] {(byte) 0xff, 0}, new byte[] {7}));
    ProducerRecord<byte[], byte[]> foreign =
        new ProducerRecord<>(
            kafka.deadLettersTopic(), "foreign".getBytes(UTF_8), "text".getBytes(UTF_8));
    foreign
        .headers()
        .add("x-error", new byte[] {(byte) 0xfe})
        .add(DeadLetterHeaders.ATTEMPT, "many".getBytes(UTF_8))
        .add(DeadLetterHeaders.FAILED_AT, (byte[]) null);
    records.add(foreign);
    return records;
  }

  static ProducerRecord<byte[], byte[]> letter(
      KafkaConfig kafka, int offset, Failure failure, Instant failedAt) {
    RecordHeaders headers = new RecordHeaders();
    headers.add("penstock-api-key-hash", HASH.getBytes(UTF_8));
    ProducerRecord<byte[], byte[]> letter =
        new DeadLetters(kafka.deadLettersTopic(), "test")
            .record(
                Arrival.first(origin(offset), 0),
                null,
                ("{\"client_id\":\"acme\",\"api_key_hash\":\"" + HASH + "\"}").getBytes(UTF_8),
                headers,
                failure,
                failedAt);
    return new ProducerRecord<>(
        letter.topic(), null, null, key(offset), letter.value(), letter.headers());
  }

  private static Origin origin(int offset) {
    return new Origin(TOPIC_ID, "events", 0, offset);
  }

  /** Letters at even offsets have the key that the first release gave them. */
  static String name(int offset) {
    return offset % 2 == 0 ? origin(offset).toString() : origin(offset).key();
  }

  static byte[] key(int offset) {
    return name(offset).getBytes(UTF_8);
  }

  static void send(KafkaConfig kafka, List<ProducerRecord<byte[], byte[]>> records)
      throws Exception {
    try (var producer =
        new KafkaProducer<>(
            kafka.clientProperties(), new ByteArraySerializer(), new ByteArraySerializer())) {
      for (ProducerRecord<byte[], byte[]> record : records) {
        var _ = producer.send(record).get();
      }
    }
  }

  static Map<String, String> topics(String prefix) {
    Map<String, String> environment = environment(prefix);
    KafkaConfig kafka = kafka(environment);
    var _ = Setup.createTopics(kafka);
    try (Admin admin = CommandClients.admin(kafka)) {}
    return environment;
  }

  static Map<String, String> environment(String prefix) {
    Map<String, String> properties = new HashMap<>(SharedStack.connectionProperties());
    properties.put("penstock.topic.events", prefix + "_events");
    properties.put("penstock.topic.dead.letters", prefix + "_dead");
    properties.put("penstock.topic.events.partitions", "2");
    Map<String, String> environment = new HashMap<>();
    properties.forEach((name, value) -> environment.put(ConfigKey.environmentName(name), value));
    return environment;
  }

  static KafkaConfig kafka(Map<String, String> environment) {
    return ConfigReader.load(ConfigSource.fromEnvironment(environment), KafkaConfig::from).config();
  }

  static String[] with(String[] arguments, String... more) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  static Run run(Map<String, String> environment, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        DlqMain.commandLine(environment)
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(arguments);
    return new Run(exitCode, out.toString(), err.toString());
  }

  static Connection postgres() throws Exception {
    Map<String, String> stack = SharedStack.connectionProperties();
    return DriverManager.getConnection(
        String.valueOf(stack.get("penstock.postgres.url")),
        stack.get("penstock.postgres.user"),
        stack.get("penstock.postgres.password"));
  }

  static List<String> audited(String end) throws Exception {
    List<String> entries = new ArrayList<>();
    try (Connection connection = postgres();
        var query =
            connection.prepareStatement(
                "SELECT concat_ws(' ', actor, action, client_id, detail) FROM audit_log WHERE detail LIKE ? ORDER BY audit_id")) {
      query.setString(1, "%" + end);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          entries.add(String.valueOf((@Nullable String) rows.getString(1)));
        }
      }
    }
    return entries;
  }
}
