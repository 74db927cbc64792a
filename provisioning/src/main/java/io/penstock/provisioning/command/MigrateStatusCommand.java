package io.penstock.provisioning.command;

import io.penstock.core.cli.Shows;
import io.penstock.provisioning.schema.MigrationStatus;
import io.penstock.provisioning.schema.Migrations;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code ./penstock migrate status}. */
@Command(
    name = "status",
    description = "Shows how many clients are at which version, then those that are behind.")
@Shows(MigrationStatus.class)
public final class MigrateStatusCommand extends ReadCommand {
  @Mixin private MigrationOptions options = new MigrationOptions();

  @Override
  public Integer call() {
    Path migrations = options.folder();
    return job.run(app -> {
      MigrationStatus status =
          MigrationStatus.read(
              app.tools().metadata(), Migrations.load(migrations), options.clientIds);
      return output.show(status, out -> MigratePrinter.print(out, status, output));
    });
  }
}
