package io.penstock.provisioning.command;

import io.penstock.core.cli.Table;
import io.penstock.core.metadata.ClientRow;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.client.ClientDetails;
import io.penstock.provisioning.job.StepFailed;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Writes clients for people. */
final class ClientPrinter {
  private ClientPrinter() {}

  /**
   * Reads what is to be written.
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
    client.jobs().forEach(seen -> out.println("job:            " + JobsCommand.line(seen)));
    out.println();
    printKeys(out, client.keys(), columns);
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
        .audit()
        .forEach(
            entry -> audit.row(shown(entry.at()), entry.actor(), entry.action(), entry.detail()));
    audit.print(out, columns);
  }

  /** A new key, this once. */
  static void printKey(PrintWriter out, String apiKey, String apiKeyHash) {
    out.println("API key:      " + apiKey);
    out.println("api_key_hash: " + apiKeyHash + " (SHA-256 of the key, as events carry it)");
  }

  static void printKeys(PrintWriter out, List<ClientDetails.Key> keys, int columns) {
    Table table = new Table("key (hash)", "state", "label", "created", "expires", "revoked");
    keys.forEach(key ->
        table.row(
            key.fingerprint(),
            key.state(),
            key.label(),
            shown(key.createdAt()),
            shown(key.expiresAt()),
            shown(key.revokedAt())));
    table.whole("key (hash)").print(out, columns);
  }

  static String shown(@Nullable Instant time) {
    return time == null ? "" : time.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
