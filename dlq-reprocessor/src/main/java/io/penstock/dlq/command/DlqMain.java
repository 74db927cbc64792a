package io.penstock.dlq.command;

import io.penstock.core.cli.Commands;
import io.penstock.core.cli.Subcommands;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.config.PostgresConfig;
import io.penstock.core.deadletter.LetterFilter;
import java.util.Map;
import java.util.function.Function;
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
  DiscardCommand.class
})
public final class DlqMain implements Runnable {
  private final Map<String, String> environment;

  @Spec private CommandSpec spec = CommandSpec.create();

  /** Configured by the process's environment. */
  DlqMain() {
    this(System.getenv());
  }

  private DlqMain(Map<String, String> environment) {
    this.environment = environment;
  }

  /** Ends the JVM with one of {@link io.penstock.core.cli.ExitCode}. */
  public static void main(String[] args) {
    Commands.main(new DlqMain(), args);
  }

  /** For programs that are not configured by their own environment. */
  public static CommandLine commandLine(Map<String, String> environment) {
    return Commands.commandLine(new DlqMain(environment), environment);
  }

  /**
   * The environment, which has the passwords of targets; PostgreSQL has the names of its variables.
   */
  Map<String, String> environment() {
    return environment;
  }

  <C> C config(Function<ConfigReader, C> assemble) {
    return Commands.config(assemble).config();
  }

  /** A filter that also notices whether what it names is there. */
  FilterNames names(LetterFilter filter, KafkaConfig kafka) {
    return new FilterNames(filter, kafka, () -> config(PostgresConfig::from));
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Say which: " + String.join(", ", spec.subcommands().keySet()) + ".");
  }
}
