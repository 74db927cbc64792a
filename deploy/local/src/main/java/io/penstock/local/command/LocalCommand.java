package io.penstock.local.command;

import io.penstock.core.cli.Subcommands;
import picocli.CommandLine.Command;

/** The group {@code local}. */
@Command(
    name = "local",
    description = "The stack of real servers on this machine that demo, tests and trials use.")
@Subcommands({UpCommand.class, StatusCommand.class, DownCommand.class, LogsCommand.class})
public final class LocalCommand {}
