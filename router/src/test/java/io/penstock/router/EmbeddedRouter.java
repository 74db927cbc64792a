package io.penstock.router;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.client.KeyMask;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.ConfigSource;
import io.penstock.testkit.Secrets;
import java.io.IOException;
import java.time.Clock;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.slf4j.LoggerFactory;

/** A router in this JVM: up within a second, since everything is loaded and compiled. */
final class EmbeddedRouter implements Router {
  private static final Logger PENSTOCK = (Logger) LoggerFactory.getLogger("io.penstock");

  private final Queue<String> said = new ConcurrentLinkedQueue<>();
  private final AppenderBase<ILoggingEvent> ears =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          said.add(line(event));
        }
      };
  private final RouterApp app;
  private boolean closed;

  EmbeddedRouter(Map<String, String> properties) {
    RouterConfig config =
        ConfigReader.load(ConfigSource.of(properties), RouterConfig::from).config();
    ears.setContext(PENSTOCK.getLoggerContext());
    ears.start();
    PENSTOCK.addAppender(ears);
    try {
      StartCheck.run(config.kafka(), config.applicationId());
      app = new RouterApp(config, Clock.systemUTC());
    } catch (IOException | InterruptedException | StartCheck.StartException cannotStart) {
      PENSTOCK.detachAppender(ears);
      throw new AssertionError(cannotStart);
    }
    app.start();
  }

  private static String line(ILoggingEvent event) {
    String pairs =
        event.getKeyValuePairs() == null
            ? ""
            : event.getKeyValuePairs().stream()
                .map(pair -> pair.key + "=\"" + pair.value + "\"")
                .collect(Collectors.joining(" ", " ", ""));
    String thrown =
        event.getThrowableProxy() == null
            ? ""
            : " "
                + event.getThrowableProxy().getClassName()
                + ": "
                + event.getThrowableProxy().getMessage();
    return event.getLevel() + " " + event.getFormattedMessage() + pairs + thrown;
  }

  @Override
  public EmbeddedRouter awaitReady() {
    Scenario.await(() -> get("/health/ready").statusCode() == 200);
    return this;
  }

  @Override
  public int httpPort() {
    return app.httpPort();
  }

  @Override
  public String name() {
    return app.name();
  }

  @Override
  public String log() {
    return String.join("\n", said);
  }

  @Override
  public int stop() {
    closed = true;
    try {
      app.close();
      return app.ended().isDone() ? ExitCode.FAILED : ExitCode.DONE;
    } catch (IllegalStateException notCleanly) {
      said.add(notCleanly.toString());
      return ExitCode.FAILED;
    } finally {
      PENSTOCK.detachAppender(ears);
      // A router's own logback.xml masks keys.
      Secrets.assertNoneIn(KeyMask.mask(log()));
    }
  }

  @Override
  public void close() {
    if (!closed) {
      int _ = stop();
    }
  }
}
