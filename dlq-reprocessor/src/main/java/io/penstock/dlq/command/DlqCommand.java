package io.penstock.dlq.command;

import io.penstock.core.cli.Output;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** A command on dead letters that tells what came of it. */
@Command(mixinStandardHelpOptions = true)
abstract class DlqCommand implements Callable<Integer> {
  @ParentCommand DlqMain dlq = new DlqMain();
  @Mixin final Output output = new Output();

  /** On those that the filters mean. */
  abstract static class OnLetters extends DlqCommand {
    @Mixin final FilterOptions filters = new FilterOptions();
  }
}
