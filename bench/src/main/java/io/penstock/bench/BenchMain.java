package io.penstock.bench;

import io.penstock.core.cli.Commands;
import io.penstock.core.cli.Subcommands;
import picocli.CommandLine.Command;

/** {@code ./penstock bench}: measures. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measures Penstock on this machine, on a stack of its own.")
@Subcommands({RouterBench.class, ReplayBench.class, AccountBench.class, SoakBench.class})
public final class BenchMain {
  private BenchMain() {}

  /** Runs the command. */
  public static void main(String[] arguments) {
    Commands.quietLibraries();
    System.exit(Commands.execute(new BenchMain(), arguments));
  }
}
