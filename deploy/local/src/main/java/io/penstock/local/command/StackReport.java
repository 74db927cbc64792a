package io.penstock.local.command;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.penstock.local.Part;
import io.penstock.local.PartKind;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
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

  /** For people: columns as wide as their content. */
  String table() {
    var lines = new ArrayList<List<String>>();
    lines.add(List.of("PART", "STATE", "ADDRESS", "PID", "MEMORY", "LOG"));
    for (Row row : rows) {
      lines.add(
          List.of(
              row.kind().title(),
              row.state(),
              row.url().isEmpty() ? "-" : row.url(),
              row.pid() == 0 ? "-" : Long.toString(row.pid()),
              row.residentBytes() == 0 ? "-" : mebibytes(row.residentBytes()) + " MiB",
              row.log().isEmpty() ? "-" : row.log()));
    }
    int[] widths = new int[lines.getFirst().size()];
    lines.forEach(line -> {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    });
    var text = new StringBuilder();
    for (List<String> line : lines) {
      var one = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        one.append(line.get(i)).repeat(' ', widths[i] - line.get(i).length() + 2);
      }
      text.append(one.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  /** For scripts: one object on one line. */
  String json() {
    var text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.writeStartObject();
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
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("Writing to memory does not fail", e);
    }
    return text.toString();
  }

  private static long mebibytes(long bytes) {
    return bytes >> 20;
  }
}
