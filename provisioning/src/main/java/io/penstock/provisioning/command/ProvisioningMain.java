package io.penstock.provisioning.command;

import io.penstock.core.cli.Commands;
import io.penstock.core.cli.Subcommands;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The commands of the operators' jobs. */
@Command(name = "penstock", mixinStandardHelpOptions = true)
@Subcommands({
  SetupCommand.class,
  ClientsCommand.class,
  KeysCommand.class,
  MigrateCommand.class,
  TargetsCommand.class,
  OffsetsCommand.class,
  AccountCommand.class,
  DoctorCommand.class,
  TopCommand.class
})
public final class ProvisioningMain {
  private ProvisioningMain() {}

  /** Ends the JVM with one of {@link io.penstock.core.cli.ExitCode}. */
  public static void main(String[] args) {
    Commands.main(new ProvisioningMain(), args);
  }

  /** For programs that are not configured by their own environment. */
  public static CommandLine commandLine(Map<String, String> environment) {
    return Commands.commandLine(new ProvisioningMain(), environment);
  }
}
