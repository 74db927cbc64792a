package io.penstock.router;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.ExitCode;
import io.penstock.provisioning.client.DeprovisionReport;
import io.penstock.provisioning.client.DeprovisionRequest;
import io.penstock.provisioning.command.ProvisioningMain;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.target.Export;
import io.penstock.testkit.CommandResult;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./penstock account --deep} on dead letters, and on rows that need not be there. */
class DeepAccountIT {
  private final Scenario scenario = Scenario.onSharedStack();
  private final Dlq dlq = new Dlq(scenario);

  @AfterEach
  void close() {
    scenario.close();
  }

  private CommandResult deep(int exitCode) {
    return CommandResult.of(
            ProvisioningMain.commandLine(CommandResult.environment(scenario.properties)),
            "account",
            "--deep")
        .expect(exitCode);
  }

  private String table(String client) {
    return Scenario.database(client) + ".events_base";
  }

  /** An event that happened so long ago. */
  private void sendOld(String client, Duration age) {
    scenario.sendGood(client, "\"event_time\":\"%s\"".formatted(Instant.now().minus(age)));
  }

  @Test
  void deadLettersAreOutstandingReplayedOrDiscarded() {
    String client = scenario.activeClient("letters");
    String late = scenario.create("late");
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      for (int i = 0; i < 6; i++) {
        scenario.sendDead("MALFORMED_JSON", "{");
        scenario.sendWrongKey(client);
        scenario.sendPending(late);
      }
      scenario.settle();
      assertThat(deep(ExitCode.DONE).out())
          .contains("dead letters: 18; outstanding: 18; replayed: 0; discarded: 0;", "missing: 0");

      String _ = scenario.provision(late);
      dlq.run("replay", "--client", late).expect(ExitCode.DONE);
      scenario.healed("CLIENT_PENDING", late, 6);
      dlq.run("replay", "--reason", "INVALID_API_KEY", "--max-failures", "1")
          .expect(ExitCode.FAILED);
      dlq.run("replay", "--reason", "INVALID_API_KEY", "--max-failures", "1")
          .expect(ExitCode.FAILED);
      dlq.run("discard", "--reason", "MALFORMED_JSON", "--because", "a test", "--confirm", "6")
          .expect(ExitCode.DONE);

      // 18, and twice 6 that were dead again.
      assertThat(deep(ExitCode.DONE).out())
          .contains(
              "rows compared: 6; not as the ledger says: 0",
              "dead letters: 30; outstanding: 6; replayed: 18; discarded: 6; settled too long ago to be told: 0; missing: 0");
    }
  }

  /** Whoever ends a letter without a command of Penstock's is found out. */
  @Test
  void aLetterThatSomebodyTookAwayIsNamed() throws ExecutionException, InterruptedException {
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      for (int i = 0; i < 4; i++) {
        scenario.sendDead("MALFORMED_JSON", "{");
      }
      scenario.settle();
    }
    ConsumerRecord<byte[], byte[]> letter = scenario.readDeadLetters().getFirst();
    String[] key = new String(letter.key(), UTF_8).split("-", -1);
    String partition = key[key.length - 2];
    long offset = Long.parseLong(key[key.length - 1]);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            scenario.config.kafka().clientProperties(),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      var _ =
          producer
              .send(new ProducerRecord<>(letter.topic(), letter.partition(), letter.key(), null))
              .get();
    }

    assertThat(deep(ExitCode.FAILED).out())
        .contains(
            "%s-%s %d to %d: its dead letter was ended by a tombstone that no command"
                .formatted(scenario.config.kafka().eventsTopic(), partition, offset, offset + 1),
            "dead letters: 4; outstanding: 3",
            "missing: 1");
  }

  private void deleteRecords(String topic, int partition)
      throws ExecutionException, InterruptedException {
    try (Admin admin = Admin.create(scenario.config.kafka().clientProperties())) {
      var _ =
          admin
              .deleteRecords(
                  Map.of(new TopicPartition(topic, partition), RecordsToDelete.beforeOffset(-1)))
              .all()
              .get();
    }
  }

  /** ClickHouse deletes rows whose time is over; who deletes another one is found out. */
  @Test
  void whatRetentionTookIsNotMissing() throws ExecutionException, InterruptedException {
    String client = scenario.activeClient("kept", 2);
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      for (int i = 0; i < 5; i++) {
        sendOld(client, Duration.ofHours(40));
        sendOld(client, Duration.ofMinutes(i));
      }
      scenario.settle();
    }
    scenario.metadata("UPDATE clients SET retention_days = 1 WHERE client_id = ?", client);
    delete(client, "event_time < now() - INTERVAL 1 DAY");

    assertThat(deep(ExitCode.DONE).out())
        .contains("expired: its client's retention was over", "not as the ledger says: 0;");

    delete(client, "source_offset = (SELECT max(source_offset) FROM " + table(client) + ")");
    assertThat(deep(ExitCode.FAILED).out())
        .contains("client " + client + ": missing:", "client " + client + ": expired:");

    for (int partition = 0; partition < scenario.config.kafka().topicPartitions(); partition++) {
      deleteRecords(scenario.config.kafka().eventsTopic(), partition);
    }
    assertThat(deep(ExitCode.PARTLY).out())
        .contains("client " + client + ": untold:", "not as the ledger says: 0; cannot be told: ");

    // Three days later, as far as the ledger knows.
    scenario.sql(
        "ALTER TABLE %s.ledger UPDATE first_at = first_at - INTERVAL 3 DAY WHERE topic = '%s' SETTINGS mutations_sync = 1"
            .formatted(scenario.config.ledgerDatabase(), scenario.config.kafka().eventsTopic()));
    assertThat(deep(ExitCode.DONE).out())
        .contains(
            "rows compared: 0; not as the ledger says: 0; cannot be told: 0; over, by their clients' retention: 10");
  }

  private void delete(String client, String rows) {
    scenario.sql(
        "ALTER TABLE %s DELETE WHERE %s SETTINGS mutations_sync = 1"
            .formatted(table(client), rows));
  }

  /** Whoever drops a database by hand has not deprovisioned its client. */
  @Test
  void rowsOfATableThatIsNotThereAreMissing() {
    String client = scenario.activeClient("dropped");
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      for (int i = 0; i < 7; i++) {
        scenario.sendGood(client);
      }
      scenario.settle();
      scenario.assertDeepAccount();
    }
    List<String> _ = scenario.dropDatabase(client);

    assertThat(deep(ExitCode.FAILED).out())
        .contains(
            "rows by the ledger, and the client's table is not there",
            "rows compared: 7; not as the ledger says: 7;");
  }

  @Test
  void rowsOfAClientThatWasDeprovisionedAreExplained(@TempDir Path folder)
      throws SQLException, StepFailed {
    String client = scenario.activeClient("gone");
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      for (int i = 0; i < 7; i++) {
        scenario.sendGood(client);
      }
      scenario.settle();
      DeprovisionReport report =
          scenario
              .provisioning
              .deprovisioner()
              .run(
                  new DeprovisionRequest(
                      client, null, Duration.ofSeconds(60), folder, Export.Format.NATIVE, false),
                  line -> {});
      assertThat(report.state()).isEqualTo(DeprovisionReport.State.DEPROVISIONED);

      assertThat(deep(ExitCode.DONE).out())
          .contains(
              "client %s: 7 rows went with its database, which was dropped (audit log: test, "
                  .formatted(client),
              "rows compared: 0; not as the ledger says: 0");
    }
  }
}
