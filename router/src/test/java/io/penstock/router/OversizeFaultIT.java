package io.penstock.router;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.kafka.Topics;
import io.penstock.local.SharedStack;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is too large: for the dead-letter topic, or, unpacked, for the memory. */
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
  void headersAreTrimmedAndAValueThatDoesNotFitIsLeftOut() throws Exception {
    String client = scenario.activeClient("large");
    allow(5_000);
    try (RouterProcess router = new RouterProcess(scenario.properties).awaitReady()) {
      scenario.sendDead(
          "MALFORMED_JSON", "not json", new RecordHeader("large", noise(20_000).getBytes(UTF_8)));
      scenario.sendGood(client);
      scenario.settle();

      // Random, since what compresses well may pass.
      String value = noise(20_000);
      scenario.sendDead("MALFORMED_JSON", value);
      scenario.sendGood(client);
      scenario.settle();

      assertThat(scenario.readDeadLetters())
          .filteredOn(letter -> letter.value().length == 0)
          .singleElement()
          .satisfies(letter -> {
            assertThat(header(letter, DeadLetterHeaders.VALUE_SIZE)).isEqualTo("20000");
            assertThat(header(letter, DeadLetterHeaders.VALUE_SHA256)).isEqualTo(sha256(value));
          });
    }
  }

  private static String header(ConsumerRecord<byte[], byte[]> letter, String name) {
    return new String(letter.headers().lastHeader(name).value(), UTF_8);
  }

  private static String sha256(String text) throws NoSuchAlgorithmException {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
  }

  @Test
  void whatIsSmallOnTheWireAndHugeInMemoryPassesThroughASmallHeap() {
    Map<String, String> stack = new HashMap<>(SharedStack.start());
    stack.put("penstock.kafka.property.compression.type", "zstd");
    stack.put("penstock.kafka.property.batch.size", "16000000");
    try (Scenario compressed = new Scenario(stack)) {
      String client = compressed.activeClient("unfolds");
      String large = "\"a\":\"%s\"".formatted("a".repeat(900_000));
      for (int i = 0; i < 1_000; i++) {
        compressed.sendGood(client, large);
      }
      compressed.flush();
      try (RouterProcess router = new RouterProcess(compressed.properties)) {
        compressed.settle();
        assertThat(router.log()).doesNotContain("OutOfMemoryError", "A stream thread failed");
      }
    }
  }

  private static String noise(int characters) {
    StringBuilder text = new StringBuilder();
    new java.util.Random(1).ints(characters, 'a', 'z' + 1).forEach(c -> text.append((char) c));
    return text.toString();
  }
}
