package io.penstock.provisioning.doctor;

import io.penstock.core.client.ClientStatus;
import io.penstock.provisioning.doctor.PostgresFacts.Applied;
import io.penstock.provisioning.doctor.PostgresFacts.Client;
import io.penstock.provisioning.schema.Migration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Finds which migrations clients' databases lack. */
final class MigrationChecks {
  private static final Duration LONG_RUN = Duration.ofHours(1);
  private static final String ALL = "all";
  private static final String CLIENT = "client";

  private final ClientsView view;

  /** Clients by what is wrong, in the order of the findings. */
  private final Map<String, List<String>> lacking = new TreeMap<>();

  private final Map<String, List<String>> edited = new TreeMap<>();
  private final List<String> failed = new ArrayList<>();
  private final List<String> interrupted = new ArrayList<>();

  private record Key(String clientId, String scope, int version) {}

  private MigrationChecks(ClientsView view) {
    this.view = view;
  }

  static List<Finding> judge(ClientsView view) {
    return new MigrationChecks(view).judge();
  }

  private List<Finding> judge() {
    Map<Key, Applied> applied = new HashMap<>();
    for (Applied row : view.metadata().migrations()) {
      applied.put(new Key(row.clientId(), row.scope(), row.version()), row);
    }
    for (Client client : view.metadata().clients()) {
      if (client.metadata().status() == ClientStatus.ACTIVE
          || client.metadata().status() == ClientStatus.SUSPENDED) {
        compare(client.id(), ALL, view.migrations(), applied);
        compare(client.id(), CLIENT, view.own().getOrDefault(client.id(), List.of()), applied);
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

  private void compare(
      String clientId, String scope, List<Migration> files, Map<Key, Applied> applied) {
    for (Migration file : files) {
      Applied row = applied.get(new Key(clientId, scope, file.version()));
      String what =
          (scope.equals(CLIENT) ? "their own migration %d (%s)" : "migration %d (%s)")
              .formatted(file.version(), file.description());
      String subject = "%s: migration %d".formatted(clientId, file.version());
      if (row == null) {
        lacking.computeIfAbsent(what, w -> new ArrayList<>()).add(clientId);
      } else if (row.outcome().equals("failed")) {
        failed.add(subject);
      } else if (!row.outcome().equals("applied")) {
        if (row.appliedAt().isBefore(view.metadata().at().minus(LONG_RUN))) {
          interrupted.add(subject);
        }
      } else if (!row.checksum().equals(file.checksum())) {
        edited.computeIfAbsent(what, w -> new ArrayList<>()).add(clientId);
      }
    }
  }
}
