package io.penstock.provisioning.command;

import com.fasterxml.jackson.core.JsonGenerator;
import io.penstock.core.cli.Json;
import io.penstock.core.cli.OutputOption;
import io.penstock.core.cli.Table;
import io.penstock.provisioning.schema.MigrateOutcome;
import io.penstock.provisioning.schema.MigrationPreview;
import io.penstock.provisioning.schema.MigrationRun;
import io.penstock.provisioning.schema.MigrationStatus;
import io.penstock.provisioning.schema.SchemaVerifier;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes what {@code migrate} and its subcommands found, as text and as JSON. */
final class MigratePrinter {
  private MigratePrinter() {}

  static void print(PrintWriter out, MigrationRun.Summary summary, boolean json) {
    List<MigrateOutcome.Migrated> migrated = summary.of(MigrateOutcome.Migrated.class);
    List<MigrateOutcome.Unchanged> unchanged = summary.of(MigrateOutcome.Unchanged.class);
    List<MigrateOutcome.Failed> failed = summary.of(MigrateOutcome.Failed.class);
    List<MigrateOutcome.NotTried> notTried = summary.of(MigrateOutcome.NotTried.class);
    if (json) {
      out.println(Json.object(fields -> write(fields, summary)));
    } else {
      for (String reason : reasons(failed)) {
        List<String> clients =
            failed.stream()
                .filter(one -> one.reason().equals(reason))
                .map(MigrateOutcome.Failed::clientId)
                .toList();
        out.println("failed: " + some(clients));
        reason.lines().forEach(line -> out.println("  " + line));
      }
      if (summary.halted() != null) {
        out.println("halted: " + summary.halted());
      }
      if (!notTried.isEmpty()) {
        out.println("not tried: " + some(notTried.stream().map(MigrateOutcome::clientId).toList()));
      }
      out.println(
          "%d migrated, %d unchanged, %d failed, %d not tried"
              .formatted(migrated.size(), unchanged.size(), failed.size(), notTried.size()));
    }
    out.flush();
  }

  static void write(JsonGenerator json, MigrationRun.Summary summary) throws IOException {
    List<MigrateOutcome.Failed> failed = summary.of(MigrateOutcome.Failed.class);
    json.writeNumberField("migrated", summary.of(MigrateOutcome.Migrated.class).size());
    json.writeNumberField("unchanged", summary.of(MigrateOutcome.Unchanged.class).size());
    json.writeNumberField("failed", failed.size());
    json.writeStringField("halted", summary.halted());
    writeFailures(json, failed);
    writeStrings(
        json,
        "notTried",
        summary.of(MigrateOutcome.NotTried.class).stream()
            .map(MigrateOutcome.NotTried::clientId)
            .toList());
  }

  private static Set<String> reasons(List<MigrateOutcome.Failed> failed) {
    Set<String> reasons = new LinkedHashSet<>();
    failed.forEach(one -> reasons.add(one.reason()));
    return reasons;
  }

