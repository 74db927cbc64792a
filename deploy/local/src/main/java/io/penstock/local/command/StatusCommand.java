package io.penstock.local.command;

import io.penstock.core.cli.ExitCode;
import io.penstock.core.cli.Output;
import io.penstock.core.cli.Shows;
import io.penstock.local.LocalStack;
import io.penstock.local.Part;
import io.penstock.local.PartStatus;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Shows each part as it is; exit code 1 unless all are up. */
@Command(
    name = "status",
    description =
        "Show each part: state, address, process, memory, log. Exit code 0 if all are up, else 1.")
@Shows(StackReport.class)
final class StatusCommand implements Callable<Integer> {
  private static final int LOG_LINES_SHOWN = 10;

  @Mixin private final StackOptions options = new StackOptions();

  @Mixin private final Output output = new Output();

  @Override
  public Integer call() throws IOException {
    LocalStack stack = options.stack();
    Optional<ExternalClickHouse> external = ExternalClickHouse.inUse(stack);
    StackReport report = StackReport.of(stack.parts(), external);
    var _ = report.show(output);
    if (!output.json()) {
      stack.parts().stream()
          .filter(part -> part.status() == PartStatus.DEAD)
          .forEach(StatusCommand::tellWhy);
    }
    return report.up() ? ExitCode.DONE : ExitCode.FAILED;
  }

  private static void tellWhy(Part part) {
    System.out.printf("%n%s is dead; the last lines of %s:%n", part.kind().title(), part.logFile());
    part.lastLogLines(LOG_LINES_SHOWN).forEach(line -> System.out.println("  " + line));
  }
}
