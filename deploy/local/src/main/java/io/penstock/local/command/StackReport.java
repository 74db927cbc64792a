package io.penstock.local.command;

import io.penstock.core.cli.Json;
import io.penstock.core.cli.OutputOption;
import io.penstock.core.cli.Table;
import io.penstock.local.Part;
import io.penstock.local.PartKind;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
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

  /** Prints a table for people, or one JSON object on one line. */
  void print(OutputOption output) {
    if (output.json()) {
      System.out.println(json());
    } else {
      table()
          .whole("address", "log")
          .print(new PrintWriter(System.out, true, StandardCharsets.UTF_8), output.columns());
    }
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

  String json() {
    return Json.object(json -> {
      json.writeBooleanField("up", allUp());
      json.writeArrayFieldStart("parts");
      for (Row row : rows) {
        json.writeStartObject();
        json.writeStringField("part", row.kind().id());
        json.writeStringField("state", row.state());
        json.writeStringField("url", row.url());
        json.writeNumberField("pid", row.pid());
        json.writeNumberField("residentMiB", mebibytes(row.residentBytes()));
        json.writeStringField("log", row.log());
        json.writeEndObject();
      }
      json.writeEndArray();
    });
  }

  private static long mebibytes(long bytes) {
    return bytes >> 20;
  }
}
