package io.penstock.provisioning.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.client.ClientStatus;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.OutstandingLetters;
import io.penstock.provisioning.Metadata;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.job.Effects;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.target.Export;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeprovisionIT {
  private static final String GROUP = "deprovision-routers";

  private final Metadata metadata = Metadata.shared();
  private final KafkaConfig kafka = metadata.kafka("deprovision");
  private final ProvisioningApp app = new ProvisioningApp(metadata.config(kafka, GROUP), "tester");
  private final ClientData data = new ClientData(metadata, kafka);
  private final List<String> progress = new ArrayList<>();

  @TempDir Path folder;

  @AfterEach
  void close() {
    app.close();
  }

  @Test
  void clientEndsWithItsDataExportedDroppedAndAccountedFor() throws Exception {
    metadata.activeClient(app, "ended");
    data.store("client_ended", "2026-01-15", 3);
    data.store("client_ended", "2026-02-15", 2);
    data.deadLetter("ended", "origin-1");
    data.deadLetter("ended", "origin-2");
    data.deadLetter("another", "origin-3");
    data.commitAll(GROUP);

    DeprovisionReport forecast = deprovisioner().forecast(request("ended", null, folder, true));
    assertThat(forecast.state()).isEqualTo(DeprovisionReport.State.FORECAST);
    assertThat(forecast.events()).isEqualTo(5);
    assertThat(forecast.keysRevoked()).isOne();
    assertThat(forecast.deadLetters()).isEqualTo(2);
    assertThat(status("ended")).isEqualTo(ClientStatus.ACTIVE);

    DeprovisionReport report =
        deprovisioner().run(request("ended", null, folder, true), progress::add);

    assertThat(report.state()).isEqualTo(DeprovisionReport.State.DEPROVISIONED);
    assertThat(report.events()).isEqualTo(5);
    assertThat(report.keysRevoked()).isOne();
    assertThat(report.deadLetters()).isEqualTo(2);
    assertThat(report.exported()).hasSize(2);
    assertThat(Files.readAllBytes(folder.resolve("client_ended.202601.parquet")))
        .startsWith("PAR1".getBytes(StandardCharsets.US_ASCII))
        .endsWith("PAR1".getBytes(StandardCharsets.US_ASCII));
    assertThat(
            metadata.askClickHouse("SELECT name FROM system.databases WHERE name = 'client_ended'"))
        .isEmpty();
    assertThat(status("ended")).isEqualTo(ClientStatus.DEPROVISIONED);
    assertThat(
            metadata.ask(
                "SELECT count(*) FROM api_keys WHERE client_id = 'ended' AND revoked_at IS NULL"))
        .containsExactly("0");
    assertThat(new OutstandingLetters(kafka, "ended").count()).isZero();
    assertThat(new OutstandingLetters(kafka, "another").count()).isOne();
    assertThat(deprovisioner().run(request("ended", null, null, false), progress::add).state())
        .isEqualTo(DeprovisionReport.State.UNCHANGED);
    assertThatThrownBy(() -> app.lifecycle().resume("ended"))
        .hasMessage("ended is deprovisioned; its data is gone");
    assertThatThrownBy(() -> app.keys().create("ended", "", null))
        .hasMessageContaining("it gets no more keys");
  }

  @Test
  void duringItsGraceAClientIsRefusedAndCanBeTakenBack() throws Exception {
    metadata.activeClient(app, "graced");
    data.store("client_graced", "2026-01-15", 1);
    data.commitAll(GROUP);

    DeprovisionReport waiting =
        deprovisioner().run(request("graced", Duration.ofDays(7), null, false), progress::add);

    assertThat(waiting.state()).isEqualTo(DeprovisionReport.State.WAITING);
    assertThat(waiting.until()).isNotNull();
    assertThat(status("graced")).isEqualTo(ClientStatus.DEPROVISIONING);
    assertThat(deprovisioner().due()).doesNotContain("graced");
    assertThat(deprovisioner().run(request("graced", null, null, false), progress::add).state())
        .isEqualTo(DeprovisionReport.State.WAITING);
    assertThat(jobs("graced")).containsExactly("grace");
    var _ = app.lifecycle().resume("graced");
    assertThat(status("graced")).isEqualTo(ClientStatus.ACTIVE);
    assertThat(jobs("graced")).containsExactly("grace taken_back");
    assertThat(metadata.askClickHouse("SELECT count() FROM client_graced.events"))
        .containsExactly("1");

    var _ = deprovisioner().run(request("graced", Duration.ofDays(7), null, false), progress::add);
    metadata.execute(
        "UPDATE clients SET deprovision_at = now() - interval '1 second' WHERE client_id = 'graced'");
    assertThat(deprovisioner().due()).contains("graced");
    assertThat(deprovisioner().run(request("graced", null, null, false), progress::add).state())
        .isEqualTo(DeprovisionReport.State.DEPROVISIONED);
  }

  @Test
  void nothingIsDroppedWhileEventsAreInFlight() throws Exception {
    stuckInDrain("busy");

    assertThat(status("busy")).isEqualTo(ClientStatus.DEPROVISIONING);
    assertThat(
            metadata.askClickHouse("SELECT name FROM system.databases WHERE name = 'client_busy'"))
        .hasSize(1);
    assertThat(app.jobs("busy", false, 10))
        .singleElement()
        .satisfies(seen -> {
          assertThat(seen.inWork()).isFalse();
          assertThat(seen.job().step()).isEqualTo("drain");
          assertThat(seen.job().error()).contains("1 records are left");
          assertThat(seen.job().progress()).containsExactly(Map.entry("recordsLeft", 1L));
        });
    data.commitAll(GROUP);
    assertThat(deprovisioner().run(request("busy", null, null, false), progress::add).state())
        .isEqualTo(DeprovisionReport.State.DEPROVISIONED);
    assertThat(jobs("busy")).containsExactly("close done");
  }

  @Test
  void aNewTimeOfGraceBeginsTheJobAnew() throws Exception {
    stuckInDrain("regraced");
    assertThat(jobs("regraced")).containsExactly("drain");
    DeprovisionRequest week = request("regraced", Duration.ofDays(7), null, false);

    assertThatThrownBy(() -> run(week, stopAt("grace"))).isInstanceOf(Stopped.class);

    // What comes next knows nothing of the week.
    assertThat(jobs("regraced")).containsExactly("grace");
    assertThat(deprovisioner().run(request("regraced", null, null, false), progress::add).state())
        .isEqualTo(DeprovisionReport.State.WAITING);
    assertThat(jobs("regraced")).containsExactly("grace");
    data.commitAll(GROUP);
    assertThat(
            deprovisioner()
                .run(request("regraced", Duration.ZERO, null, false), progress::add)
                .state())
        .isEqualTo(DeprovisionReport.State.DEPROVISIONED);
    assertThat(jobs("regraced")).containsExactly("close done");
  }

  /** A client whose deprovisioning waits for a record in vain. */
  private void stuckInDrain(String client) throws Exception {
    metadata.activeClient(app, client);
    data.commitAll(GROUP);
    data.produce();
    assertThatThrownBy(() ->
            deprovisioner()
                .run(
                    new DeprovisionRequest(
                        client, null, Duration.ofMillis(300), null, Export.Format.NATIVE, false),
                    progress::add))
        .isInstanceOf(StepFailed.class)
        .hasMessageContaining("1 records are left");
  }

  /** Stops a run as a kill does, without a process. */
  private static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  @Test
  void aRunThatStoppedAtAnyStepIsTakenUpThereAndEndsAsOneThatDidNot() throws Exception {
    data.commitAll(GROUP);
    List<String> steps = new ArrayList<>();
    owning("whole");
    DeprovisionReport whole = run(whole("whole"), step -> note(step, steps));
    assertThat(steps)
        .containsExactly(
            "grace",
            "drain",
            "export",
            "begin-drop",
            "drop-database",
            "drop-reader",
            "revoke-keys",
            "count-letters",
            "discard-letters",
            "close");

    for (int next = 1; next < steps.size(); next++) {
      String client = "stopped-" + next;
      String done = steps.get(next - 1);
      Effects stop = stopAt(steps.get(next));
      owning(client);
      assertThatThrownBy(() -> run(whole(client), stop)).isInstanceOf(Stopped.class);
      assertThat(jobs(client)).containsExactly(done);

      List<String> again = new ArrayList<>();
      DeprovisionReport report = run(whole(client), step -> note(step, again));

      assertThat(again).isEqualTo(steps.subList(next - 1, steps.size()));
      assertThat(counts(report)).isEqualTo(counts(whole));
      assertThat(jobs(client)).containsExactly("close done");
      assertThat(app.registry().history(client, 100))
          .extracting(AuditEntry::action)
          .containsExactly(
              "client.created",
              "client.provisioned",
              "client.deprovisioning",
              "client.drop-started",
              "client.deprovisioned");
    }
  }

  private void owning(String client) throws Exception {
    var _ = metadata.activeClient(app, client);
    String database = "client_" + client.replace('-', '_');
    data.store(database, "2026-01-15", 3);
    data.store(database, "2026-02-15", 2);
    data.deadLetter(client, "first-of-" + client);
    data.deadLetter(client, "second-of-" + client);
  }

  private DeprovisionRequest whole(String client) {
    return request(client, null, folder.resolve(client), true);
  }

  private DeprovisionReport run(DeprovisionRequest request, Effects effects) throws Exception {
    try (ProvisioningApp told =
        new ProvisioningApp(metadata.config(kafka, GROUP), "tester", effects)) {
      return told.deprovisioner().run(request, progress::add);
    }
  }

  private static Effects stopAt(String step) {
    return effect -> {
      if (effect.equals("note the step " + step)) {
        throw new Stopped();
      }
    };
  }

  private static void note(String effect, List<String> steps) {
    if (effect.startsWith("note the step ")) {
      steps.add(effect.substring("note the step ".length()));
    }
  }

  private static String counts(DeprovisionReport report) {
    return "%s: %d events, %d files, %d keys, %d letters, discarded: %s, until %s"
        .formatted(
            report.state(),
            report.events(),
            report.exported().size(),
            report.keysRevoked(),
            report.deadLetters(),
            report.deadLettersDiscarded(),
            report.until());
  }

  /** Step and outcome of the client's deprovisionings. */
  private List<String> jobs(String client) throws Exception {
    return metadata.ask(
        "SELECT concat_ws(' ', step, outcome) FROM jobs WHERE client_id = ? AND kind = 'deprovision' ORDER BY job_id",
        client);
  }

  @Test
  void clientThatWasNeverProvisionedEndsToo() throws Exception {
    var _ = app.registry().create(NewClient.of("unborn", "unborn"));
    data.commitAll(GROUP);

    assertThat(deprovisioner().run(request("unborn", null, folder, false), progress::add).state())
        .isEqualTo(DeprovisionReport.State.DEPROVISIONED);
  }

  private Deprovisioner deprovisioner() throws Exception {
    return app.deprovisioner();
  }

  private static DeprovisionRequest request(
      String client, @Nullable Duration grace, @Nullable Path export, boolean discard) {
    return new DeprovisionRequest(
        client, grace, Duration.ofSeconds(20), export, Export.Format.PARQUET, discard);
  }

  private ClientStatus status(String id) throws Exception {
    return app.registry().show(id).orElseThrow().summary().status();
  }
}
