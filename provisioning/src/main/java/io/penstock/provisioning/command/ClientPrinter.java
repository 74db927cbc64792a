package io.penstock.provisioning.command;

import com.fasterxml.jackson.core.JsonGenerator;
import io.penstock.core.cli.Table;
import io.penstock.core.metadata.ClientRow;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.client.ClientDetails;
import io.penstock.provisioning.job.StepFailed;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Writes clients as tables and as JSON. */
final class ClientPrinter {
  private ClientPrinter() {}

  /**
   * What there is to write.
   *
   * @throws StepFailed if there is no such client; the message names the one that was probably
   *     meant
   */
  static ClientDetails details(ProvisioningApp app, String id) throws SQLException, StepFailed {
    Optional<ClientDetails> client = app.registry().show(id);
    if (client.isEmpty()) {
      throw new StepFailed(app.registry().unknown(id));
    }
    return client.get();
  }

  static void printDetails(PrintWriter out, ClientDetails client, int columns) {
    ClientRow summary = client.summary();
    out.println("client_id:      " + summary.clientId());
    out.println("name:           " + summary.name());
    out.println("status:         " + summary.status().text());
    out.println("database:       " + summary.database() + " on " + summary.target());
    out.println(
        "retention:      %d days from %s"
            .formatted(summary.retention().days(), summary.retention().from().text()));
    out.println(
        "limit:          "
            + (summary.maxEventsPerMinute() == null
                ? "none"
                : summary.maxEventsPerMinute() + " events a minute and partition"));
    if (client.summary().deprovisionAt() != null) {
      out.println("data kept till: " + shown(client.summary().deprovisionAt()));
    }
    out.println("created:        " + shown(summary.createdAt()));
    out.println("updated:        " + shown(client.summary().updatedAt()));
    out.println();
    printKeys(out, client, Instant.now(), columns);
    out.println();
    Table migrations = new Table("migration", "for", "description", "outcome", "at", "ms");
    client
        .migrations()
        .forEach(applied ->
            migrations.row(
                applied.version(),
                applied.scope(),
                applied.description(),
                applied.outcome(),
                shown(applied.appliedAt()),
                applied.durationMillis()));
    migrations.print(out, columns);
    out.println();
    Table audit = new Table("at", "who", "what", "detail");
    client
        .recent()
        .forEach(
            entry -> audit.row(shown(entry.at()), entry.actor(), entry.action(), entry.detail()));
    audit.print(out, columns);
  }

  static void printKeys(PrintWriter out, ClientDetails client, Instant now, int columns) {
    Table keys = new Table("key (hash)", "state", "label", "created", "expires", "revoked");
    client
        .keys()
        .forEach(key ->
            keys.row(
                key.fingerprint(),
                key.state(now),
                key.label(),
                shown(key.createdAt()),
                shown(key.expiresAt()),
                shown(key.revokedAt())));
    keys.whole("key (hash)").print(out, columns);
  }

  static void writeKeys(JsonGenerator json, ClientDetails client, Instant now) throws IOException {
    json.writeArrayFieldStart("keys");
    for (ClientDetails.Key key : client.keys()) {
      json.writeStartObject();
      json.writeStringField("fingerprint", key.fingerprint());
      json.writeStringField("state", key.state(now));
      json.writeStringField("label", key.label());
      json.writeStringField("createdAt", key.createdAt().toString());
      writeTime(json, "expiresAt", key.expiresAt());
      writeTime(json, "revokedAt", key.revokedAt());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  static void writeDetails(JsonGenerator json, ClientDetails client) throws IOException {
    writeSummary(json, client.summary());
    json.writeStringField("updatedAt", client.summary().updatedAt().toString());
    writeTime(json, "deprovisionAt", client.summary().deprovisionAt());
    writeKeys(json, client, Instant.now());
    json.writeArrayFieldStart("migrations");
    for (ClientDetails.Applied applied : client.migrations()) {
      json.writeStartObject();
      json.writeStringField("scope", applied.scope());
      json.writeNumberField("version", applied.version());
      json.writeStringField("description", applied.description());
      json.writeStringField("outcome", applied.outcome());
      json.writeStringField("appliedAt", applied.appliedAt().toString());
      json.writeNumberField("durationMillis", applied.durationMillis());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("audit");
    for (ClientDetails.Audit entry : client.recent()) {
      json.writeStartObject();
      json.writeStringField("at", entry.at().toString());
      json.writeStringField("actor", entry.actor());
      json.writeStringField("action", entry.action());
      json.writeStringField("detail", entry.detail());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  static void writeSummary(JsonGenerator json, ClientRow client) throws IOException {
    json.writeStringField("clientId", client.clientId());
    json.writeStringField("name", client.name());
    json.writeStringField("status", client.status().text());
    json.writeStringField("database", client.database());
    json.writeStringField("target", client.target());
    json.writeNumberField("retentionDays", client.retention().days());
    json.writeStringField("retentionFrom", client.retention().from().text());
    if (client.maxEventsPerMinute() != null) {
      json.writeNumberField("maxEventsPerMinute", client.maxEventsPerMinute());
    }
    json.writeStringField("createdAt", client.createdAt().toString());
  }

  static void writeTime(JsonGenerator json, String field, @Nullable Instant time)
      throws IOException {
    if (time != null) {
      json.writeStringField(field, time.toString());
    }
  }

  static String shown(@Nullable Instant time) {
    return time == null ? "" : time.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
