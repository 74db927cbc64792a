package io.penstock.provisioning.command;

import com.fasterxml.jackson.core.JsonGenerator;
import io.penstock.core.cli.Json;
import io.penstock.provisioning.schema.ForgottenMigration;
import io.penstock.provisioning.schema.SchemaRepair;
import io.penstock.provisioning.schema.SchemaVerifier.Drift;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes what {@code migrate repair} and {@code migrate forget} did, as text and as JSON. */
final class RepairPrinter {
  private RepairPrinter() {}

  static void print(PrintWriter out, SchemaRepair.Report report, boolean dryRun, boolean json) {
    if (json) {
      out.println(Json.object(fields -> write(fields, report, dryRun)));
    } else {
      for (Drift drift : report.repaired()) {
        out.println(
            "%s: %s%s"
                .formatted(
                    drift.clientId(), dryRun ? "would run: " : "ran: ", one(drift.repair())));
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
      report.failures().forEach((client, reason) -> out.println(client + ": failed: " + reason));
      out.println(
          "clients looked at: %d, %s: %d, left as they are: %d, failed: %d%s"
              .formatted(
                  report.verified(),
                  dryRun ? "would be made" : "made",
                  report.repaired().size(),
                  report.left().size(),
                  report.failures().size(),
                  dryRun ? "; nothing was changed, add --confirm to do it" : ""));
    }
    out.flush();
  }

  static void write(JsonGenerator json, SchemaRepair.Report report, boolean dryRun)
      throws IOException {
    json.writeBooleanField("dryRun", dryRun);
    json.writeNumberField("verified", report.verified());
    write(json, "repaired", report.repaired());
    write(json, "left", report.left());
    write(json, "failed", report.failures());
  }

  static void print(PrintWriter out, ForgottenMigration result, boolean dryRun, boolean json) {
    if (json) {
      out.println(
          Json.object(fields -> {
            fields.writeBooleanField("dryRun", dryRun);
            fields.writeStringField("migration", result.migration());
            fields.writeObjectFieldStart("forgotten");
            for (Map.Entry<String, Integer> entry : result.forgotten().entrySet()) {
              fields.writeNumberField(entry.getKey(), entry.getValue());
            }
            fields.writeEndObject();
            write(fields, "kept", result.kept());
          }));
    } else {
      result
          .forgotten()
          .forEach((client, statements) ->
              out.println(
                  "%s: %s %s; statements of it that had run, and stay: %d"
                      .formatted(
                          client,
                          result.migration(),
                          dryRun ? "would be forgotten" : "is forgotten",
                          statements)));
      result.kept().forEach((client, reason) -> out.println(client + ": kept: " + reason));
      out.println(
          "%s: %d, kept: %d%s"
              .formatted(
                  dryRun ? "would be forgotten" : "forgotten",
                  result.forgotten().size(),
                  result.kept().size(),
                  dryRun ? "; nothing was changed" : ""));
    }
    out.flush();
  }

  static void write(JsonGenerator json, String name, List<Drift> drifts) throws IOException {
    json.writeArrayFieldStart(name);
    for (Drift drift : drifts) {
      json.writeStartObject();
      json.writeStringField("clientId", drift.clientId());
      json.writeStringField("table", drift.table());
      json.writeStringField("what", drift.what());
      json.writeStringField("expected", drift.expected());
      json.writeStringField("found", drift.found());
      json.writeStringField("statement", drift.repair());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void write(JsonGenerator json, String name, Map<String, String> reasons)
      throws IOException {
    json.writeObjectFieldStart(name);
    for (Map.Entry<String, String> entry : reasons.entrySet()) {
      json.writeStringField(entry.getKey(), entry.getValue());
    }
    json.writeEndObject();
  }

  private static String one(@Nullable String text) {
    return text == null ? "nothing" : text.replaceAll("\\s+", " ");
  }
}
