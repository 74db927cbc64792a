package io.penstock.provisioning.command;

import com.fasterxml.jackson.core.JsonGenerator;
import io.penstock.core.client.KeyMask;
import io.penstock.provisioning.client.AuditEntry;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** Writes audit entries for people and as JSON. */
final class HistoryPrinter {
  private HistoryPrinter() {}

  static void print(PrintWriter out, List<AuditEntry> entries) {
    for (AuditEntry entry : entries) {
      out.println(
          "%s  %s  %s%s"
              .formatted(
                  entry.at().truncatedTo(ChronoUnit.SECONDS),
                  entry.actor(),
                  entry.action(),
                  entry.detail().isEmpty() ? "" : ": " + KeyMask.mask(entry.detail())));
      entry
          .changes()
          .forEach(change ->
              out.println(
                  "    %s: %s"
                      .formatted(
                          change.field(),
                          change.before().isEmpty()
                              ? change.after()
                              : change.before()
                                  + " -> "
                                  + (change.after().isEmpty() ? "nothing" : change.after()))));
    }
  }

  static void write(JsonGenerator json, List<AuditEntry> entries) throws IOException {
    json.writeArrayFieldStart("history");
    for (AuditEntry entry : entries) {
      json.writeStartObject();
      json.writeStringField("at", entry.at().toString());
      json.writeStringField("actor", entry.actor());
      json.writeStringField("action", entry.action());
      json.writeStringField("detail", entry.detail());
      json.writeArrayFieldStart("changes");
      for (AuditEntry.Change change : entry.changes()) {
        json.writeStartObject();
        json.writeStringField("field", change.field());
        json.writeStringField("before", change.before());
        json.writeStringField("after", change.after());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
