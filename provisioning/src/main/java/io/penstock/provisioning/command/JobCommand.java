package io.penstock.provisioning.command;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.Home;
import io.penstock.core.cli.Output;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.schema.Migration;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A command that does a job and tells what came of it. */
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

  /** A job on the migrations of clients. */
  abstract static class OnMigrations extends JobCommand {
    @Option(
        names = "--client",
        paramLabel = "ID",
        description = "Only this one; may be repeated. Default: all that are active or suspended.")
    List<String> clientIds = List.of();

    final Path migrations() {
      return Migration.folder(Home.find());
    }
  }

  /** The same on several clients at once. */
  abstract static class OnManyMigrations extends OnMigrations {
    @Option(
        names = "--parallel",
        paramLabel = "N",
        description = "Groups of clients at once; default: ${DEFAULT-VALUE}.")
    private int parallelism = 4;

    final int parallelism() {
      if (parallelism < 1) {
        throw CommandFailure.usage("--parallel is 1 or more.");
      }
      return parallelism;
    }
  }
}
