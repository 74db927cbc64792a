package io.penstock.local.command;

import io.penstock.core.cli.ExitCode;
import io.penstock.local.LocalStack;
import io.penstock.local.Part;
import io.penstock.local.StackLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Ends the processes that {@code up} started, and no others. */
@Command(
    name = "down",
    description =
        "Stop what \"local up\" started, and nothing else. The data stays unless --purge is given.")
final class DownCommand implements Callable<Integer> {
  @Mixin private final StackOptions options = new StackOptions();

  @Option(names = "--purge", description = "Delete the stack's data and logs as well.")
  private boolean purge;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path dir = options.dir();
    if (!Files.isDirectory(dir)) {
      System.err.println("There is no stack in " + dir + ".");
      return ExitCode.DONE;
    }
    try (var _ =
        StackLock.acquire(
            dir,
            () -> System.err.println("Another command is changing this stack; waiting for it."))) {
      LocalStack stack = options.stack();
      long running = stack.parts().stream().filter(Part::isRunning).count();
      stack.kafka().groups().forEach(DownCommand::tellOfMembers);
      stack.stop();
      Files.deleteIfExists(StackOptions.connectionFile(dir));
      System.err.println(running == 0 ? "Nothing was running." : running + " parts stopped.");
      if (purge) {
        stack.purge();
        System.err.println("Data and logs in " + dir + " deleted.");
      }
      return ExitCode.DONE;
    }
  }

  /** Prints how many processes, such as routers, still use the broker. */
  private static void tellOfMembers(String group, int members) {
    System.err.println(
        "%s of the group %s still %s: without the stack they can neither work nor stop in order. Nothing is lost; they go on when it is up again. Better end them (SIGTERM) before \"local down\"."
            .formatted(
                members == 1 ? "1 process or thread" : members + " processes or threads",
                group,
                members == 1 ? "runs" : "run"));
  }
}
