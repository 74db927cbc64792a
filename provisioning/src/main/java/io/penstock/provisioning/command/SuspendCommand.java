package io.penstock.provisioning.command;

import io.penstock.core.cli.Shows;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./penstock clients suspend}. */
@Command(
    name = "suspend",
    description =
        "Refuses a client's events from now on; they become dead letters that are replayed when it is resumed.")
@Shows(ChangeView.class)
final class SuspendCommand extends JobCommand.OnClient {
  @Option(names = "--reason", paramLabel = "TEXT", description = "For the audit log.")
  private String reason = "";

  @Override
  public Integer call() {
    return job.run(app -> ChangeView.show(output, app.lifecycle().suspend(id, reason)));
  }
}
