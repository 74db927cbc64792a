package io.penstock.provisioning.command;

import io.penstock.core.cli.Output;
import io.penstock.core.cli.Table;
import io.penstock.provisioning.schema.MigrateOutcome;
import io.penstock.provisioning.schema.MigrationForecast;
import io.penstock.provisioning.schema.MigrationRun;
import io.penstock.provisioning.schema.MigrationStatus;
import io.penstock.provisioning.schema.SchemaVerifier;
import java.io.PrintWriter;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes what {@code migrate} and its subcommands found. */
final class MigratePrinter {
  private MigratePrinter() {}

  /**
   * A run over clients.
   *
   * @param migrated how many clients it brought up to date
   * @param unchanged how many there was nothing to do for
   * @param failed how many are where the failure says
   * @param halted why clients were left out; null: none was
   * @param failures these, and why
   * @param notTried clients that the run stopped before
   */
  record Migrated(
      int migrated,
      int unchanged,
      int failed,
      @Nullable String halted,
      List<MigrateOutcome.Failed> failures,
      List<String> notTried) {
    static Migrated of(MigrationRun.Summary summary) {
      List<MigrateOutcome.Failed> failed = summary.of(MigrateOutcome.Failed.class);
      return new Migrated(
          summary.of(MigrateOutcome.Migrated.class).size(),
          summary.of(MigrateOutcome.Unchanged.class).size(),
          failed.size(),
          summary.halted(),
          failed,
          summary.of(MigrateOutcome.NotTried.class).stream()
              .map(MigrateOutcome.NotTried::clientId)
              .toList());
    }
  }

  static void show(Output output, MigrationRun.Summary summary) {
    Migrated view = Migrated.of(summary);
    var _ = output.show(view, out -> print(out, view));
  }

  private static void print(PrintWriter out, Migrated view) {
    for (String reason : reasons(view.failures)) {
      List<String> clients =
          view.failures.stream()
              .filter(one -> one.reason().equals(reason))
              .map(MigrateOutcome.Failed::clientId)
              .toList();
      out.println("failed: " + some(clients));
      reason.lines().forEach(line -> out.println("  " + line));
    }
    if (view.halted != null) {
      out.println("halted: " + view.halted);
    }
    if (!view.notTried.isEmpty()) {
      out.println("not tried: " + some(view.notTried));
    }
    out.println(
        "%d migrated, %d unchanged, %d failed, %d not tried"
            .formatted(view.migrated, view.unchanged, view.failed, view.notTried.size()));
  }

  private static Set<String> reasons(List<MigrateOutcome.Failed> failed) {
    Set<String> reasons = new LinkedHashSet<>();
    failed.forEach(one -> reasons.add(one.reason()));
    return reasons;
  }

  /**
   * What a run would do.
   *
   * @param dryRun true
   * @param clients by id
   */
  record DryRun(boolean dryRun, List<MigrationForecast> clients) {}

  static void show(Output output, List<MigrationForecast> forecasts) {
    var _ = output.show(new DryRun(true, forecasts), out -> print(out, forecasts));
  }

  private static void print(PrintWriter out, List<MigrationForecast> forecasts) {
    int statements = 0;
    int touched = 0;
    for (MigrationForecast forecast : forecasts) {
      if (forecast.problem() != null || !forecast.migrations().isEmpty()) {
        out.println(forecast.clientId() + " (" + forecast.database() + ")");
      }
      touched += forecast.migrations().isEmpty() ? 0 : 1;
      for (MigrationForecast.Part migration : forecast.migrations()) {
        out.println(
            "  %s: %s%s"
                .formatted(
                    migration.migration(),
                    migration.description(),
                    migration.statementsDone() == 0
                        ? ""
                        : ", from statement " + (migration.statementsDone() + 1) + " on"));
        for (String statement : migration.statements()) {
          statements++;
          statement.lines().forEach(line -> out.println(("    " + line).stripTrailing()));
        }
      }
      if (forecast.problem() != null) {
        forecast.problem().lines().forEach(line -> out.println("  would fail: " + line));
      }
    }
    long problems = forecasts.stream().filter(forecast -> forecast.problem() != null).count();
    out.println(
        "statements that would run: %d, for %d of %d clients; clients that would fail: %d; nothing was changed"
            .formatted(statements, touched, forecasts.size(), problems));
  }

  static void print(PrintWriter out, MigrationStatus status, Output output) {
    out.println("newest migration: " + version(status.newest()));
    status
        .byVersion()
        .forEach((version, clients) ->
            out.println(
                "%d %s at %s"
                    .formatted(clients, clients == 1 ? "client" : "clients", version(version))));
    List<MigrationStatus.Client> behind =
        status.states().stream().filter(client -> !client.upToDate()).toList();
    out.println(
        behind.isEmpty()
            ? "all up to date"
            : behind.size() + (behind.size() == 1 ? " is behind:" : " are behind:"));
    if (!behind.isEmpty()) {
      Table table = new Table("client_id", "status", "at", "pending", "what is wrong");
      for (MigrationStatus.Client client : behind) {
        table.row(
            client.clientId(),
            client.status(),
            version(client.version()),
            client.pending().isEmpty() ? "-" : some(client.pending()),
            wrong(client));
      }
      output.print(table.whole("client_id"));
    }
    status.warnings().forEach(warning -> out.println("warning: " + warning));
  }

  private static String wrong(MigrationStatus.Client client) {
    String problem = client.problem();
    if (problem != null) {
      return problem.lines().findFirst().orElse("");
    }
    return client.halted() == null ? "" : client.halted();
  }

  private static String version(int version) {
    return "V%03d".formatted(version);
  }

  static void print(PrintWriter out, SchemaVerifier.Report report, Output output) {
    if (!report.drifts().isEmpty()) {
      Table table = new Table("client_id", "table", "what", "expected", "found");
      for (SchemaVerifier.Drift drift : report.drifts()) {
        table.row(
            drift.clientId(),
            drift.table(),
            drift.what(),
            shown(drift.expected()),
            shown(drift.found()));
      }
      output.print(table.whole("client_id"));
    }
    report
        .notVerified()
        .forEach((client, reason) -> out.println("not verified: " + client + ", " + reason));
    if (!report.behind().isEmpty()) {
      out.println("verified without what is pending: " + some(report.behind()));
    }
    out.println(
        "clients verified: %d, with drift: %d, not verified: %d"
            .formatted(report.verified(), report.drifted(), report.notVerified().size()));
    long missing = report.drifts().stream().filter(drift -> drift.statement() != null).count();
    if (missing > 0) {
      out.println(
          "missing altogether: %d; ./penstock migrate repair shows how it is made anew"
              .formatted(missing));
    }
  }

  private static String shown(@Nullable String value) {
    if (value == null) {
      return "-";
    }
    return value.isEmpty() ? "(none)" : value;
  }

  private static String some(List<String> names) {
    return NotTried.some(names, 10);
  }
}
