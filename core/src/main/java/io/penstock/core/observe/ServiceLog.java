package io.penstock.core.observe;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import io.penstock.core.config.LogFormat;
import java.io.PrintWriter;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The lines that a service writes for whoever watches it, besides those of its loggers: text as it
 * is, or JSON like all other lines. Thread-safe.
 */
public final class ServiceLog {
  private final String service;
  private final PrintWriter out;
  private final boolean json;

  /**
   * Makes the lines of a service.
   *
   * @param service its name in these and in all other JSON lines, until {@link #name} gives another
   * @param environment says in which format
   */
  public ServiceLog(String service, PrintWriter out, Map<String, String> environment) {
    this.service = service;
    this.out = out;
    this.json = LogFormat.of(environment) == LogFormat.JSON;
    name(service);
  }

  /** Gives this process the name that its JSON lines have from now on. */
  public static void name(String process) {
    context().putProperty(JsonLine.PROCESS, process);
  }

  /** Says what was done. */
  public void info(String line) {
    info(line, line);
  }

  /**
   * The same.
   *
   * @param asText in place of {@code line} where lines are text
   */
  public void info(String line, String asText) {
    write(json ? asJson(Level.INFO, line, null) : asText);
  }

  /**
   * Says why the service ends.
   *
   * @param bug to be shown with its trace; null: there is none
   */
  public void failed(String text, @Nullable Throwable bug) {
    write(json ? asJson(Level.ERROR, text, bug) : text);
    if (!json && bug != null) {
      bug.printStackTrace(out);
      out.flush();
    }
  }

  private synchronized void write(String line) {
    out.println(line);
    out.flush();
  }

  private String asJson(Level level, String message, @Nullable Throwable bug) {
    LoggingEvent event = new LoggingEvent();
    event.setLoggerContextRemoteView(context().getLoggerContextRemoteView());
    event.setLoggerName(service);
    event.setLevel(level);
    event.setThreadName(Thread.currentThread().getName());
    event.setTimeStamp(System.currentTimeMillis());
    event.setMessage(message);
    if (bug != null) {
      event.setThrowableProxy(new ThrowableProxy(bug));
    }
    return JsonLine.of(event);
  }

  private static LoggerContext context() {
    return (LoggerContext) LoggerFactory.getILoggerFactory();
  }
}
