package io.penstock.core.observe;

import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.penstock.core.config.LogFormat;
import java.nio.charset.StandardCharsets;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * Writes log lines as its pattern says, or as JSON (docs/reference/logs.md). Made by logback, by
 * the name of the class. Thread-safe once it is started.
 */
public final class LogEncoder extends PatternLayoutEncoder {
  private LogFormat format = LogFormat.TEXT;

  /** Sets the format by the value of {@link LogFormat#VARIABLE}. */
  public void setFormat(String name) {
    format = LogFormat.of(name);
  }

  @Override
  public void start() {
    super.start();
    if (format == LogFormat.JSON) {
      // PostgreSQL's driver logs through the JDK's logging, whose own lines are text.
      SLF4JBridgeHandler.removeHandlersForRootLogger();
      SLF4JBridgeHandler.install();
    }
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    return format == LogFormat.JSON
        ? (JsonLine.of(event) + "\n").getBytes(StandardCharsets.UTF_8)
        : super.encode(event);
  }
}
