package io.penstock.provisioning.command;

import io.penstock.core.cli.Output;
import io.penstock.provisioning.ProvisioningApp;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** A command that does a job, with its entry in the audit log, and tells what came of it. */
@Command(mixinStandardHelpOptions = true)
abstract class JobCommand implements Callable<Integer> {
  @Mixin final JobOptions job = new JobOptions();
  @Mixin final Output output = new Output();

  /**
   * How many clients are in work at once: as many as were asked for, but at most one for each
   * connection to PostgreSQL, since another would only wait and fail. Says so if that is less.
   */
  final int atOnce(int asked, ProvisioningApp app) {
    if (asked > app.connections()) {
      output
          .err()
          .println(
              app.connections()
                  + " clients at once, since penstock.postgres.pool.size allows no more connections.");
    }
    return Math.min(asked, app.connections());
  }

  /** A job on one client. */
  abstract static class OnClient extends JobCommand {
    @Parameters(paramLabel = "ID", description = "The client's id.")
    String id = "";
  }
}
