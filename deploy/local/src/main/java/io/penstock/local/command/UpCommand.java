package io.penstock.local.command;

import io.penstock.core.cli.Output;
import io.penstock.core.cli.Shows;
import io.penstock.local.LocalStack;
import io.penstock.local.LocalStackException;
import io.penstock.local.Part;
import io.penstock.local.PartKind;
import io.penstock.local.PartStatus;
import io.penstock.local.PropertiesFile;
import io.penstock.local.StackLock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Starts what does not run, then prepares topics and tables. */
@Command(
    name = "up",
    description =
        "Start Kafka, PostgreSQL, Redis and ClickHouse on 127.0.0.1, those that do not run yet. A ClickHouse"
            + " server of your own is used instead where PENSTOCK_CLICKHOUSE_URL names one.")
@Shows(StackReport.class)
final class UpCommand implements Callable<Integer> {
  private static final int LOG_LINES_SHOWN = 10;

  private static final String PORT_HELP =
      "Default: the port of last time if free, else a free one.";

  @Mixin private final StackOptions options = new StackOptions();

  @Option(
      names = "--kafka-port",
      paramLabel = "N",
      description = PORT_HELP,
      converter = PortConverter.class)
  private @Nullable Integer kafkaPort;

  @Option(
      names = "--postgres-port",
      paramLabel = "N",
      description = PORT_HELP,
      converter = PortConverter.class)
  private @Nullable Integer postgresPort;

  @Option(
      names = "--redis-port",
      paramLabel = "N",
      description = PORT_HELP,
      converter = PortConverter.class)
  private @Nullable Integer redisPort;

  @Option(
      names = "--clickhouse-port",
      paramLabel = "N",
      description = PORT_HELP,
      converter = PortConverter.class)
  private @Nullable Integer clickHousePort;

  @Option(
      names = "--setup",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "Create the Kafka topics and PostgreSQL's tables afterwards (default: yes).")
  private boolean setup;

  @Mixin private final Output output = new Output();

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path dir = options.dir();
    try (var _ =
        StackLock.acquire(
            dir, () -> say("Another command is changing this stack; waiting for it."))) {
      Optional<ExternalClickHouse> external = ExternalClickHouse.fromEnvironment();
      external.ifPresent(ExternalClickHouse::requireAnswer);
      LocalStack stack = stack(dir);
      stack.parts().forEach(UpCommand::tellIfDead);
      stack.start(
          stack.parts().stream()
              .map(Part::kind)
              .filter(kind -> kind != PartKind.CLICKHOUSE || external.isEmpty())
              .toList());
      Path connections = StackOptions.connectionFile(dir);
      Map<String, String> properties = new LinkedHashMap<>(stack.connectionProperties());
      external.ifPresent(server -> properties.putAll(server.connectionProperties()));
      PropertiesFile.write(
          connections, "How to reach the local stack; holds a password.", properties);
      if (setup) {
        runSetup(connections);
      }
      StackReport report = StackReport.of(stack.parts(), external);
      return report.show(output);
    }
  }

  private LocalStack stack(Path dir) {
    LocalStack.Builder builder = LocalStack.builder(dir).endWithJvm(false).progress(UpCommand::say);
    setPort(builder, PartKind.KAFKA, kafkaPort);
    setPort(builder, PartKind.POSTGRES, postgresPort);
    setPort(builder, PartKind.REDIS, redisPort);
    setPort(builder, PartKind.CLICKHOUSE, clickHousePort);
    return builder.build();
  }

  private static void setPort(LocalStack.Builder builder, PartKind kind, @Nullable Integer port) {
    if (port != null) {
      builder.port(kind, port);
    }
  }

  private static void tellIfDead(Part part) {
    if (part.status() == PartStatus.DEAD) {
      say(
          part.kind().title()
              + " had died and is started again; it last wrote to "
              + part.logFile());
      part.lastLogLines(LOG_LINES_SHOWN).forEach(line -> say("  " + line));
    }
  }

  /** Runs {@code ./penstock setup}, and shows its output only if it fails. */
  private static void runSetup(Path connections) throws IOException, InterruptedException {
    Process running =
        Applications.process(connections, "setup")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    running.getOutputStream().close();
    int code = running.waitFor();
    if (code != 0) {
      throw new LocalStackException(
          "The stack is up, but \"./penstock setup\" failed with exit code " + code + ".");
    }
  }

  private static void say(String line) {
    System.err.println(line);
  }

  /** Refuses what cannot be a port, naming the option. */
  static final class PortConverter implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      try {
        int port = Integer.parseInt(text);
        if (port >= 1 && port <= 65_535) {
          return port;
        }
      } catch (NumberFormatException e) {
        // The same message as for a number that is too large.
      }
      throw new TypeConversionException("'" + text + "' is not a port from 1 to 65535");
    }
  }
}
