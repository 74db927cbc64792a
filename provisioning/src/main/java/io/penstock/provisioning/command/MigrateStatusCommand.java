package io.penstock.provisioning.command;

import io.penstock.core.cli.Shows;
import io.penstock.provisioning.schema.MigrationStatus;
import io.penstock.provisioning.schema.Migrations;
import java.nio.file.Path;
import picocli.CommandLine.Command;

/** {@code ./penstock migrate status}. */
@Command(
    name = "status",
    description = "Shows how many clients are at which version, then those that are behind.")
@Shows(MigrationStatus.class)
public final class MigrateStatusCommand extends JobCommand.OnMigrations {
  @Override
  public Integer call() {
    Path migrations = migrations();
    return job.run(app -> {
      MigrationStatus status =
          MigrationStatus.read(app.tools().metadata(), Migrations.load(migrations), clientIds);
      return output.show(status, out -> MigratePrinter.print(out, status, output));
    });
  }
}
