package io.penstock.provisioning.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.penstock.core.cli.Output;
import io.penstock.core.cli.Table;
import io.penstock.provisioning.target.TargetReport;
import io.penstock.provisioning.target.TargetRow;
import java.io.PrintWriter;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What there is to say of targets. */
final class TargetPrinter {
  private TargetPrinter() {}

  /**
   * Targets as they are listed.
   *
   * @param targets by name
   */
  record Targets(List<Target> targets) {
    /**
     * @param reports of each row in the same order; empty: they were not asked
     */
    static Targets of(List<TargetRow> rows, List<TargetReport> reports) {
      return new Targets(
          IntStream.range(0, rows.size())
              .mapToObj(i -> new Target(rows.get(i), reports.isEmpty() ? null : reports.get(i)))
              .toList());
    }
  }

  /**
   * A ClickHouse server or cluster.
   *
   * @param check with {@code --check}
   */
  record Target(
      @JsonUnwrapped TargetRow row,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable TargetReport check) {}

  /**
   * Targets that were asked.
   *
   * @param targets by name
   */
  record Checks(List<TargetReport> targets) {}

  static int showList(Output output, List<TargetRow> rows, List<TargetReport> reports) {
    Targets view = Targets.of(rows, reports);
    Table table = new Table("target", "url", "user", "password", "cluster", "clients", "state");
    for (Target target : view.targets) {
      TargetRow row = target.row;
      table.row(
          row.target(),
          row.url(),
          row.user(),
          password(row),
          row.cluster() == null ? "" : row.cluster(),
          row.clients(),
          state(target));
    }
    return output.show(view, _ -> output.print(table.whole("target")));
  }

  private static String password(TargetRow row) {
    if (row.configured()) {
      return "configured";
    }
    return row.passwordVariable() == null ? "none" : row.passwordVariable();
  }

  private static String state(Target target) {
    TargetReport check = target.check;
    if (check == null) {
      return target.row.problem() == null ? "" : target.row.problem();
    }
    return check.ok() ? "answers, " + check.version() : String.join("; ", check.problems());
  }

  static int showReports(Output output, List<TargetReport> reports) {
    return output.show(new Checks(reports), out -> reports.forEach(report -> print(out, report)));
  }

  private static void print(PrintWriter out, TargetReport report) {
    out.println(report.target() + " (" + report.url() + "): " + (report.ok() ? "ok" : "NOT ok"));
    if (report.version() != null) {
      out.println("  version " + report.version());
      out.println(
          "  answered in %d ms, clock %+d ms"
              .formatted(report.tookMillis(), report.clockAheadMillis()));
    }
    if (report.databases() >= 0) {
      out.println("  databases: " + report.databases());
    }
    report.notes().forEach(note -> out.println("  note: " + note));
    report.problems().forEach(problem -> out.println("  problem: " + problem));
  }
}
