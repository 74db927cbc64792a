package io.penstock.provisioning.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.client.ClientStatus;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.OutstandingLetters;
import io.penstock.provisioning.Metadata;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.target.Export;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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

    DeprovisionReport plan = deprovisioner().plan(request("ended", null, folder, true));
    assertThat(plan.state()).isEqualTo(DeprovisionReport.State.PLANNED);
    assertThat(plan.events()).isEqualTo(5);
    assertThat(plan.keysRevoked()).isOne();
    assertThat(plan.deadLetters()).isEqualTo(2);
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
    var _ = app.lifecycle().resume("graced");
    assertThat(status("graced")).isEqualTo(ClientStatus.ACTIVE);
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
    metadata.activeClient(app, "busy");
    data.commitAll(GROUP);
    data.produce();

    assertThatThrownBy(() ->
            deprovisioner()
                .run(
                    new DeprovisionRequest(
                        "busy", null, Duration.ofMillis(300), null, Export.Format.NATIVE, false),
                    progress::add))
        .isInstanceOf(StepFailed.class)
        .hasMessageContaining("1 records are left");

    assertThat(status("busy")).isEqualTo(ClientStatus.DEPROVISIONING);
    assertThat(
            metadata.askClickHouse("SELECT name FROM system.databases WHERE name = 'client_busy'"))
        .hasSize(1);
    data.commitAll(GROUP);
    assertThat(deprovisioner().run(request("busy", null, null, false), progress::add).state())
        .isEqualTo(DeprovisionReport.State.DEPROVISIONED);
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