  private static void writeFailures(JsonGenerator json, List<MigrateOutcome.Failed> failed)
      throws IOException {
    json.writeArrayFieldStart("failures");
    for (MigrateOutcome.Failed failure : failed) {
      json.writeStartObject();
      json.writeStringField("clientId", failure.clientId());
      json.writeStringField("migration", failure.migration());
      json.writeNumberField("statement", failure.statement());
      json.writeStringField("reason", failure.reason());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  static void print(PrintWriter out, List<MigrationPreview> previews, boolean json) {
    if (json) {
      out.println(Json.object(fields -> writePreviews(fields, previews)));
      out.flush();
      return;
    }
    int statements = 0;
    int touched = 0;
    for (MigrationPreview preview : previews) {
      if (preview.problem() != null || !preview.parts().isEmpty()) {
        out.println(preview.clientId() + " (" + preview.database() + ")");
      }
      touched += preview.parts().isEmpty() ? 0 : 1;
      for (MigrationPreview.Part migration : preview.parts()) {
        out.println(
            "  %s: %s%s"
                .formatted(
                    migration.label(),
                    migration.description(),
                    migration.done() == 0
                        ? ""
                        : ", from statement " + (migration.done() + 1) + " on"));
        for (String statement : migration.statements()) {
          statements++;
          statement.lines().forEach(line -> out.println(("    " + line).stripTrailing()));
        }
      }
      if (preview.problem() != null) {
        preview.problem().lines().forEach(line -> out.println("  would fail: " + line));
      }
    }
    long problems = previews.stream().filter(preview -> preview.problem() != null).count();
    out.println(
        "statements that would run: %d, for %d of %d clients; clients that would fail: %d; nothing was changed"
            .formatted(statements, touched, previews.size(), problems));
    out.flush();
  }

  private static void writePreviews(JsonGenerator json, List<MigrationPreview> previews)
      throws IOException {
    json.writeBooleanField("dryRun", true);
    json.writeArrayFieldStart("clients");
    for (MigrationPreview preview : previews) {
      json.writeStartObject();
      json.writeStringField("clientId", preview.clientId());
      json.writeStringField("database", preview.database());
      json.writeStringField("problem", preview.problem());
      json.writeArrayFieldStart("migrations");
      for (MigrationPreview.Part migration : preview.parts()) {
        json.writeStartObject();
        json.writeStringField("migration", migration.label());
        json.writeStringField("description", migration.description());
        json.writeNumberField("statementsDone", migration.done());
        writeStrings(json, "statements", migration.statements());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  static void print(PrintWriter out, MigrationStatus status, OutputOption output) {
    if (output.json()) {
      out.println(Json.object(fields -> writeStatus(fields, status)));
      out.flush();
      return;
    }
    Map<Integer, Integer> byVersion = new TreeMap<>();
    status.clients().forEach(client -> byVersion.merge(client.version(), 1, Integer::sum));
    out.println("newest migration: " + version(status.newest()));
    byVersion.forEach((version, clients) ->
        out.println(
            "%d %s at %s"
                .formatted(clients, clients == 1 ? "client" : "clients", version(version))));
    List<MigrationStatus.Client> behind =
        status.clients().stream().filter(client -> !client.upToDate()).toList();
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
      table.whole("client_id").print(out, output.columns());
    }
    status.warnings().forEach(warning -> out.println("warning: " + warning));
    out.flush();
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

  private static void writeStatus(JsonGenerator json, MigrationStatus status) throws IOException {
    json.writeNumberField("newest", status.newest());
    json.writeNumberField("clients", status.clients().size());
    json.writeNumberField(
        "behind", status.clients().stream().filter(client -> !client.upToDate()).count());
    json.writeObjectFieldStart("byVersion");
    Map<Integer, Integer> byVersion = new TreeMap<>();
    status.clients().forEach(client -> byVersion.merge(client.version(), 1, Integer::sum));
    for (Map.Entry<Integer, Integer> entry : byVersion.entrySet()) {
      json.writeNumberField(String.valueOf(entry.getKey()), entry.getValue());
    }
    json.writeEndObject();
    json.writeArrayFieldStart("states");
    for (MigrationStatus.Client client : status.clients()) {
      json.writeStartObject();
      json.writeStringField("clientId", client.clientId());
      json.writeStringField("status", client.status());
      json.writeNumberField("version", client.version());
      json.writeNumberField("own", client.own());
      writeStrings(json, "pending", client.pending());
      json.writeStringField("halted", client.halted());
      json.writeStringField("problem", client.problem());
      json.writeEndObject();
    }
    json.writeEndArray();
    writeStrings(json, "warnings", status.warnings());
  }

  static void print(PrintWriter out, SchemaVerifier.Report report, OutputOption output) {
    if (output.json()) {
      out.println(Json.object(fields -> write(fields, report)));
      out.flush();
      return;
    }
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
      table.whole("client_id").print(out, output.columns());
    }
    report
        .failures()
        .forEach((client, reason) -> out.println("not verified: " + client + ", " + reason));
    if (!report.behind().isEmpty()) {
      out.println("verified without what is pending: " + some(report.behind()));
    }
    out.println(
        "clients verified: %d, with drift: %d, not verified: %d"
            .formatted(report.verified(), report.drifted(), report.failures().size()));
    long missing = report.drifts().stream().filter(drift -> drift.repair() != null).count();
    if (missing > 0) {
      out.println(
          "missing altogether: %d; ./penstock migrate repair shows how it is made anew"
              .formatted(missing));
    }
    out.flush();
  }

  static void write(JsonGenerator json, SchemaVerifier.Report report) throws IOException {
    json.writeNumberField("verified", report.verified());
    json.writeNumberField("drifted", report.drifted());
    RepairPrinter.write(json, "drifts", report.drifts());
    json.writeObjectFieldStart("notVerified");
    for (Map.Entry<String, String> failure : report.failures().entrySet()) {
      json.writeStringField(failure.getKey(), failure.getValue());
    }
    json.writeEndObject();
    writeStrings(json, "behind", report.behind());
  }

  private static String shown(@Nullable String value) {
    if (value == null) {
      return "-";
    }
    return value.isEmpty() ? "(none)" : value;
  }

  private static void writeStrings(JsonGenerator json, String name, Collection<String> values)
      throws IOException {
    json.writeArrayFieldStart(name);
    for (String value : values) {
      json.writeString(value);
    }
    json.writeEndArray();
  }

  /** Ten names, and how many more there are. */
  private static String some(List<String> names) {
    int shown = Math.min(10, names.size());
    String listed = String.join(", ", names.subList(0, shown));
    return shown == names.size() ? listed : listed + " and " + (names.size() - shown) + " more";
  }
}
