package io.penstock.provisioning.command;

import com.fasterxml.jackson.core.JsonGenerator;
import io.penstock.core.cli.Table;
import io.penstock.provisioning.target.TargetReport;
import io.penstock.provisioning.target.TargetRow;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes targets as tables and as JSON. */
final class TargetPrinter {
  private TargetPrinter() {}

  /**
   * @param reports of each row in the same order; empty: they were not asked
   */
  static void printList(
      PrintWriter out, List<TargetRow> rows, List<TargetReport> reports, int columns) {
    Table table = new Table("target", "url", "user", "password", "cluster", "clients", "state");
    for (int i = 0; i < rows.size(); i++) {
      TargetRow row = rows.get(i);
      table.row(
          row.name(),
          row.url(),
          row.user(),
          password(row),
          orEmpty(row.cluster()),
          row.clients(),
          state(row, reports.isEmpty() ? null : reports.get(i)));
    }
    table.whole("target").print(out, columns);
  }

  private static String password(TargetRow row) {
    if (row.configured()) {
      return "configured";
    }
    return row.passwordVariable() == null ? "none" : row.passwordVariable();
  }

  private static String state(TargetRow row, @Nullable TargetReport report) {
    if (report == null) {
      return row.problem() == null ? "" : row.problem();
    }
    return report.ok() ? "answers, " + report.version() : String.join("; ", report.problems());
  }

  static void writeList(JsonGenerator json, List<TargetRow> rows, List<TargetReport> reports)
      throws IOException {
    json.writeArrayFieldStart("targets");
    for (int i = 0; i < rows.size(); i++) {
      TargetRow row = rows.get(i);
      json.writeStartObject();
      json.writeStringField("target", row.name());
      json.writeStringField("url", row.url());
      json.writeStringField("user", row.user());
      json.writeStringField("passwordVariable", row.passwordVariable());
      json.writeStringField("caFile", row.caFile());
      json.writeStringField("cluster", row.cluster());
      json.writeNumberField("clients", row.clients());
      json.writeBooleanField("usable", row.problem() == null);
      json.writeStringField("problem", row.problem());
      if (!reports.isEmpty()) {
        json.writeFieldName("check");
        write(json, reports.get(i));
      }
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  static void printReport(PrintWriter out, TargetReport report) {
    out.println(report.name() + " (" + report.url() + "): " + (report.ok() ? "ok" : "NOT ok"));
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

  static void writeReports(JsonGenerator json, List<TargetReport> reports) throws IOException {
    json.writeArrayFieldStart("targets");
    for (TargetReport report : reports) {
      write(json, report);
    }
    json.writeEndArray();
  }

  private static void write(JsonGenerator json, TargetReport report) throws IOException {
    json.writeStartObject();
    json.writeStringField("target", report.name());
    json.writeBooleanField("ok", report.ok());
    json.writeStringField("version", report.version());
    json.writeNumberField("tookMillis", report.tookMillis());
    json.writeNumberField("clockAheadMillis", report.clockAheadMillis());
    json.writeNumberField("databases", report.databases());
    writeTexts(json, "problems", report.problems());
    writeTexts(json, "notes", report.notes());
    json.writeEndObject();
  }

  private static void writeTexts(JsonGenerator json, String field, List<String> texts)
      throws IOException {
    json.writeArrayFieldStart(field);
    for (String text : texts) {
      json.writeString(text);
    }
    json.writeEndArray();
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
