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
 * @param rows one for each part
 */
record StackReport(List<Row> rows) {
  /**
   * One part.
   *
   * @param kind which
   * @param state up, not answering, frozen, dead, stopped, external
   * @param url where clients connect, empty if the part never had a port
   * @param pid its process, 0 if there is none of ours
   * @param residentBytes memory of the process and its children
   * @param log its output's file, empty if it is not ours
   */
  record Row(PartKind kind, String state, String url, long pid, long residentBytes, String log) {
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
          part.residentBytes(),
          part.logFile().toString());
    }

    boolean isUp() {
      return state.equals("up") || state.equals("external");
    }
  }

  /**
   * Asks every part; {@code external} stands in for ClickHouse where a server of its own is used.
   */
  static StackReport of(List<Part> parts, Optional<ExternalClickHouse> external) {
    // At once: what does not answer takes seconds to find out.
    List<Row> rows =
        parts.parallelStream()
            .map(part ->
                part.kind() == PartKind.CLICKHOUSE && external.isPresent()
                    ? external.get().row()
                    : Row.of(part))
            .toList();
    return new StackReport(rows);
  }

  boolean allUp() {
    return rows.stream().allMatch(Row::isUp);
  }

  /**
   * The stack for a script.
   *
   * @param up whether all parts are
   * @param parts each as it is
   */
  record Stack(boolean up, List<State> parts) {}

  /**
   * A part for a script.
   *
   * @param part which
   * @param state up, not answering, frozen, dead, stopped, external
   * @param url where clients connect; "" if it does not run
   * @param pid its process; 0 if there is none of ours
   * @param residentMiB memory of the process and its children
   * @param log its output's file; "" if it is not ours
   */
  record State(String part, String state, String url, long pid, long residentMiB, String log) {
    static State of(Row row) {
      return new State(
          row.kind.id(), row.state, row.url, row.pid, mebibytes(row.residentBytes), row.log);
    }
  }

  Stack view() {
    return new Stack(allUp(), rows.stream().map(State::of).toList());
  }

  /** Shows a table to people, or one JSON object to scripts. */
  int show(Output output) {
    return output.show(view(), _ -> output.print(table().whole("address", "log")));
  }

  private Table table() {
    var table = new Table("part", "state", "address", "pid", "MiB", "log");
    for (Row row : rows) {
      boolean runs = row.pid() != 0;
      table.row(
          row.kind().title(),
          row.state(),
          row.url(),
          runs ? row.pid() : "",
          runs ? mebibytes(row.residentBytes()) : "",
          row.log());
    }
    return table;
  }

  private static long mebibytes(long bytes) {
    return bytes >> 20;
  }
}
