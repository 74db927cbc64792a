package io.penstock.core.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.penstock.core.client.ApiKeys;
import io.penstock.core.config.ConfigException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class CommandsTest {
  private final StringWriter err = new StringWriter();
  private final StringWriter out = new StringWriter();

  @Command(name = "probe")
  private static final class Probe implements Callable<Integer> {
    @Mixin private Output output = new Output();
    private final Callable<Integer> body;

    private final boolean always;

    private Probe(Callable<Integer> body, boolean always) {
      this.body = body;
      this.always = always;
    }

    @Override
    public Integer call() throws Exception {
      return output.json() && !always ? ExitCode.PARTLY : body.call();
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

  private enum State {
    NOT_YET
  }

  private record Inner(String b, @Nullable String c) {}

  record View(
      String a,
      @JsonUnwrapped @Nullable Inner inner,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Instant at,
      State state,
      Map<String, Long> counts,
      List<Inner> list) {
    /** No component, and no field therefore. */
    public boolean isEmpty() {
      return list.isEmpty();
    }
  }

  @Test
  void aRecordsComponentsAreItsJson() {
    assertThat(
            Json.of(
                new View(
                    "x\ny",
                    new Inner("b", null),
                    Instant.EPOCH,
                    State.NOT_YET,
                    Map.of("one", 1L),
                    List.of(new Inner("é", "c")))))
        .isEqualTo(
            "{\"a\":\"x\\ny\",\"b\":\"b\",\"c\":null,\"at\":\"1970-01-01T00:00:00Z\",\"state\":\"not_yet\","
                + "\"counts\":{\"one\":1},\"list\":[{\"b\":\"é\",\"c\":\"c\"}]}");
    assertThat(Json.of(new View("", null, null, State.NOT_YET, Map.of(), List.of())))
        .isEqualTo("{\"a\":\"\",\"state\":\"not_yet\",\"counts\":{},\"list\":[]}");
  }

  @Test
  void tableAlignsNumbersToTheRight() {
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

  @Test
  void tablesFitTheTerminal() {
    Table table =
        new Table("letters", "detail", "origin", "client")
            .whole("origin")
            .row(7, "x".repeat(90), "shared_raw_events-3-1234567", "acme");
    table.print(new PrintWriter(out), 60);
    assertThat(out.toString())
        .contains("7  xxxxxxx", "xx..  shared_raw_events-3-1234567  acme", "all of it: --wide)")
        .doesNotContain("x".repeat(20));
    assertThat(out.toString().lines()).allMatch(line -> line.length() <= 60);

    out.getBuffer().setLength(0);
    table.print(new PrintWriter(out), 40);
    assertThat(out.toString())
        .contains("shared_raw_events-3-1234567", "(cut to fit, without detail, client;");

    out.getBuffer().setLength(0);
    table.print(new PrintWriter(out));
    assertThat(out.toString()).contains("x".repeat(90)).doesNotContain("--wide");
  }

  private record Keyed(String key, Map<String, List<String>> others) {}

  @Test
  void keysShowNowhere() {
    String key = ApiKeys.generate(new SecureRandom());
    StringWriter table = new StringWriter();
    new Table("label").row(key).print(new PrintWriter(table));

    assertThat(table.toString()).contains("pk_***").doesNotContain(key);
    Keyed keyed = new Keyed(key, Map.of(key, List.of(key)));
    assertThat(Json.of(keyed))
        .isEqualTo("{\"key\":\"pk_***\",\"others\":{\"pk_***\":[\"pk_***\"]}}");
    assertThat(Json.withSecrets(keyed))
        .isEqualTo("{\"key\":\"%1$s\",\"others\":{\"%1$s\":[\"%1$s\"]}}".formatted(key));
    run(() -> {
      throw CommandFailure.failed("no " + key, null).problems(List.of(key)).remedy(key);
    });
    assertThat(err.toString()).isEqualTo("no pk_***:\n  - pk_***\n  -> pk_***\n");
  }

  private record Done(int done) {}

  @Test
  void scriptsAreToldOfErrors() {
    Callable<Integer> partly =
        () -> {
          throw CommandFailure.partly("one stayed", null)
              .problems(List.of("b: refused"))
              .remedy("run it again")
              .result(new Done(1));
        };

    assertThat(asScript(partly, "--output", "json")).isEqualTo(ExitCode.PARTLY);
    assertThat(out.toString())
        .isEqualTo(
            "{\"done\":1,\"error\":{\"code\":\"partly\",\"exitCode\":3,\"message\":\"one stayed\","
                + "\"problems\":[\"b: refused\"],\"remedy\":\"run it again\"}}\n");
    assertThat(err.toString()).isEqualTo("one stayed:\n  - b: refused\n  -> run it again\n");

    assertThat(asScript(partly, "--output=JSON", "--nonsense")).isEqualTo(ExitCode.USAGE);
    assertThat(out.toString())
        .contains("\"code\":\"usage\",\"exitCode\":2,\"message\":\"Unknown option: '--nonsense'\"")
        .contains("\"remedy\":\"./penstock probe --help\"");
    assertThat(
            asScript(
                () -> {
                  throw new ConfigException(List.of("X: is not set"));
                },
                "--output",
                "json"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(out.toString())
        .contains("\"code\":\"configuration\"", "\"problems\":[\"X: is not set\"]");
    assertThat(
            asScript(
                () -> {
                  throw new IllegalStateException("bug");
                },
                "--output",
                "json"))
        .isEqualTo(ExitCode.FAILED);
    assertThat(out.toString()).contains("\"code\":\"unexpected\"");
    assertThat(run(partly)).isEqualTo(ExitCode.PARTLY);
  }

  @Command(name = "penstock")
  @Subcommands(Group.class)
  private static final class Main {}

  @Command(name = "group")
  @Subcommands({Add.class, Verify.class})
  private static final class Group {}

  @Command(name = "add")
  private static final class Add {}

  @Command(name = "verify")
  private static final class Verify {}

  @Test
  void whoeverMistypesACommandOfAGroupIsToldTheOneThatIsNear() {
    CommandLine line =
        Commands.commandLine(new Main())
            .setErr(new PrintWriter(err, true))
            .setOut(new PrintWriter(out, true));

    assertThat(line.execute("group", "ad", "--output", "json")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString())
        .isEqualTo(
            "There is no command \"group ad\"; did you mean \"add\"?\n  -> ./penstock group --help\n");
    assertThat(out.toString()).contains("\"message\":\"There is no command \\\"group ad\\\"; did");

    err.getBuffer().setLength(0);
    assertThat(line.execute("group", "nonsense")).isEqualTo(ExitCode.USAGE);
    assertThat(line.execute("grop")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString())
        .isEqualTo(
            """
            There is no command "group nonsense"
              -> ./penstock group --help
            There is no command "grop"; did you mean "group"?
              -> ./penstock --help
            """);

    err.getBuffer().setLength(0);
    assertThat(line.execute("group", "--nonsense")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).startsWith("Unknown option: '--nonsense'");
  }

  /** With standard output of this run alone, and a body that runs although JSON is asked for. */
  private int asScript(Callable<Integer> body, String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return line(body, true).setOut(new PrintWriter(out, true)).execute(args);
  }

  private int run(Callable<Integer> body, String... args) {
    return line(body, false).execute(args);
  }

  private CommandLine line(Callable<Integer> body, boolean always) {
    return Commands.commandLine(new Probe(body, always)).setErr(new PrintWriter(err, true));
  }
}
