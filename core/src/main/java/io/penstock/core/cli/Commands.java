package io.penstock.core.cli;

import io.penstock.core.config.ConfigException;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.ConfigSource;
import io.penstock.core.config.Patience;
import io.penstock.core.run.CommandRun;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;

/** Runs a picocli command with our exit codes and messages. */
public final class Commands {
  private static final String LOGGING = "logback.configurationFile";

  private Commands() {}

  /**
   * Lets libraries speak only of errors, on standard error, unless the process was told otherwise.
   * For short-lived commands; call it before the first logger exists.
   */
  public static void quietLibraries() {
    if (System.getProperty(LOGGING) == null) {
      System.setProperty(LOGGING, "io/penstock/core/cli/logback-command.xml");
    }
  }

  /**
   * Parses and runs.
   *
   * @return the exit code; messages went to standard error
   */
  public static int execute(Object command, String... args) {
    return execute(commandLine(command), args);
  }

  private static int execute(CommandLine line, String... args) {
    try {
      return line.execute(args);
    } catch (OutOfMemoryError heap) {
      line.getErr()
          .println(
              "Out of memory (%s). Give the JVM more, for example PENSTOCK_JAVA_OPTS=-Xmx1g; what was done until now stands."
                  .formatted(heap.getMessage()));
      return ExitCode.FAILED;
    }
  }

  /**
   * Parses and runs the command, and ends the process with its exit code. A signal that ends the
   * process has the command say what is done and how to go on, see {@link Interruption}.
   */
  public static void main(Object command, String... args) {
    quietLibraries();
    Chosen chosen = Chosen.of(command, args);
    CommandLine line = commandLine(chosen.line(), System.getenv());
    line.setCommandName(chosen.name());
    CompletableFuture<Integer> ended = new CompletableFuture<>();
    Runtime.getRuntime()
        .addShutdownHook(new Thread(new Interruption(line, chosen.args(), ended), "interrupted"));
    int exitCode = execute(line, chosen.args().toArray(String[]::new));
    ended.complete(exitCode);
    System.exit(exitCode);
  }

  /** The command line that {@link #execute} uses, for tests that redirect its output. */
  public static CommandLine commandLine(Object command) {
    return commandLine(command, System.getenv());
  }

  /** The same command line for a program that is configured by another environment than its own. */
  public static CommandLine commandLine(Object command, Map<String, String> environment) {
    return commandLine(Chosen.whole(command), environment);
  }

  private static CommandLine commandLine(CommandLine line, Map<String, String> environment) {
    // Set and read by the thread that executes the line.
    CommandRun[] run = {CommandRun.current()};
    line.setExecutionStrategy(parsed ->
        CommandRun.of(
            notice -> tell(line.getErr(), notice),
            environment,
            () -> {
              run[0] = CommandRun.current();
              return new CommandLine.RunLast().execute(parsed);
            }));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler((exception, failed, parsed) -> {
      FailureReport report =
          exception instanceof CommandRun.Interrupted
              ? FailureReport.interrupted(run[0])
              : FailureReport.of(exception);
      return (run[0].interrupted() ? report.ofInterrupted() : report)
          .tell(run[0], failed, parsed.originalArgs());
    });
    IParameterExceptionHandler usage = line.getParameterExceptionHandler();
    line.setParameterExceptionHandler((wrong, args) -> {
      FailureReport noCommand = FailureReport.ofNoCommand(wrong);
      if (noCommand != null) {
        return noCommand.tell(run[0], wrong.getCommandLine(), List.of(args));
      }
      FailureReport.of(wrong).write(wrong.getCommandLine(), List.of(args));
      return usage.handleParseException(wrong, args);
    });
    return line;
  }

  /**
   * Reads what the running command needs of the configuration, and gives the command the configured
   * patience.
   *
   * @throws ConfigException with every problem
   */
  public static <C> ConfigReader.Loaded<C> config(Function<ConfigReader, C> assemble) {
    Patience[] patience = new Patience[1];
    ConfigReader.Loaded<C> loaded =
        ConfigReader.load(
            ConfigSource.fromEnvironment(CommandRun.current().environment()),
            reader -> {
              patience[0] = Patience.from(reader);
              return assemble.apply(reader);
            });
    CommandRun.current().patience(patience[0]);
    return loaded;
  }

  private static void tell(PrintWriter err, String line) {
    err.println(line);
    err.flush();
  }
}
