package io.penstock.local.command;

import io.penstock.local.LocalStack;
import io.penstock.local.Part;
import io.penstock.local.PartStatus;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows each part as it is; exit code 1 unless all are up. */
@Command(
    name = "status",
    description =
        "Show each part: state, address, process, memory, log. Exit code 0 if all are up, else 1.")
final class StatusCommand implements Callable<Integer> {
  private static final int LOG_LINES_SHOWN = 10;

  @Mixin private final StackOptions options = new StackOptions();

  @Option(names = "--output", paramLabel = "FORMAT", description = "table or json.")
  private Output output = Output.table;

  @Override
  public Integer call() {
    LocalStack stack = options.stack();
    Optional<ExternalClickHouse> external = ExternalClickHouse.fromEnvironment();
    StackReport report = StackReport.of(stack.parts(), external);
    if (output == Output.json) {
      System.out.println(report.json());
    } else {
      System.out.print(report.table());
      stack.parts().stream()
          .filter(part -> part.status() == PartStatus.DEAD)
          .forEach(StatusCommand::tellWhy);
    }
    return report.allUp() ? 0 : 1;
  }

  private static void tellWhy(Part part) {
    System.out.printf("%n%s is dead; the last lines of %s:%n", part.kind().title(), part.logFile());
    part.lastLogLines(LOG_LINES_SHOWN).forEach(line -> System.out.println("  " + line));
  }
}
