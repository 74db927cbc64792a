package io.penstock.core.observe;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.OutputStreamAppender;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FoldingAppenderTest {
  private final AtomicLong nanos = new AtomicLong();
  private final LoggerContext context = new LoggerContext();
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final FoldingAppender folding = new FoldingAppender(nanos::get);
  private final Logger log = context.getLogger("kafka");

  FoldingAppenderTest() {
    context.setMDCAdapter(new LogbackMDCAdapter());
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern("%level %logger %msg %kvp%n%nopex");
    encoder.start();
    OutputStreamAppender<ch.qos.logback.classic.spi.ILoggingEvent> writer =
        new OutputStreamAppender<>();
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
    return written.toString(StandardCharsets.UTF_8).lines().map(String::strip).toList();
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void whatIsRepeatedIsToldOnceAMinuteAndCounted() {
    for (int i = 0; i < 901; i++) {
      log.warn("[Consumer] Connection to node {} could not be established", 1);
      pass(Duration.ofMillis(100));
    }
    assertThat(lines())
        .containsExactly(
            "WARN kafka [Consumer] Connection to node 1 could not be established",
            "WARN kafka Repeated 599 times in the last 60 s: [Consumer] Connection to node 1 could"
                + " not be established",
            "WARN kafka [Consumer] Connection to node 1 could not be established");
    folding.stop();
    assertThat(lines())
        .last()
        .isEqualTo(
            "WARN kafka Repeated 300 times in the last 30 s: [Consumer] Connection to node 1 could"
                + " not be established");
  }

  @Test
  void noLineIsHeldBackTheFirstTime() {
    log.warn("node {} is gone", 1);
    log.warn("node {} is gone", 2);
    log.error("node {} is gone", 1);
    context.getLogger("other").warn("not attached");
    log.atWarn().addKeyValue("partition", 1).log("node 1 is gone");
    log.atWarn().addKeyValue("partition", 2).log("node 1 is gone");
    log.warn("node 1 is gone", new IllegalStateException("because"));
    log.warn("node 1 is gone", new IllegalStateException("for another reason"));
    assertThat(lines()).hasSize(7);
  }

  @Test
  void whatIsNoWarningIsToldEachTime() {
    log.info("Partition starts");
    log.info("Partition starts");
    assertThat(lines()).hasSize(2);
  }

  @Test
  void whatStoppedIsCountedBeforeTheNextLineOfAnyKind() {
    log.warn("away");
    log.warn("away");
    pass(Duration.ofMinutes(5));
    log.info("back");
    assertThat(lines())
        .containsExactly(
            "WARN kafka away",
            "WARN kafka Repeated 1 times in the last 300 s: away",
            "INFO kafka back");
  }

  @Test
  void triesOfTheSameThingAreTheSameLine() {
    log.warn("Got error produce response with correlation id 7 on topic-partition a-0, retrying");
    log.warn("Got error produce response with correlation id 81 on topic-partition a-0, retrying");
    log.warn("The timeout value is 10417 ms.");
    log.warn("The timeout value is 9876 ms.");
    assertThat(lines()).hasSize(2);
  }

  @Test
  void aThousandDifferentLinesAreKnownAndThenTheOldestIsCounted() {
    log.warn("first");
    log.warn("first");
    for (int i = 0; i < 1_000; i++) {
      log.warn("line {}", i);
    }
    assertThat(lines())
        .hasSize(1_002)
        .contains("WARN kafka Repeated 1 times in the last 0 s: first");
  }
}
