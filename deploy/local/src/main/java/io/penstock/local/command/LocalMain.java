package io.penstock.local.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.Commands;
import io.penstock.core.cli.Subcommands;
import io.penstock.local.LocalStackException;
import io.penstock.local.demo.DemoCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/**
 * The command line of the local stack and of the demo, behind {@code ./penstock local} and {@code
 * ./penstock demo}. Exit codes: 0 done, 1 failed, 2 wrong use.
 */
@Command(name = "penstock")
@Subcommands({LocalCommand.class, DemoCommand.class})
public final class LocalMain {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help.")
  @SuppressWarnings("UnusedVariable") // picocli acts on it
  private boolean help;

  private LocalMain() {}

  /** Ends the JVM with the command's exit code. */
  public static void main(String[] args) {
    Commands.quietLibraries();
    System.exit(run(args));
  }

  private static int run(String... args) {
    CommandLine line = Commands.commandLine(new LocalMain());
    var explainOthers = line.getExecutionExceptionHandler();
    line.setExecutionExceptionHandler((failure, failed, parsed) -> {
      Exception told =
          failure instanceof LocalStackException
              ? CommandFailure.failed(String.valueOf(failure.getMessage()), failure)
              : failure;
      return explainOthers.handleExecutionException(told, failed, parsed);
    });
    return line.execute(args);
  }
}
