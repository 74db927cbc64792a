package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.core.cli.ExitCode;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With {@code PENSTOCK_LOG_FORMAT=json} everything that a service writes is JSON, line by line. */
class JsonLogIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Scenario scenario = Scenario.onSharedStack();

  @BeforeEach
  void asJson() {
    scenario.properties.put("PENSTOCK_LOG_FORMAT", "json");
  }

  @AfterEach
  void close() {
    scenario.close();
  }

  @Test
  void everyLineOfARouterParsesAlsoOfATraceAndOfKafkasClients() throws Exception {
    String client = scenario.activeClient("json");
    try (RouterProcess router = new RouterProcess(scenario.properties).awaitReady();
        Admin admin = Admin.create(scenario.config.kafka().clientProperties())) {
      scenario.sendGood(client);
      scenario.flush();
      // A commit that is under way when the topic goes is tried for a minute, and again at the end.
      Scenario.await(() -> committed(admin) == 1);
      admin.deleteTopics(List.of(scenario.config.kafka().eventsTopic())).all().get();
      assertThat(router.awaitExit()).isEqualTo(ExitCode.FAILED);

      List<JsonNode> lines = parsed(router.log());
      assertThat(lines)
          .anySatisfy(line -> {
            assertThat(line.get("message").asText()).isEqualTo("Router started");
            assertThat(line.get("httpPort").isInt()).isTrue();
            assertThat(line.get("process").asText()).isEqualTo(router.name());
          })
          .anySatisfy(
              line -> assertThat(line.get("logger").asText()).startsWith("org.apache.kafka"))
          .anySatisfy(
              line -> assertThat(line.path("error").path("stackTrace").asText()).contains("\tat "))
          .anySatisfy(line ->
              assertThat(line.get("message").asText()).startsWith("The router cannot go on: "));
    }
  }

  private long committed(Admin admin) {
    try {
      return admin
          .listConsumerGroupOffsets(scenario.config.applicationId())
          .partitionsToOffsetAndMetadata()
          .get()
          .values()
          .stream()
          .mapToLong(OffsetAndMetadata::offset)
          .sum();
    } catch (InterruptedException | ExecutionException failed) {
      throw new AssertionError(failed);
    }
  }

  @Test
  void everyLineOfDlqRunParses() {
    try (Dlq.Started run = new Dlq(scenario).start("run")) {
      Scenario.await(() -> run.text().contains("Healing dead letters"));
      run.process().destroy();
      assertThat(run.awaitExit()).isEqualTo(ExitCode.DONE);
      assertThat(parsed(run.text()))
          .extracting(line -> line.get("message").asText())
          .last()
          .isEqualTo("Stopped");
    }
  }

  @Test
  void aFormatThatThereIsNotEndsTheStartWithAMessage() {
    scenario.properties.put("PENSTOCK_LOG_FORMAT", "jsno");
    try (RouterProcess router = new RouterProcess(scenario.properties)) {
      assertThat(router.awaitExit()).isEqualTo(ExitCode.USAGE);
      assertThat(router.log()).contains("PENSTOCK_LOG_FORMAT: \"jsno\" is not one of text, json");
    }
  }

  private static List<JsonNode> parsed(String log) {
    List<JsonNode> lines = log.lines().map(JsonLogIT::parsedLine).toList();
    assertThat(lines)
        .isNotEmpty()
        .allSatisfy(line -> {
          assertThat(line).isInstanceOf(ObjectNode.class);
          assertThat(line.fieldNames())
              .toIterable()
              .contains("timestamp", "level", "logger", "thread", "message", "version");
        });
    return lines;
  }

  private static JsonNode parsedLine(String line) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException noJson) {
      throw new UncheckedIOException(line, noJson);
    }
  }
}
