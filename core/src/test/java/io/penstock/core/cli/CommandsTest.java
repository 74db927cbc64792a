package io.penstock.core.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.config.ConfigException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class CommandsTest {
  private final StringWriter err = new StringWriter();

  @Command(name = "probe")
  private static final class Probe implements Callable<Integer> {
    @Mixin private OutputOption output = new OutputOption();
    private final Callable<Integer> body;

    private Probe(Callable<Integer> body) {
      this.body = body;
    }

    @Override
    public Integer call() throws Exception {
      return output.json() ? ExitCode.PARTLY : body.call();
    }
  }

  @Test
  void wrongConfigurationAndWrongArgumentsAreUsage() {
    assertThat(
            run(() -> {
              throw new ConfigException(List.of("X: is not set"));
            }))
        .isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).isEqualTo("1 problem in the configuration:\n  - X: is not set\n");
    assertThat(run(() -> 0, "--nonsense")).isEqualTo(ExitCode.USAGE);
    assertThat(run(() -> 0, "--output", "xml")).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void failuresAreMessagesWithoutATrace() {
    assertThat(
            run(() -> {
              throw CommandFailure.failed("no broker at a:1", null);
            }))
        .isEqualTo(ExitCode.FAILED);
    assertThat(err.toString()).isEqualTo("no broker at a:1\n");
    assertThat(
            run(() -> {
              throw CommandFailure.usage("which client?");
            }))
        .isEqualTo(ExitCode.USAGE);
  }

  @Test
  void bugsShowTheirTrace() {
    assertThat(
            run(() -> {
              throw new IllegalStateException("bug");
            }))
        .isEqualTo(ExitCode.FAILED);
    assertThat(err.toString())
        .contains("Unexpected: java.lang.IllegalStateException: bug")
        .contains("\tat ");
  }

  @Test
  void scriptsAskForJson() {
    assertThat(run(() -> 0, "--output", "json")).isEqualTo(ExitCode.PARTLY);
    assertThat(run(() -> 0, "--output", "text")).isEqualTo(ExitCode.DONE);
    assertThat(run(() -> 0)).isEqualTo(ExitCode.DONE);
  }

  @Test
  void jsonIsOneLine() {
    assertThat(Json.object(json -> json.writeStringField("a", "x\ny")))
        .isEqualTo("{\"a\":\"x\\ny\"}");
  }

  @Test
  void tableAlignsNumbersToTheRight() {
    StringWriter out = new StringWriter();

    new Table("client", "stored").row("acme", 12).row("a", "1,234").print(new PrintWriter(out));

    assertThat(out.toString())
        .isEqualTo(
            """
            client  stored
            ------  ------
            acme        12
            a        1,234
            """);
  }

  private int run(Callable<Integer> body, String... args) {
    CommandLine line = Commands.commandLine(new Probe(body));
    line.setErr(new PrintWriter(err, true));
    return line.execute(args);
  }
}
