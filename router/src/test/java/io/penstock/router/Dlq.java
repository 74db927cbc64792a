package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.dlq.command.DlqMain;
import io.penstock.testkit.CommandResult;
import io.penstock.testkit.PenstockProcess;
import io.penstock.testkit.Secrets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code ./penstock dlq} on a scenario's topics: in this JVM, or as a process to be killed. */
final class Dlq {
  private final Map<String, String> properties;

  Dlq(Scenario scenario) {
    this(scenario.properties);
  }

  Dlq(Map<String, String> properties) {
    this.properties = properties;
  }

  CommandResult run(String... arguments) {
    return CommandResult.of(DlqMain.commandLine(CommandResult.environment(properties)), arguments);
  }

  /** Starts a command as a process of its own; what it prints goes to a file. */
  Started start(String... arguments) {
    try {
      Path log =
          Files.createTempFile(Files.createDirectories(Path.of("target", "dlq")), "dlq-", ".log");
      ProcessBuilder builder =
          PenstockProcess.of(
              "dlq-reprocessor",
              DlqMain.class,
              properties,
              List.of("-Xmx192m"),
              List.of(arguments));
      return new Started(
          builder.redirectErrorStream(true).redirectOutput(log.toFile()).start(), log);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** A command under way. */
  record Started(Process process, Path log) implements Observed, AutoCloseable {
    private static final Pattern PORT = Pattern.compile("metrics and health on port (\\d+)");

    /** Of {@code run}, once it serves. */
    @Override
    public int httpPort() {
      Scenario.await(() -> PORT.matcher(text()).find() || !process.isAlive());
      Matcher told = PORT.matcher(text());
      assertThat(told.find()).as(text()).isTrue();
      return Integer.parseInt(told.group(1));
    }

    /** SIGKILL, unless it has ended. */
    void kill() {
      process.destroyForcibly();
      int _ = awaitExit();
    }

    /** A number of the JSON that it printed; see {@link CommandResult#number}. */
    long number(String name) {
      return new CommandResult(0, text(), "").number(name);
    }

    int awaitExit() {
      try {
        assertThat(process.waitFor(180, TimeUnit.SECONDS)).as("ended: %s", text()).isTrue();
        return process.exitValue();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    String text() {
      try {
        return Files.readString(log);
      } catch (IOException failed) {
        throw new UncheckedIOException(failed);
      }
    }

    @Override
    public void close() {
      kill();
      Secrets.assertNoneIn(text());
    }
  }
}
