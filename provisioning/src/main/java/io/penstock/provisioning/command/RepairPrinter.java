package io.penstock.provisioning.command;

import io.penstock.provisioning.schema.ForgottenMigration;
import io.penstock.provisioning.schema.SchemaRepair;
import io.penstock.provisioning.schema.SchemaVerifier.Drift;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/** Writes what {@code migrate repair} and {@code migrate forget} did. */
final class RepairPrinter {
  private RepairPrinter() {}

  static void print(PrintWriter out, SchemaRepair.Report report) {
    for (Drift drift : report.repaired()) {
      out.println(
          "%s: %s%s"
              .formatted(
                  drift.clientId(),
                  report.dryRun() ? "would run: " : "ran: ",
                  one(drift.statement())));
    }
    for (Drift drift : report.left()) {
      out.println(
          "%s: not repaired: %s %s: expected %s, found %s"
              .formatted(
                  drift.clientId(),
                  drift.table(),
                  drift.what(),
                  one(drift.expected()),
                  one(drift.found())));
    }
    report.failed().forEach((client, reason) -> out.println(client + ": failed: " + reason));
    out.println(
        "clients looked at: %d, %s: %d, left as they are: %d, failed: %d%s"
            .formatted(
                report.verified(),
                report.dryRun() ? "would be made" : "made",
                report.repaired().size(),
                report.left().size(),
                report.failed().size(),
                report.dryRun() ? "; nothing was changed, add --confirm to do it" : ""));
  }

  static void print(PrintWriter out, ForgottenMigration view) {
    view.forgotten()
        .forEach((client, statements) ->
            out.println(
                "%s: %s %s; statements of it that had run, and stay: %d"
                    .formatted(
                        client,
                        view.migration(),
                        view.dryRun() ? "would be forgotten" : "is forgotten",
                        statements)));
    view.kept().forEach((client, reason) -> out.println(client + ": kept: " + reason));
    out.println(
        "%s: %d, kept: %d%s"
            .formatted(
                view.dryRun() ? "would be forgotten" : "forgotten",
                view.forgotten().size(),
                view.kept().size(),
                view.dryRun() ? "; nothing was changed" : ""));
  }

  private static String one(@Nullable String text) {
    return text == null ? "nothing" : text.replaceAll("\\s+", " ");
  }
}
