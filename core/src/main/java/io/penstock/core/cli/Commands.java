package io.penstock.core.cli;

import java.util.List;
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
    CommandLine line = commandLine(command);
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

  /** The command line that {@link #execute} uses, for tests that redirect its output. */
  public static CommandLine commandLine(Object command) {
    CommandLine line = new CommandLine(command);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler((exception, failed, parsed) ->
        FailureReport.of(exception).tell(failed, parsed.originalArgs()));
    IParameterExceptionHandler usage = line.getParameterExceptionHandler();
    line.setParameterExceptionHandler((wrong, args) -> {
      FailureReport.of(wrong).write(wrong.getCommandLine(), List.of(args));
      return usage.handleParseException(wrong, args);
    });
    return line;
  }
}
