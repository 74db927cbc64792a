package io.penstock.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Home;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.ConfigSource;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.Arrival;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.deadletter.DeadLetters;
import io.penstock.core.deadletter.Failure;
import io.penstock.core.deadletter.Reason;
import io.penstock.core.event.Origin;
import io.penstock.core.kafka.Topics;
import io.penstock.local.SharedStack;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DlqIT {
  private static final String HASH = "0123456789abcdef".repeat(4);
  private static final Uuid TOPIC_ID = Uuid.randomUuid();
  private static final String REJECTED = "insert:ROW_REJECTED:53:price";

  @TempDir Path folder;

  private record Run(int exitCode, String out, String err) {}

  @BeforeAll
  static void auditLogIsThere() throws Exception {
    var _ = SharedStack.start();
    try (Connection connection = postgres();
        Statement statement = connection.createStatement()) {
      for (String file : List.of("V001__client_metadata.sql", "V002__client_lifecycle.sql")) {
        statement.execute(Files.readString(Home.find().resolve("postgres/sql").resolve(file)));
      }
    }
  }

  @Test
  void causesAreCountedListedAndShown() throws Exception {
    Map<String, String> environment = topics("read");
    KafkaConfig kafka = kafka(environment);
    List<ProducerRecord<byte[], byte[]>> records = letters(kafka);
    records.add(new ProducerRecord<>(kafka.deadLettersTopic(), key(5), null)); // settled
    records.add(new ProducerRecord<>(kafka.deadLettersTopic(), key(99), null)); // of nothing
    send(kafka, records);

    Run stats = run(environment, "stats");
    assertThat(stats.exitCode).isEqualTo(ExitCode.DONE);
    assertThat(stats.out)
        .contains("7 outstanding, 3 causes", REJECTED, "auth:UNKNOWN_CLIENT:0:", "(none)");
    assertThat(run(environment, "stats", "--output", "json").out)
        .contains(
            "\"cause\":\"" + REJECTED + "\",\"letters\":3,\"stage\":\"insert\"",
            "\"clickHouseCode\":\"53\",\"field\":\"price\",\"retry\":\"after-fix\",\"clients\":1");
    assertThat(run(environment, "stats", "--by", "client", "--client", "acme").out)
        .contains("3 outstanding, 1 client");

    assertThat(run(environment, "list").out)
        .contains("7 outstanding", "events-0-1", "base64:/wA=", "foreign");
    assertThat(run(environment, "list", "--limit", "2").out).contains("2 of 7 outstanding");
    assertThat(run(environment, "list", "--reason", "UNKNOWN_CLIENT").out)
        .contains("2 outstanding", "events-0-6");
    assertThat(run(environment, "list", "--since", "1h").out).contains("4 outstanding");
    assertThat(run(environment, "list", "--until", "2020-01-01").out).contains("No dead letters.");

    Run shown = run(environment, "show", "events-0-1");
    assertThat(shown.out)
        .contains(
            "failed 1 time, first 2026-01-02T03:04:05Z",
            "penstock.dlq.reason: ROW_REJECTED",
            "penstock-api-key-hash: 01234567***",
            "\"api_key_hash\" : \"01234567***\"")
        .doesNotContain(HASH.substring(16));
    assertThat(run(environment, "show", "base64:/wA=").out).contains("has no header that tells");
    Run settled = run(environment, "show", "events-0-5");
    assertThat(settled.exitCode).isEqualTo(ExitCode.FAILED);
    assertThat(settled.err).contains("No dead letter \"events-0-5\" is outstanding.");
  }

  @Test
  void discardNeedsTheRightCountAndIsAudited() throws Exception {
    Map<String, String> environment = topics("discard");
    KafkaConfig kafka = kafka(environment);
    send(kafka, letters(kafka));
    String[] discard = {
      "discard", "--client", "acme", "--because", "a test of theirs", "--actor", "on-call"
    };

    Run wrong = run(environment, with(discard, "--confirm", "3"));
    assertThat(wrong.exitCode).isEqualTo(ExitCode.FAILED);
    assertThat(wrong.err)
        .contains("These filters mean 4 dead letters, not 3; nothing was discarded.");
    assertThat(run(environment, "stats").out).contains("8 outstanding");
    assertThat(audited("a test of theirs")).isEmpty();

    Run right = run(environment, with(discard, "--confirm", "4", "--output", "json"));
    assertThat(right.exitCode).as(right.err).isEqualTo(ExitCode.DONE);
    assertThat(right.out).contains("{\"outstanding\":4,\"discarded\":4,\"withoutKey\":0}");
    assertThat(run(environment, "stats").out).contains("4 outstanding");
    assertThat(audited("a test of theirs"))
        .containsExactly(
            "on-call dead-letters.discard-started acme letters=4 filter=[client=acme] because=a test of theirs",
            "on-call dead-letters.discarded acme letters=4 filter=[client=acme] because=a test of theirs");

    assertThat(run(environment, "discard", "--because", "all", "--confirm", "4").exitCode)
        .isEqualTo(ExitCode.DONE);
    assertThat(run(environment, "stats").out).contains("No dead letters.");
  }

  @Test
  void exportIsWholeAndWritesNoFileTwice() throws Exception {
    Map<String, String> environment = topics("export");
    KafkaConfig kafka = kafka(environment);
    send(kafka, letters(kafka));
    Path file = folder.resolve("letters.ndjson");

    assertThat(run(environment, "export", file.toString()).out).contains("8 dead letters written");

    assertThat(Files.readAllLines(file))
        .hasSize(8)
        .anyMatch(line -> line.contains("\"keyBase64\":\"/wA=\""))
        .anyMatch(line -> line.contains("\"key\":\"events-0-1\"") && line.contains(HASH));
    assertThat(folder).isDirectoryNotContaining("glob:**.partial");
    assertThat(run(environment, "export", file.toString()).exitCode).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void lettersWithoutAKeyAreShownAndSaidToStay() throws Exception {
    Map<String, String> environment = environment("keyless");
    KafkaConfig kafka = kafka(environment);
    try (Admin admin = Topics.admin(kafka)) {
      var topic = new NewTopic(kafka.deadLettersTopic(), 1, (short) 1);
      admin.createTopics(List.of(topic)).all().get();
    }
    send(
        kafka,
        List.of(
            new ProducerRecord<>(kafka.deadLettersTopic(), null, "lost".getBytes(UTF_8)),
            new ProducerRecord<>(kafka.deadLettersTopic(), null, null),
            new ProducerRecord<>(kafka.deadLettersTopic(), key(1), new byte[0])));

    assertThat(run(environment, "list").out).contains("@0-0", "2 outstanding");
    assertThat(run(environment, "show", "@0-0").out).contains("lost");
    Run discarded = run(environment, "discard", "--because", "x", "--confirm", "2");
    assertThat(discarded.exitCode).isEqualTo(ExitCode.PARTLY);
    assertThat(discarded.err).contains("1 have no key");
    assertThat(run(environment, "list").out).contains("1 outstanding");
  }

  @Test
  void wrongUseIsSaid() throws Exception {
    Map<String, String> environment = environment("missing");

    assertThat(run(environment, "discard", "--confirm", "1").exitCode).isEqualTo(ExitCode.USAGE);
    assertThat(run(environment, "list", "--since", "soon").err).contains("is not a time");
    Run missing = run(environment, "stats");
    assertThat(missing.exitCode).isEqualTo(ExitCode.FAILED);
    assertThat(missing.err).contains("missing_dead");
  }

  /** Four rejected rows of acme, two letters of unknown clients, two of another tool. */
  private static List<ProducerRecord<byte[], byte[]>> letters(KafkaConfig kafka) {
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

  private static ProducerRecord<byte[], byte[]> letter(
      KafkaConfig kafka, int offset, Failure failure, Instant failedAt) {
    RecordHeaders headers = new RecordHeaders();
    headers.add("penstock-api-key-hash", HASH.getBytes(UTF_8));
    return new DeadLetters(kafka.deadLettersTopic(), "test")
        .record(
            Arrival.first(new Origin(TOPIC_ID, "events", 0, offset), 0),
            null,
            ("{\"client_id\":\"acme\",\"api_key_hash\":\"" + HASH + "\"}").getBytes(UTF_8),
            headers,
            failure,
            failedAt);
  }

  private static byte[] key(int offset) {
    return ("events-0-" + offset).getBytes(UTF_8);
  }

  private static void send(KafkaConfig kafka, List<ProducerRecord<byte[], byte[]>> records)
      throws Exception {
    try (var producer =
        new KafkaProducer<>(
            kafka.clientProperties(), new ByteArraySerializer(), new ByteArraySerializer())) {
      for (ProducerRecord<byte[], byte[]> record : records) {
        var _ = producer.send(record).get();
      }
    }
  }

  private static Map<String, String> topics(String prefix) {
    Map<String, String> environment = environment(prefix);
    KafkaConfig kafka = kafka(environment);
    try (Admin admin = Topics.admin(kafka)) {
      var _ = new Topics(kafka, admin).create();
    }
    return environment;
  }

  private static Map<String, String> environment(String prefix) {
    Map<String, String> properties = new HashMap<>(SharedStack.connectionProperties());
    properties.put("penstock.topic.events", prefix + "_events");
    properties.put("penstock.topic.dead.letters", prefix + "_dead");
    properties.put("penstock.topic.events.partitions", "2");
    Map<String, String> environment = new HashMap<>();
    properties.forEach(
        (name, value) -> environment.put(name.toUpperCase(Locale.ROOT).replace('.', '_'), value));
    return environment;
  }

  private static KafkaConfig kafka(Map<String, String> environment) {
    return ConfigReader.load(ConfigSource.fromEnvironment(environment), KafkaConfig::from).config();
  }

  private static String[] with(String[] arguments, String... more) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private static Run run(Map<String, String> environment, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        DlqMain.commandLine(environment)
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(arguments);
    return new Run(exitCode, out.toString(), err.toString());
  }

  private static Connection postgres() throws Exception {
    Map<String, String> stack = SharedStack.connectionProperties();
    return DriverManager.getConnection(
        String.valueOf(stack.get("penstock.postgres.url")),
        stack.get("penstock.postgres.user"),
        stack.get("penstock.postgres.password"));
  }

  private static List<String> audited(String because) throws Exception {
    List<String> entries = new ArrayList<>();
    try (Connection connection = postgres();
        var query =
            connection.prepareStatement(
                "SELECT concat_ws(' ', actor, action, client_id, detail) FROM audit_log WHERE detail LIKE ? ORDER BY audit_id")) {
      query.setString(1, "%because=" + because);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          entries.add(String.valueOf((@Nullable String) rows.getString(1)));
        }
      }
    }
    return entries;
  }
}
