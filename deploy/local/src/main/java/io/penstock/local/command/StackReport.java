package io.penstock.local.command;

import io.penstock.core.cli.Output;
import io.penstock.core.cli.Table;
import io.penstock.local.Part;
import io.penstock.local.PartKind;
import java.util.List;
import java.util.Optional;

/**
 * How each part is at one moment.
 *
 * @param up whether all parts are
 * @param parts each as it is
 */
record StackReport(boolean up, List<Row> parts) {
  /**
   * One part.
   *
   * @param part which
   * @param state up, not answering, frozen, dead, stopped, external
   * @param url where clients connect; "" if it does not run
   * @param pid its process; 0 if there is none of ours
   * @param residentMiB memory of the process and its children
   * @param log its output's file; "" if it is not ours
   */
  record Row(PartKind part, String state, String url, long pid, long residentMiB, String log) {
    static Row of(Part part) {
      String state =
          switch (part.status()) {
            case RUNNING -> part.answers() ? "up" : "not answering";
            case FROZEN -> "frozen";
            case DEAD -> "dead";
            case STOPPED -> "stopped";
          };
      boolean runs = part.isRunning();
      return new Row(
          part.kind(),
          state,
          runs ? part.url() : "",
          runs ? part.pid() : 0,
          part.residentBytes() >> 20,
          part.logFile().toString());
    }
  }

  static StackReport of(List<Row> rows) {
    return new StackReport(
        rows.stream().allMatch(row -> row.state.equals("up") || row.state.equals("external")),
        rows);
  }

  /**
   * Asks every part; {@code external} stands in for ClickHouse where a server of its own is used.
   */
  static StackReport of(List<Part> parts, Optional<ExternalClickHouse> external) {
    // At once: what does not answer takes seconds to find out.
    return of(
        parts.parallelStream()
            .map(part ->
                part.kind() == PartKind.CLICKHOUSE && external.isPresent()
                    ? external.get().row()
                    : Row.of(part))
            .toList());
  }

  /** Shows a table to people, or one JSON object to scripts. */
  int show(Output output) {
    return output.show(this, _ -> output.print(table().whole("address", "log")));
  }

  private Table table() {
    var table = new Table("part", "state", "address", "pid", "MiB", "log");
    for (Row row : parts) {
      boolean runs = row.pid != 0;
      table.row(
          row.part.title(),
          row.state,
          row.url,
          runs ? row.pid : "",
          runs ? row.residentMiB : "",
          row.log);
    }
    return table;
  }
}
