package io.penstock.provisioning.command;

import io.penstock.core.cli.ProgressBar;
import io.penstock.provisioning.schema.MigrateOutcome;
import io.penstock.provisioning.schema.MigrationRun;
import java.io.PrintWriter;

/** Tells on standard error how a run goes: a bar, a line for each wave and for each failure. */
final class MigrateProgress implements MigrationRun.Progress, AutoCloseable {
  private final ProgressBar bar;

  MigrateProgress(PrintWriter err) {
    this.bar = new ProgressBar(err, "clients", 0);
  }

  @Override
  public void wave(int number, int size, int done, int total) {
    bar.total(total);
    bar.message(
        "Wave %d: %d %s (%d of %d done)"
            .formatted(number, size, size == 1 ? "client" : "clients", done, total));
  }

  @Override
  public void client(MigrateOutcome outcome) {
    bar.step();
    if (outcome instanceof MigrateOutcome.Failed failed) {
      bar.message(failed.clientId() + ": FAILED, " + firstLine(failed.reason()));
    }
  }

  private static String firstLine(String reason) {
    return reason.lines().findFirst().orElse("");
  }

  @Override
  public void close() {
    bar.close();
  }
}
