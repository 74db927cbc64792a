package io.penstock.core.observe;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.OutputStreamAppender;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.core.client.ApiKeys;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LogEncoderTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final AtomicLong nanos = new AtomicLong();
  private final LoggerContext context = new LoggerContext();
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final FoldingAppender folding = new FoldingAppender(nanos::get);
  private final Logger log = context.getLogger("io.penstock.X");

  private void format(String format) {
    context.setMDCAdapter(new LogbackMDCAdapter());
    context.putProperty("process", "router-1");
    LogEncoder encoder = new LogEncoder();
    encoder.setContext(context);
    encoder.setFormat(format);
    encoder.setPattern("%level %msg %kvp%n%nopex");
    encoder.start();
    OutputStreamAppender<ILoggingEvent> writer = new OutputStreamAppender<>();
    writer.setContext(context);
    writer.setEncoder(encoder);
    writer.setOutputStream(written);
    writer.start();
    folding.setContext(context);
    folding.addAppender(writer);
    folding.start();
    log.addAppender(folding);
  }

  private List<String> lines() {
    return written.toString(StandardCharsets.UTF_8).lines().toList();
  }

  private JsonNode json(int line) throws JsonProcessingException {
    return JSON.readTree(lines().get(line));
  }

  @Test
  void aLineIsAnObjectWithItsKeyValuesAsFields() throws Exception {
    format("json");

    log.atInfo()
        .addKeyValue("client", "acme\u2028\u0007\"")
        .addKeyValue("rows", 7)
        .addKeyValue("offset", Long.MAX_VALUE)
        .addKeyValue("partitions", List.of("a-0", "a-1"))
        .log("rows {}", "parked");

    assertThat(lines()).hasSize(1);
    JsonNode line = json(0);
    assertThat(Instant.parse(line.get("timestamp").asText()))
        .isBetween(Instant.now().minusSeconds(60), Instant.now());
    assertThat(line.get("timestamp").asText()).matches(".*\\.\\d{3}Z");
    assertThat(lines().getFirst())
        .contains(
            "\"level\":\"INFO\",\"logger\":\"io.penstock.X\",\"thread\":\"%s\",\"message\":\"rows parked\",\"client\":"
                .formatted(Thread.currentThread().getName()),
            "\"rows\":7,\"offset\":9223372036854775807,\"partitions\":[\"a-0\",\"a-1\"],"
                + "\"process\":\"router-1\",\"version\":\""
                + Version.CURRENT);
    assertThat(line.get("client").asText()).isEqualTo("acme\u2028\u0007\"");
  }

  @Test
  void anExceptionIsAnObjectAndNoKeyIsShown() throws Exception {
    format("json");
    String key = ApiKeys.generate(new SecureRandom());

    log.atError()
        .setCause(new IllegalStateException("no " + key, new IllegalArgumentException("inner")))
        .addKeyValue("cause", "\n" + key)
        .log("Cannot parse\n" + key);
    log.error("without a message", new IllegalStateException());

    JsonNode error = json(0).get("error");
    assertThat(error.get("type").asText()).isEqualTo("java.lang.IllegalStateException");
    assertThat(error.get("message").asText()).isEqualTo("no pk_***");
    assertThat(error.get("stackTrace").asText())
        .startsWith("java.lang.IllegalStateException: no pk_***")
        .contains("\tat ", "Caused by: java.lang.IllegalArgumentException: inner");
    assertThat(json(0).get("cause").asText()).isEqualTo("\npk_***");
    assertThat(json(0).get("message").asText()).isEqualTo("Cannot parse\npk_***");
    assertThat(json(1).get("error").has("message")).isFalse();
    assertThat(lines()).hasSize(2);
  }

  @Test
  void whatIsRepeatedHasItsMessageAndTheirNumber() throws Exception {
    format("json");
    for (int i = 0; i < 3; i++) {
      log.atWarn().addKeyValue("target", "eu").log("away");
    }
    nanos.addAndGet(Duration.ofMinutes(1).toNanos());
    log.info("back");

    assertThat(lines()).hasSize(3);
    JsonNode repeated = json(1);
    assertThat(repeated.get("message").asText()).isEqualTo("away");
    assertThat(repeated.get("repeated").asInt()).isEqualTo(2);
    assertThat(repeated.get("repeatedSeconds").asInt()).isEqualTo(60);
    assertThat(repeated.get("target").asText()).isEqualTo("eu");
  }

  @Test
  void withoutASettingItIsText() {
    format("text");
    log.atInfo().addKeyValue("client", "acme").log("active");
    assertThat(lines()).containsExactly("INFO active client=\"acme\"");
  }

  @Test
  void aServicesOwnLinesHaveTheSameForm() throws Exception {
    StringWriter text = new StringWriter();
    Map<String, String> environment = Map.of("PENSTOCK_LOG_FORMAT", "json");
    ServiceLog service = new ServiceLog("dlq-1", new PrintWriter(text), environment);
    service.info("partition 0: 3 replayed", "12:00 partition 0: 3 replayed");
    service.failed("Unexpected:\n  - x", new IllegalStateException("bug"));

    List<String> lines = text.toString().lines().toList();
    assertThat(lines).hasSize(2);
    JsonNode told = JSON.readTree(lines.getFirst());
    assertThat(told.get("message").asText()).isEqualTo("partition 0: 3 replayed");
    assertThat(told.get("process").asText()).isEqualTo("dlq-1");
    assertThat(told.get("level").asText()).isEqualTo("INFO");
    JsonNode failed = JSON.readTree(lines.getLast());
    assertThat(failed.get("level").asText()).isEqualTo("ERROR");
    assertThat(failed.get("error").get("message").asText()).isEqualTo("bug");
  }

  @Test
  void asTextAServicesLinesAreWhatItSays() {
    StringWriter text = new StringWriter();
    ServiceLog service = new ServiceLog("dlq-1", new PrintWriter(text), Map.of());
    service.info("3 replayed", "12:00 3 replayed");
    service.failed("no broker", null);
    assertThat(text.toString().lines()).containsExactly("12:00 3 replayed", "no broker");
  }
}
