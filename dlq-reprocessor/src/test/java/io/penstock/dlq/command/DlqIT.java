package io.penstock.dlq.command;

import static io.penstock.dlq.command.DlqFixture.HASH;
import static io.penstock.dlq.command.DlqFixture.audited;
import static io.penstock.dlq.command.DlqFixture.environment;
import static io.penstock.dlq.command.DlqFixture.kafka;
import static io.penstock.dlq.command.DlqFixture.key;
import static io.penstock.dlq.command.DlqFixture.letter;
import static io.penstock.dlq.command.DlqFixture.letters;
import static io.penstock.dlq.command.DlqFixture.name;
import static io.penstock.dlq.command.DlqFixture.run;
import static io.penstock.dlq.command.DlqFixture.send;
import static io.penstock.dlq.command.DlqFixture.topics;
import static io.penstock.dlq.command.DlqFixture.with;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.ExitCode;
import io.penstock.core.client.ApiKeys;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.Failure;
import io.penstock.core.kafka.CommandClients;
import io.penstock.core.refusal.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DlqIT {
  private static final String REJECTED = "insert:ROW_REJECTED:53:price";

  @TempDir Path folder;

  @BeforeAll
  static void auditLogIsThere() throws Exception {
    DlqFixture.createAuditLog();
  }

  @Test
  void causesAreCountedListedAndShown() throws Exception {
    Map<String, String> environment = topics("read");
    KafkaConfig kafka = kafka(environment);
    List<ProducerRecord<byte[], byte[]>> records = letters(kafka);
    records.add(new ProducerRecord<>(kafka.deadLettersTopic(), key(5), null)); // settled
    records.add(new ProducerRecord<>(kafka.deadLettersTopic(), key(99), null)); // of nothing
    send(kafka, records);

    DlqFixture.Run stats = run(environment, "stats");
    assertThat(stats.exitCode()).isEqualTo(ExitCode.DONE);
    assertThat(stats.out())
        .contains("7 outstanding, 3 causes", REJECTED, "auth:UNKNOWN_CLIENT:0:", "(none)");
    assertThat(run(environment, "stats", "--output", "json").out())
        .contains(
            "\"cause\":\"" + REJECTED + "\",\"letters\":3,\"stage\":\"insert\"",
            "\"clickHouseCode\":\"53\",\"field\":\"price\",\"retry\":\"after-fix\",\"clients\":1");
    assertThat(run(environment, "stats", "--by", "client", "--client", "acme").out())
        .contains("3 outstanding, 1 client");

    assertThat(run(environment, "list").out())
        .contains("7 outstanding", name(1), "base64:/wA=", "foreign");
    assertThat(run(environment, "list", "--limit", "2").out()).contains("2 of 7 outstanding");
    assertThat(run(environment, "list", "--reason", "UNKNOWN_CLIENT").out())
        .contains("2 outstanding", "events-0-6 ");
    assertThat(run(environment, "list", "--since", "1h").out()).contains("4 outstanding");
    assertThat(run(environment, "list", "--until", "2020-01-01").out())
        .contains("No dead letters.");

    DlqFixture.Run shown = run(environment, "show", "events-0-1");
    assertThat(run(environment, "show", name(1)).out()).isEqualTo(shown.out());
    assertThat(run(environment, "show", "events-0-6").out()).contains("Dead letter events-0-6\n");
    assertThat(shown.out())
        .contains(
            "failed 1 time, first 2026-01-02T03:04:05Z",
            "penstock.dlq.reason: ROW_REJECTED",
            "penstock-api-key-hash: 01234567***",
            "\"api_key_hash\" : \"01234567***\"")
        .doesNotContain(HASH.substring(16));
    assertThat(run(environment, "show", "base64:/wA=").out()).contains("has no header that tells");
    DlqFixture.Run settled = run(environment, "show", "events-0-5");
    assertThat(settled.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(settled.err()).contains("No dead letter \"events-0-5\" is outstanding.");
  }

  @Test
  void namesThatAreNotThereAreSaid() throws Exception {
    Map<String, String> environment = topics("names");
    KafkaConfig kafka = kafka(environment);
    send(kafka, letters(kafka));
    try (Connection connection = DlqFixture.postgres();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "INSERT INTO clients (client_id, name, ch_database_name) VALUES ('globex-names', 'Globex of names', 'client_globex_names') ON CONFLICT DO NOTHING");
    }

    saidToBeWrong(
        run(environment, "list", "--reason", "row_rejected"),
        "--reason: there is no reason \"row_rejected\"; did you mean \"ROW_REJECTED\"?");
    saidToBeWrong(
        run(environment, "stats", "--client", "globex-name"),
        "--client: there is no client \"globex-name\"; did you mean \"globex-names\"?");
    saidToBeWrong(
        run(environment, "stats", "--fingerprint", "insert:ROW_REJECTED:53"),
        "no letter has the cause",
        "did you mean \"insert:ROW_REJECTED:53:price\"?");
    saidToBeWrong(
        run(environment, "list", "--origin", "event-0-1"),
        "event-0-1 would be of a topic \"event\", which is not there; did you mean \"events-0-1\"?");
    saidToBeWrong(run(environment, "stat"), "no command \"dlq stat\"; did you mean \"stats\"?");
    saidToBeWrong(run(environment, "show", "nonsense"), "\"nonsense\" is no ORIGIN");
    saidToBeWrong(run(environment, "show", "@0-999"), "lies past the end of its partition");
    saidToBeWrong(
        run(environment, "show", "names_events-2-0"),
        "in partition 2 of names_events, which has 2");
    saidToBeWrong(
        run(environment, "list", "--client", "globex-name", "--reason", "X"),
        "The filters name what is not there:",
        "  - --reason: there is no reason \"X\"");
    Path file = folder.resolve("none.ndjson");
    saidToBeWrong(
        run(environment, "export", "--reason", "NO", file.toString()), "no reason \"NO\"");
    assertThat(file).doesNotExist();
    saidToBeWrong(
        run(environment, "discard", "--reason", "NO", "--because", "x", "--confirm", "1"),
        "no reason \"NO\"");
    saidToBeWrong(run(environment, "replay", "--dry-run", "--reason", "NO"), "no reason \"NO\"");

    // What is there, and has no letters, is no mistake.
    for (String[] known :
        List.of(
            new String[] {"--client", "globex-names"},
            new String[] {"--reason", "KEY_EXPIRED"},
            new String[] {"--fingerprint", "insert:ROW_REJECTED:53:name"},
            new String[] {"--client", "c6", "--reason", "ROW_REJECTED"},
            new String[] {"--client", "acme", "--until", "2020-01-01"})) {
      DlqFixture.Run none = run(environment, with(new String[] {"list"}, known));
      assertThat(none.exitCode()).as(none.err()).isEqualTo(ExitCode.DONE);
      assertThat(none.out()).contains("No dead letters.");
    }
  }

  private static void saidToBeWrong(DlqFixture.Run run, String... parts) {
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err()).contains(parts);
    assertThat(run.out()).isEmpty();
  }

  @Test
  void noViewShowsAKey() throws Exception {
    Map<String, String> environment = topics("keys");
    KafkaConfig kafka = kafka(environment);
    String key = ApiKeys.generate(new SecureRandom());
    ProducerRecord<byte[], byte[]> letter =
        letter(
            kafka,
            1,
            Failure.ofInsert(Reason.ROW_REJECTED, key, key, "Cannot parse '" + key + "'", 53),
            Instant.now());
    letter.headers().add("trace", ("k=" + key).getBytes(UTF_8)).add(key, new byte[0]);
    String event = "{\"user_id\":\"" + key.replace("k", "\\u006b") + "\"}";
    send(
        kafka,
        List.of(
            new ProducerRecord<>(
                kafka.deadLettersTopic(),
                null,
                key.getBytes(UTF_8),
                event.getBytes(UTF_8),
                letter.headers())));

    String secret = key.substring(10);
    for (String[] view :
        List.of(
            new String[] {"stats"},
            new String[] {"stats", "--by", "client"},
            new String[] {"list"},
            new String[] {"list", "--client", "none", "--output", "json"},
            new String[] {"show", key},
            new String[] {"show", "--full", key},
            new String[] {"replay", "--dry-run"},
            new String[] {"edit", "--dry-run", "--set", "user_id=" + key})) {
      for (String format : List.of("text", "json")) {
        DlqFixture.Run shown =
            view.length > 3 && view[3].equals("--output")
                ? run(environment, view)
                : run(environment, with(view, "--output", format));
        assertThat(shown.out() + shown.err()).isNotBlank().doesNotContain(secret);
      }
    }
    Matcher place = Pattern.compile("@\\d-\\d").matcher(run(environment, "list").out());
    assertThat(place.find()).isTrue();
    assertThat(run(environment, "show", place.group()).out())
        .contains("Dead letter " + place.group(), "\"user_id\" : \"pk_***\"", "trace: k=pk_***");
    Path file = folder.resolve("keys.ndjson");
    assertThat(run(environment, "export", file.toString()).out()).contains("are not masked");
    assertThat(Files.readString(file)).contains(secret);
  }

  @Test
  void largeLettersAreShownByTheirBeginning() throws Exception {
    Map<String, String> environment = topics("large");
    KafkaConfig kafka = kafka(environment);
    String text = "y".repeat(900_000);
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(
            kafka.deadLettersTopic(),
            "big".getBytes(UTF_8),
            ("{\"a\":\"" + text + "\"}").getBytes(UTF_8));
    record.headers().add("long", "z".repeat(10_000).getBytes(UTF_8));
    send(kafka, List.of(record));

    DlqFixture.Run shown = run(environment, "show", "big");
    assertThat(shown.out())
        .hasSizeLessThan(25_000)
        .contains(
            "Payload, 900,008 bytes",
            "{",
            "\"a\" : \"yyy",
            "yyy ... (cut; --full shows all of it)");
    DlqFixture.Run json = run(environment, "show", "big", "--output", "json");
    assertThat(json.out()).hasSizeLessThan(25_000).contains("\"bytes\":900008", "\"cut\":true");
    assertThat(run(environment, "show", "big", "--full").out()).contains(text, "z".repeat(10_000));
    assertThat(run(environment, "show", "big", "--full", "--output", "json").out())
        .contains(text, "\"cut\":false");
  }

  @Test
  void theNewestComeFirstIfAskedFor() throws Exception {
    Map<String, String> environment = topics("newest");
    KafkaConfig kafka = kafka(environment);
    Failure failure = Failure.ofInsert(Reason.ROW_REJECTED, "acme", "price", "refused", 53);
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int offset : new int[] {3, 9, 1, 7, 5}) {
      Instant at = Instant.parse("2026-01-01T00:00:00Z").plusSeconds(offset);
      records.add(letter(kafka, offset, failure, at));
    }
    send(kafka, records);

    DlqFixture.Run newest = run(environment, "list", "--newest", "--limit", "3");
    assertThat(newest.out())
        .containsSubsequence("-0-9 ", "-0-7 ", "-0-5 ", "3 of 5 outstanding")
        .doesNotContain("-0-3 ");
  }

  @Test
  void scriptsAreToldOfErrors() throws Exception {
    Map<String, String> environment = topics("errors");
    KafkaConfig kafka = kafka(environment);
    send(kafka, letters(kafka));

    DlqFixture.Run wrong =
        run(environment, "discard", "--because", "x", "--confirm", "3", "--output", "json");
    assertThat(wrong.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(wrong.out())
        .startsWith(
            "{\"outstanding\":8,\"discarded\":0,\"withoutKey\":0,\"error\":{\"code\":\"failed\",\"exitCode\":1,")
        .hasLineCount(1);
    DlqFixture.Run unparsed = run(environment, "list", "--output", "json", "--limit", "many");
    assertThat(unparsed.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(unparsed.out()).contains("{\"error\":{\"code\":\"usage\"", "dlq list --help");
  }

  @Test
  void discardNeedsTheRightCountAndIsAudited() throws Exception {
    Map<String, String> environment = topics("discard");
    KafkaConfig kafka = kafka(environment);
    send(kafka, letters(kafka));
    String[] discard = {
      "discard", "--client", "acme", "--because", "a test of theirs", "--actor", "on-call"
    };

    DlqFixture.Run wrong = run(environment, with(discard, "--confirm", "3"));
    assertThat(wrong.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(wrong.err())
        .contains("These filters mean 4 dead letters, not 3; nothing was discarded.");
    assertThat(run(environment, "stats").out()).contains("8 outstanding");
    assertThat(audited("because=a test of theirs")).isEmpty();

    DlqFixture.Run right = run(environment, with(discard, "--confirm", "4", "--output", "json"));
    assertThat(right.exitCode()).as(right.err()).isEqualTo(ExitCode.DONE);
    assertThat(right.out()).contains("{\"outstanding\":4,\"discarded\":4,\"withoutKey\":0}");
    assertThat(run(environment, "stats").out()).contains("4 outstanding");
    assertThat(audited("because=a test of theirs"))
        .containsExactly(
            "on-call dead-letters.discard-started acme letters=4 filter=[client=acme] because=a test of theirs",
            "on-call dead-letters.discarded acme letters=4 filter=[client=acme] because=a test of theirs");

    assertThat(run(environment, "discard", "--because", "all", "--confirm", "4").exitCode())
        .isEqualTo(ExitCode.DONE);
    assertThat(run(environment, "stats").out()).contains("No dead letters.");
  }

  @Test
  void exportIsWholeAndWritesNoFileTwice() throws Exception {
    Map<String, String> environment = topics("export");
    KafkaConfig kafka = kafka(environment);
    send(kafka, letters(kafka));
    Path file = folder.resolve("letters.ndjson");

    assertThat(run(environment, "export", file.toString()).out())
        .contains("8 dead letters written");

    assertThat(Files.readAllLines(file))
        .hasSize(8)
        .anyMatch(line -> line.contains("\"keyBase64\":\"/wA=\""))
        .anyMatch(line -> line.contains("\"key\":\"" + name(1) + "\"") && line.contains(HASH));
    assertThat(folder).isDirectoryNotContaining("glob:**.partial");
    assertThat(run(environment, "export", file.toString()).exitCode()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void lettersWithoutAKeyAreShownAndSaidToStay() throws Exception {
    Map<String, String> environment = environment("keyless");
    KafkaConfig kafka = kafka(environment);
    try (Admin admin = CommandClients.admin(kafka)) {
      var topic = new NewTopic(kafka.deadLettersTopic(), 1, (short) 1);
      admin.createTopics(List.of(topic)).all().get();
    }
    send(
        kafka,
        List.of(
            new ProducerRecord<>(kafka.deadLettersTopic(), null, "lost".getBytes(UTF_8)),
            new ProducerRecord<>(kafka.deadLettersTopic(), null, null),
            new ProducerRecord<>(kafka.deadLettersTopic(), key(1), new byte[0])));

    assertThat(run(environment, "list").out()).contains("@0-0", "2 outstanding");
    assertThat(run(environment, "show", "@0-0").out()).contains("lost");
    DlqFixture.Run discarded = run(environment, "discard", "--because", "x", "--confirm", "2");
    assertThat(discarded.exitCode()).isEqualTo(ExitCode.PARTLY);
    assertThat(discarded.err()).contains("1 have no key");
    String file = folder.resolve("keyless.ndjson").toString();
    assertThat(run(environment, "export", file).out()).contains("1 dead letters written");
    DlqFixture.Run imported = run(environment, "import", file);
    assertThat(imported.exitCode()).isEqualTo(ExitCode.PARTLY);
    assertThat(imported.out()).contains("0 of 1 letters imported.", "1 without a key");
    assertThat(run(environment, "list").out()).contains("1 outstanding");
  }

  @Test
  void wrongUseIsSaid() throws Exception {
    Map<String, String> environment = environment("missing");

    assertThat(run(environment, "discard", "--confirm", "1").exitCode()).isEqualTo(ExitCode.USAGE);
    DlqFixture.Run noText = run(environment, "discard", "--reason", "their test", "--confirm", "1");
    assertThat(noText.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(noText.err())
        .contains("Missing required option: '--because=TEXT'", "goes to --because \"their test\"");
    assertThat(run(environment, "list", "--since", "soon").err()).contains("is not a time");
    DlqFixture.Run missing = run(environment, "stats");
    assertThat(missing.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(missing.err()).contains("missing_dead");
  }
}
