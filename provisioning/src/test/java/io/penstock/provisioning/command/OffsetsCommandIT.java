package io.penstock.provisioning.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.ExitCode;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.kafka.CommandClients;
import io.penstock.provisioning.Metadata;
import io.penstock.testkit.CommandResult;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

/** Offsets that were set by hand, seen and mended by {@code ./penstock offsets}. */
class OffsetsCommandIT {
  private final KafkaConfig kafka = Metadata.shared().kafka("offsets");
  private final Map<String, String> properties = new TreeMap<>();

  @Test
  void shouldShowWhatIsWrongAndMoveOnlyWhenConfirmed() throws Exception {
    Metadata.shared().putIntoEnvironment(properties, kafka);
    properties.put("PENSTOCK_ROUTER_APPLICATION_ID", "offsets-routers");
    produce(10);
    commit(0, 25);

    assertThat(run(ExitCode.DONE, "offsets", "show").out())
        .containsPattern("(?m)^ +0 +0 +10 +25 +0 +0 +past the log's end: stands still$");
    assertThat(run(ExitCode.FAILED, "offsets", "move", "--partition", "0", "--to", "11").err())
        .contains("partition 0 has the offsets 0 to 10, not 11");
    assertThat(run(ExitCode.FAILED, "offsets", "move", "--partition", "9", "--to", "end").err())
        .contains("has no partition 9, but 0 to 1");
    assertThat(run(ExitCode.USAGE, "offsets", "move", "--partition", "0", "--to", "start").err())
        .contains("\"beginning\", \"end\" or an offset, not \"start\"");
    assertThat(run(ExitCode.DONE, "offsets", "move", "--partition", "0", "--to", "4").out())
        .contains("from 25 to 4; 6 offsets are read again, 0 are passed over", "Nothing was");
    assertThat(run(ExitCode.DONE, "offsets", "show").out()).contains("stands still");

    CommandResult moved =
        run(
            ExitCode.DONE,
            "offsets",
            "move",
            "--partition",
            "0",
            "--to",
            "4",
            "--confirm",
            "--output",
            "json");

    assertThat(moved.lastLine())
        .contains("\"to\":4,\"readAgain\":6,\"passedOver\":0,\"moved\":true");
    assertThat(run(ExitCode.DONE, "offsets", "show").out())
        .containsPattern("(?m)^ +0 +0 +10 +4 +6 +6$");
    assertThat(
            Metadata.shared()
                .ask("SELECT detail FROM audit_log WHERE action = 'offsets.moved'")
                .getFirst())
        .startsWith("partition 0: from 25 to 4;");
  }

  private CommandResult run(int exitCode, String... arguments) throws Exception {
    CommandResult run = CommandProcess.inThisJvm(Metadata.HOME, properties, arguments);
    assertThat(run.exitCode()).as(run.out() + run.err()).isEqualTo(exitCode);
    return run;
  }

  private void produce(int count) throws Exception {
    try (var producer =
        new KafkaProducer<>(
            kafka.clientProperties(), new ByteArraySerializer(), new ByteArraySerializer())) {
      byte[] value = "{}".getBytes(StandardCharsets.UTF_8);
      for (int i = 0; i < count; i++) {
        producer.send(new ProducerRecord<>(kafka.eventsTopic(), 0, null, value)).get();
      }
    }
  }

  private void commit(int partition, long offset) throws Exception {
    try (Admin admin = CommandClients.admin(kafka)) {
      admin
          .alterConsumerGroupOffsets(
              "offsets-routers",
              Map.of(
                  new TopicPartition(kafka.eventsTopic(), partition),
                  new OffsetAndMetadata(offset)))
          .all()
          .get();
    }
  }
}
