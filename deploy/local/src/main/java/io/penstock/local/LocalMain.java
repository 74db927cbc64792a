package io.penstock.local;

import io.penstock.local.command.LocalCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The command line of the local stack, behind {@code ./penstock local}. Exit codes: 0 done, 1 failed, 2
 * wrong use.
 */
@Command(
    name = "penstock",
    mixinStandardHelpOptions = true,
    scope = CommandLine.ScopeType.INHERIT,
    subcommands = LocalCommand.class)
public final class LocalMain implements Runnable {
  private static final String LOGGING = "logback.configurationFile";

  @Spec private CommandSpec spec;

  private LocalMain() {}

  /** Ends the JVM with the command's exit code. */
  public static void main(String[] args) {
    // Before the first logger: without it every step of Kafka's client would be on the screen.
    if (System.getProperty(LOGGING) == null) {
      System.setProperty(LOGGING, "io/penstock/local/logback-command.xml");
    }
    System.exit(run(args));
  }

  /** The same without ending the JVM. */
  static int run(String... args) {
    return new CommandLine(new LocalMain())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(
            (failure, commandLine, _) -> {
              System.err.println(explain(failure));
              return CommandLine.ExitCode.SOFTWARE;
            })
        .execute(args);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Say which command.");
  }

  private static String explain(Exception failure) {
    return failure instanceof LocalStackException ? failure.getMessage() : failure.toString();
  }
}
