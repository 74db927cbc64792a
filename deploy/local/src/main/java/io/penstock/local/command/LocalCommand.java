package io.penstock.local.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The group {@code local}. */
@Command(
    name = "local",
    description = "The stack of real servers on this machine that demo, tests and trials use.",
    subcommands = {UpCommand.class, StatusCommand.class, DownCommand.class, LogsCommand.class})
public final class LocalCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Say which: up, status, down or logs.");
  }
}
