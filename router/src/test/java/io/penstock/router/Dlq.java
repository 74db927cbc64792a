package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.config.ConfigKey;
import io.penstock.dlq.command.DlqMain;
import io.penstock.testkit.PenstockProcess;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code ./penstock dlq} on a scenario's topics: in this JVM, or as a process to be killed. */
final class Dlq {
  private final Map<String, String> properties;
  private final Map<String, String> environment = new HashMap<>();

  /** What a command printed, and its exit code. */
  record Run(int exitCode, String out, String err) {
    /** A number of the JSON on standard output, by its name; 0 if there is none. */
    long number(String name) {
      Matcher found = Pattern.compile("\"" + name + "\":(\\d+)").matcher(out);
      return found.find() ? Long.parseLong(found.group(1)) : 0;
    }

    Run expect(int code) {
      assertThat(exitCode).as("exit code; %s%s", out, err).isEqualTo(code);
      return this;
    }
  }

  Dlq(Scenario scenario) {
    properties = scenario.properties;
    scenario.properties.forEach(
        (key, value) -> environment.put(ConfigKey.environmentName(key), value));
  }

  Run run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        DlqMain.commandLine(environment)
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(arguments);
    return new Run(exitCode, out.toString(), err.toString());
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
  record Started(Process process, Path log) implements AutoCloseable {
    /** SIGKILL, unless it has ended. */
    void kill() {
      process.destroyForcibly();
      int _ = awaitExit();
    }

    /** A number of the JSON that it printed; see {@link Run#number}. */
    long number(String name) {
      return new Run(0, text(), "").number(name);
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
    }
  }
}
