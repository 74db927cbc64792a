package io.penstock.provisioning;

import io.penstock.core.cli.Commands;
import io.penstock.provisioning.command.ClientsCommand;
import io.penstock.provisioning.command.DoctorCommand;
import io.penstock.provisioning.command.KeysCommand;
import io.penstock.provisioning.command.MigrateCommand;
import io.penstock.provisioning.command.OffsetsCommand;
import io.penstock.provisioning.command.SetupCommand;
import io.penstock.provisioning.command.TargetsCommand;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The commands of the operators' jobs. */
@Command(
    name = "penstock",
    mixinStandardHelpOptions = true,
    subcommands = {
      SetupCommand.class,
      ClientsCommand.class,
      KeysCommand.class,
      MigrateCommand.class,
      TargetsCommand.class,
      OffsetsCommand.class,
      DoctorCommand.class
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
