package io.penstock.provisioning.command;

import io.penstock.core.cli.Shows;
import picocli.CommandLine.Command;

/** {@code ./penstock clients resume}. */
@Command(
    name = "resume",
    description =
        "Makes a suspended client active, or takes back a deprovisioning whose grace is not over.")
@Shows(ChangeView.class)
final class ResumeCommand extends JobCommand.OnClient {
  @Override
  public Integer call() {
    return job.run(app -> ChangeView.show(output, app.lifecycle().resume(id)));
  }
}
