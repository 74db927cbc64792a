package io.penstock.provisioning.command;

import io.penstock.core.cli.Subcommands;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./penstock clients ...}: the life of clients. */
@Command(
    name = "clients",
    mixinStandardHelpOptions = true,
    description = "Creates clients, makes them active, shows, changes and ends them.")
@Subcommands({
  CreateCommand.class,
  ListCommand.class,
  ShowCommand.class,
  HistoryCommand.class,
  JobsCommand.class,
  ProvisionCommand.class,
  SetCommand.class,
  SuspendCommand.class,
  ResumeCommand.class,
  AccessCommand.class,
  DeprovisionCommand.class
})
public final class ClientsCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Say which: " + String.join(", ", spec.subcommands().keySet()) + ".");
  }
}
