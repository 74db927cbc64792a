package io.penstock.dlq.command;

import static io.penstock.dlq.command.DlqFixture.audited;
import static io.penstock.dlq.command.DlqFixture.key;
import static io.penstock.dlq.command.DlqFixture.letters;
import static io.penstock.dlq.command.DlqFixture.run;
import static io.penstock.dlq.command.DlqFixture.send;
import static io.penstock.dlq.command.DlqFixture.topics;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.ExitCode;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.LetterFilter;
import io.penstock.core.deadletter.OutstandingLetters;
import io.penstock.core.kafka.CommandClients;
import io.penstock.dlq.archive.LetterLineTest;
import io.penstock.dlq.command.DlqFixture.Run;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportIT {
  @TempDir Path folder;

  @BeforeAll
  static void auditLogIsThere() throws Exception {
    DlqFixture.createAuditLog();
  }

  @Test
  void whatWasDiscardedComesBackByteForByte() throws Exception {
    Map<String, String> environment = topics("import");
    KafkaConfig kafka = DlqFixture.kafka(environment);
    send(kafka, letters(kafka));
    List<String> before = outstanding(kafka);
    String file = exported(environment);
    discard(environment, 8);

    Run dry = run(environment, "import", file, "--dry-run");
    assertThat(dry.exitCode()).as(dry.err()).isEqualTo(ExitCode.DONE);
    assertThat(dry.out()).contains("8 of 8 letters would be imported.");
    assertThat(outstanding(kafka)).isEmpty();

    Run imported = run(environment, "import", file, "--actor", "on-call", "--output", "json");
    assertThat(imported.exitCode()).as(imported.err()).isEqualTo(ExitCode.DONE);
    assertThat(imported.out())
        .contains(
            "{\"letters\":8,\"wanted\":8,\"imported\":8,\"thereAlready\":0,\"repeated\":0,\"withoutKey\":0,\"dryRun\":false}");
    assertThat(outstanding(kafka)).isEqualTo(before);
    assertThat(audited("letters=8 file=[" + file + "]"))
        .containsExactly(
            "on-call dead-letters.import-started letters=8 file=[" + file + "]",
            "on-call dead-letters.imported letters=8 file=[" + file + "]");

    Run again = run(environment, "import", file);
    assertThat(again.out()).contains("0 of 8 letters imported.", "8 there already");
    assertThat(outstanding(kafka)).isEqualTo(before);
    assertThat(audited("file=[" + file + "]")).hasSize(2);
  }

  @Test
  void aLetterThatIsOutstandingAgainIsKept() throws Exception {
    Map<String, String> environment = topics("newer");
    KafkaConfig kafka = DlqFixture.kafka(environment);
    send(kafka, letters(kafka));
    String file = exported(environment);
    discard(environment, 8);
    ProducerRecord<byte[], byte[]> newer =
        new ProducerRecord<>(kafka.deadLettersTopic(), key(1), "newer".getBytes(UTF_8));
    send(kafka, List.of(newer));

    assertThat(run(environment, "import", file).out())
        .contains("7 of 8 letters imported.", "1 there already");

    assertThat(run(environment, "list").out()).contains("8 outstanding");
    assertThat(run(environment, "show", DlqFixture.name(1)).out()).contains("newer");
  }

  @Test
  void aTopicWithOtherPartitionsTakesTheLettersToo() throws Exception {
    Map<String, String> environment = topics("grown");
    KafkaConfig kafka = DlqFixture.kafka(environment);
    send(kafka, letters(kafka));
    String file = exported(environment);
    Path moved = folder.resolve("moved.ndjson");
    Files.writeString(
        moved, Files.readString(Path.of(file)).replace("\"partition\":1", "\"partition\":9"));
    List<String> before = outstanding(kafka);
    try (Admin admin = CommandClients.admin(kafka)) {
      admin
          .createPartitions(Map.of(kafka.deadLettersTopic(), NewPartitions.increaseTo(4)))
          .all()
          .get();
    }

    assertThat(run(environment, "import", moved.toString()).out())
        .contains("0 of 8 letters imported.", "8 there already");
    discard(environment, 8);
    assertThat(run(environment, "import", moved.toString()).out())
        .contains("8 of 8 letters imported.");
    assertThat(withoutPartition(outstanding(kafka)))
        .containsExactlyInAnyOrderElementsOf(withoutPartition(before));
    assertThat(run(environment, "import", moved.toString()).out()).contains("8 there already");
  }

  @Test
  void aBrokenFileChangesNothing() throws Exception {
    Map<String, String> environment = topics("broken");
    KafkaConfig kafka = DlqFixture.kafka(environment);
    send(kafka, letters(kafka));
    String file = exported(environment);
    discard(environment, 8);
    Files.writeString(Path.of(file), "{\"partition\":0\n", StandardOpenOption.APPEND);

    Run broken = run(environment, "import", file);

    assertThat(broken.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(broken.err())
        .contains("1 of 9 lines of " + file, "nothing was imported", "  - line 9 is not JSON");
    assertThat(outstanding(kafka)).isEmpty();
    assertThat(audited("file=[" + file + "]")).isEmpty();
    assertThat(run(environment, "import", folder.toString()).err()).contains("is no file");
  }

  @Test
  void whatKafkaDidNotTakeIsSaidAndTakenByTheNextRun() throws Exception {
    Map<String, String> environment = topics("partly");
    KafkaConfig kafka = DlqFixture.kafka(environment);
    List<ProducerRecord<byte[], byte[]>> records = letters(kafka);
    records.add(new ProducerRecord<>(kafka.deadLettersTopic(), key(70), new byte[200_000]));
    send(kafka, records);
    List<String> before = outstanding(kafka);
    String file = exported(environment);
    discard(environment, 9);
    limit(kafka, "100000");

    Run partly = run(environment, "import", file);
    assertThat(partly.exitCode()).as(partly.err()).isEqualTo(ExitCode.PARTLY);
    assertThat(partly.out()).contains("8 of 9 letters imported.");
    assertThat(partly.err()).contains("At least 8 of 9 letters are in", "events-0-70: ");
    assertThat(audited("file=[" + file + "]"))
        .satisfiesExactly(
            started -> assertThat(started).contains("import-started letters=9"),
            ended -> assertThat(ended).contains("imported letters=8"));

    limit(kafka, "1000000");
    assertThat(run(environment, "import", file).out())
        .contains("1 of 9 letters imported.", "8 there already");
    assertThat(outstanding(kafka)).containsExactlyInAnyOrderElementsOf(before);
  }

  private String exported(Map<String, String> environment) {
    String file = folder.resolve("letters.ndjson").toString();
    assertThat(run(environment, "export", file).exitCode()).isEqualTo(ExitCode.DONE);
    return file;
  }

  private static void discard(Map<String, String> environment, int count) {
    String confirm = Integer.toString(count);
    Run discarded = run(environment, "discard", "--because", "a test", "--confirm", confirm);
    assertThat(discarded.exitCode()).as(discarded.err()).isEqualTo(ExitCode.DONE);
  }

  private static void limit(KafkaConfig kafka, String maxMessageBytes) throws Exception {
    ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, kafka.deadLettersTopic());
    ConfigEntry limit = new ConfigEntry(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, maxMessageBytes);
    AlterConfigOp set = new AlterConfigOp(limit, AlterConfigOp.OpType.SET);
    try (Admin admin = CommandClients.admin(kafka)) {
      admin.incrementalAlterConfigs(Map.of(topic, List.of(set))).all().get();
    }
  }

  /** All that an export has of each letter but its offset and time, in the topic's order. */
  private static List<String> outstanding(KafkaConfig kafka) {
    List<String> all = new ArrayList<>();
    new OutstandingLetters(kafka, LetterFilter.ALL, offsets -> {})
        .read(letter -> all.add(LetterLineTest.content(letter)));
    return all;
  }

  private static List<String> withoutPartition(List<String> letters) {
    return letters.stream().map(letter -> letter.substring(letter.indexOf(' '))).toList();
  }
}
