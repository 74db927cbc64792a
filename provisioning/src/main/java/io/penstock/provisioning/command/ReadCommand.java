package io.penstock.provisioning.command;

import io.penstock.core.cli.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** A command that changes nothing and tells what it finds. */
@Command(mixinStandardHelpOptions = true)
abstract class ReadCommand implements Callable<Integer> {
  final AppRun job = new AppRun();
  @Mixin final Output output = new Output();
}
