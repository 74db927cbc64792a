package io.penstock.dlq.command;

import io.penstock.core.cli.Commands;
import io.penstock.core.cli.Subcommands;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./penstock dlq}: on-call's commands for dead letters. */
@Command(
    name = "dlq",
    mixinStandardHelpOptions = true,
    description =
        "Dead letters: their causes, a way back for what can be stored, an end to what nobody wants.")
@Subcommands({
  StatsCommand.class,
  ListCommand.class,
  ShowCommand.class,
  ReplayCommand.class,
  EditCommand.class,
  RunCommand.class,
  ExportCommand.class,
  ImportCommand.class,
  DiscardCommand.class,
  TraceCommand.class
})
public final class DlqMain implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  /** Ends the JVM with one of {@link io.penstock.core.cli.ExitCode}. */
  public static void main(String[] args) {
    Commands.main(new DlqMain(), args);
  }

  /** For programs that are not configured by their own environment. */
  public static CommandLine commandLine(Map<String, String> environment) {
    return Commands.commandLine(new DlqMain(), environment);
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Say which: " + String.join(", ", spec.subcommands().keySet()) + ".");
  }
}
