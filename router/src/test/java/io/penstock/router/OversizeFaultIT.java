package io.penstock.router;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.ExitCode;
import io.penstock.core.kafka.Topics;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A dead-letter topic that is too small: headers are given up, events are not. */
class OversizeFaultIT {
  private final Scenario scenario = Scenario.onSharedStack();

  @AfterEach
  void close() {
    scenario.close();
  }

  private void allow(int bytes) throws Exception {
    ConfigResource topic =
        new ConfigResource(ConfigResource.Type.TOPIC, scenario.config.kafka().deadLettersTopic());
    try (Admin admin = Topics.admin(scenario.config.kafka())) {
      ConfigEntry entry =
          new ConfigEntry(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(bytes));
      admin
          .incrementalAlterConfigs(
              Map.of(topic, List.of(new AlterConfigOp(entry, AlterConfigOp.OpType.SET))))
          .all()
          .get();
    }
  }

  @Test
  void headersAreTrimmedAndWhatStillDoesNotFitStopsTheRouterBeforeIt() throws Exception {
    String client = scenario.activeClient("large");
    allow(5_000);
    try (RouterProcess router = new RouterProcess(scenario.properties).awaitReady()) {
      scenario.sendDead(
          "MALFORMED_JSON", "not json", new RecordHeader("large", noise(20_000).getBytes(UTF_8)));
      scenario.sendGood(client);
      scenario.settle();

      // Random, since what compresses well may pass.
      scenario.sendDead("MALFORMED_JSON", noise(20_000));
      scenario.sendGood(client);
      scenario.flush();

      assertThat(router.awaitExit()).as(router.log()).isEqualTo(ExitCode.FAILED);
      assertThat(router.log())
          .contains(
              "The router cannot go on: the dead letter of",
              "a value of 20000 bytes",
              "max.message.bytes",
              "penstock.router.dead.letter.oversize=discard");
    }
    allow(1_000_000);
    try (RouterProcess _ = new RouterProcess(scenario.properties)) {
      scenario.settle();
    }
  }

  private static String noise(int characters) {
    StringBuilder text = new StringBuilder();
    new java.util.Random(1).ints(characters, 'a', 'z' + 1).forEach(c -> text.append((char) c));
    return text.toString();
  }
}
