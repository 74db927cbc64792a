package io.penstock.dlq;

import static io.penstock.dlq.DlqFixture.HASH;
import static io.penstock.dlq.DlqFixture.audited;
import static io.penstock.dlq.DlqFixture.environment;
import static io.penstock.dlq.DlqFixture.kafka;
import static io.penstock.dlq.DlqFixture.key;
import static io.penstock.dlq.DlqFixture.letters;
import static io.penstock.dlq.DlqFixture.run;
import static io.penstock.dlq.DlqFixture.send;
import static io.penstock.dlq.DlqFixture.topics;
import static io.penstock.dlq.DlqFixture.with;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.ExitCode;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.kafka.Topics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
        .contains("7 outstanding", "events-0-1", "base64:/wA=", "foreign");
    assertThat(run(environment, "list", "--limit", "2").out()).contains("2 of 7 outstanding");
    assertThat(run(environment, "list", "--reason", "UNKNOWN_CLIENT").out())
        .contains("2 outstanding", "events-0-6");
    assertThat(run(environment, "list", "--since", "1h").out()).contains("4 outstanding");
    assertThat(run(environment, "list", "--until", "2020-01-01").out())
        .contains("No dead letters.");

    DlqFixture.Run shown = run(environment, "show", "events-0-1");
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
        .anyMatch(line -> line.contains("\"key\":\"events-0-1\"") && line.contains(HASH));
    assertThat(folder).isDirectoryNotContaining("glob:**.partial");
    assertThat(run(environment, "export", file.toString()).exitCode()).isEqualTo(ExitCode.USAGE);
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
