package io.penstock.provisioning.doctor;

import io.penstock.core.client.ClientStatus;
import io.penstock.core.metadata.ClientRow;
import io.penstock.provisioning.schema.Migration;
import io.penstock.provisioning.schema.SchemaVersions.Outcome;
import io.penstock.provisioning.schema.SchemaVersions.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Finds which migrations clients' databases lack. */
final class MigrationChecks {
  private static final Duration LONG_RUN = Duration.ofHours(1);

  private final ClientsView view;

  /** Clients by what is wrong, in the order of the findings. */
  private final Map<String, List<String>> lacking = new TreeMap<>();

  private final Map<String, List<String>> edited = new TreeMap<>();
  private final List<String> failed = new ArrayList<>();
  private final List<String> interrupted = new ArrayList<>();

  private MigrationChecks(ClientsView view) {
    this.view = view;
  }

  static List<Finding> judge(ClientsView view) {
    return new MigrationChecks(view).judge();
  }

  private List<Finding> judge() {
    for (ClientRow client : view.metadata().rows()) {
      if (client.status() == ClientStatus.ACTIVE || client.status() == ClientStatus.SUSPENDED) {
        compare(client.clientId(), view.migrations());
        compare(client.clientId(), view.own().getOrDefault(client.clientId(), List.of()));
      }
    }
    Findings findings = new Findings();
    if (lacking.isEmpty() && failed.isEmpty()) {
      findings.add(Finding.ok("all migrations applied"));
    }
    lacking.forEach((what, clients) ->
        findings.add(Finding.warning("clients lack " + what, "./penstock migrate").about(clients)));
    edited.forEach((what, clients) ->
        findings.add(
            Finding.error(
                    "clients have another text of " + what + " than the file of today",
                    "./penstock migrate verify shows the difference; take the edit back")
                .about(clients)));
    findings.about(
        Finding.error("migrations failed", "./penstock migrate status says why"), failed);
    findings.about(
        Finding.warning(
            "migrations began more than an hour ago and did not end", "./penstock migrate goes on"),
        interrupted);
    return findings.all();
  }

  private void compare(String clientId, List<Migration> files) {
    List<Row> rows = view.metadata().migrations().getOrDefault(clientId, List.of());
    for (Migration file : files) {
      Row row = rows.stream().filter(one -> one.isOf(file)).findFirst().orElse(null);
      String what =
          (file.scope() == Migration.Scope.CLIENT
                  ? "their own migration %d (%s)"
                  : "migration %d (%s)")
              .formatted(file.version(), file.description());
      String subject = "%s: migration %d".formatted(clientId, file.version());
      if (row == null) {
        lacking.computeIfAbsent(what, w -> new ArrayList<>()).add(clientId);
      } else if (row.outcome() == Outcome.FAILED) {
        failed.add(subject);
      } else if (row.outcome() != Outcome.APPLIED) {
        if (row.at().isBefore(view.metadata().at().minus(LONG_RUN))) {
          interrupted.add(subject);
        }
      } else if (!row.checksum().equals(file.checksum())) {
        edited.computeIfAbsent(what, w -> new ArrayList<>()).add(clientId);
      }
    }
  }
}
