package io.penstock.router;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.deadletter.DeadLetters;
import io.penstock.core.kafka.CommandClients;
import io.penstock.testkit.Counts;
import io.penstock.testkit.SharedStack;
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
  /** More than a command's heap of 192 MiB holds at once. */
  private static final int LETTERS = Counts.of(6, 10);

  /** Of almost a MiB: more than a router's heap of 256 MiB holds at once. */
  private static final int EVENTS = Counts.of(500, 1_000);

  private final Scenario scenario = Scenario.onSharedStack();

  @AfterEach
  void close() {
    scenario.close();
  }

  private void allow(int bytes) throws Exception {
    ConfigResource topic =
        new ConfigResource(ConfigResource.Type.TOPIC, scenario.config.kafka().deadLettersTopic());
    try (Admin admin = CommandClients.admin(scenario.config.kafka())) {
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
      for (int i = 0; i < EVENTS; i++) {
        compressed.sendGood(client, large);
      }
      compressed.flush();
      try (RouterProcess router = new RouterProcess(compressed.properties)) {
        compressed.settle();
        assertThat(router.log()).doesNotContain("OutOfMemoryError", "A stream thread failed");
      }
    }
  }

  @Test
  void aRecordLargerThanTheHeapIsADeadLetterWithoutItsValueAndTheRestGoesOn() throws Exception {
    int huge = 260 << 20;
    String client = scenario.activeClient("bombs");
    for (int i = 0; i < 100; i++) {
      scenario.sendGood(client);
    }
    scenario.flush();
    RecordHeader whose = new RecordHeader("penstock-client-id", client.getBytes(UTF_8));
    scenario.sendZeros("RECORD_TOO_LARGE", huge, whose);
    scenario.sendZeros("RECORD_TOO_LARGE", 20 << 20, whose);
    scenario.sendZeros("RECORD_TOO_LARGE", 10 << 20, whose);
    for (int i = 0; i < 100; i++) {
      scenario.sendGood(client);
    }
    try (RouterProcess router = new RouterProcess(scenario.properties)) {
      scenario.settle();
      assertThat(router.log()).doesNotContain("OutOfMemoryError", "A stream thread failed");
    }
    List<ConsumerRecord<byte[], byte[]>> letters = scenario.readDeadLetters();
    assertThat(letters).extracting(letter -> letter.value().length).contains(0, 0, 10 << 20);
    assertThat(letters)
        .allSatisfy(
            letter -> assertThat(header(letter, DeadLetterHeaders.CLIENT)).isEqualTo(client))
        .filteredOn(letter -> letter.value().length == 0)
        .allSatisfy(letter ->
            assertThat(header(letter, DeadLetterHeaders.ORIGINAL)).isEqualTo(DeadLetters.LEFT_OUT))
        .extracting(letter -> header(letter, DeadLetterHeaders.VALUE_SIZE))
        .containsExactlyInAnyOrder(Integer.toString(huge), Integer.toString(20 << 20));
    assertThat(letters)
        .filteredOn(letter -> letter.value().length == 0)
        .extracting(letter -> header(letter, DeadLetterHeaders.VALUE_SHA256))
        .contains(
            HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(new byte[20 << 20])));
  }

  @Test
  void commandsForDeadLettersGetAlongWithLargeOnes() throws Exception {
    scenario.properties.put("penstock.replay.secret", "a secret of this test, long enough");
    String topic = scenario.config.kafka().deadLettersTopic();
    scenario.produceZeros(
        topic,
        LETTERS,
        40 << 20,
        new RecordHeader(DeadLetterHeaders.REASON, "CLIENT_SUSPENDED".getBytes(UTF_8)),
        new RecordHeader(DeadLetterHeaders.RETRY, "automatic".getBytes(UTF_8)),
        new RecordHeader(DeadLetterHeaders.CLIENT, "nobody".getBytes(UTF_8)));
    Dlq dlq = new Dlq(scenario);
    try (Dlq.Started service = dlq.start("run")) {
      Scenario.await(() -> service.text().contains("metrics and health on port"));
      assertThat(ended(dlq, 0, "stats", "--output", "json")).contains("\"letters\":" + LETTERS);
      assertThat(ended(dlq, 0, "show", "zeros-3"))
          .contains("Payload, 41,943,040 bytes", "export --origin 'zeros-3'");
      assertThat(ended(dlq, 1, "replay", "--output", "json"))
          .contains("\"replayed\":0", "larger than what a router takes whole\":" + LETTERS);
      assertThat(ended(dlq, 1, "export", "target/large-" + topic + ".ndjson"))
          .contains("41,943,040 bytes", "-Xmx400m");
      String _ = ended(dlq, 0, "discard", "--because", "a test", "--confirm", "" + LETTERS);
      assertThat(scenario.deadLetters().total()).isZero();
      assertThat(service.process().isAlive()).as(service.text()).isTrue();
    }
  }

  private static String ended(Dlq dlq, int exitCode, String... arguments) {
    try (Dlq.Started command = dlq.start(arguments)) {
      int code = command.awaitExit();
      assertThat(command.text()).doesNotContain("OutOfMemoryError");
      assertThat(code).as(command.text()).isEqualTo(exitCode);
      return command.text();
    }
  }

  private static String noise(int characters) {
    StringBuilder text = new StringBuilder();
    new java.util.Random(1).ints(characters, 'a', 'z' + 1).forEach(c -> text.append((char) c));
    return text.toString();
  }
}
