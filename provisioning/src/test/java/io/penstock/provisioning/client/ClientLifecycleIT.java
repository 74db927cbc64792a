package io.penstock.provisioning.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.client.ClientStatus;
import io.penstock.provisioning.Metadata;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.job.ClientLock;
import io.penstock.provisioning.job.StepFailed;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClientLifecycleIT {
  private final Metadata metadata = Metadata.shared();
  private final ProvisioningApp app = metadata.app();

  @AfterEach
  void close() {
    app.close();
  }

  @Test
  void clientIsSuspendedAndResumedAndRepeatingChangesNothing() throws Exception {
    metadata.activeClient(app, "paused");

    assertThat(app.lifecycle().suspend("paused", "unpaid"))
        .isInstanceOf(ChangeOutcome.Changed.class);
    assertThat(status("paused")).isEqualTo(ClientStatus.SUSPENDED);
    assertThat(app.lifecycle().suspend("paused", "unpaid"))
        .isInstanceOf(ChangeOutcome.Unchanged.class);
    assertThat(app.lifecycle().resume("paused")).isInstanceOf(ChangeOutcome.Changed.class);
    assertThat(app.lifecycle().resume("paused")).isInstanceOf(ChangeOutcome.Unchanged.class);

    assertThat(status("paused")).isEqualTo(ClientStatus.ACTIVE);
    List<AuditEntry> history = app.registry().history("paused", 10);
    assertThat(history)
        .extracting(AuditEntry::action)
        .containsExactly(
            "client.created", "client.provisioned", "client.suspended", "client.resumed");
    assertThat(history.get(2))
        .satisfies(entry -> {
          assertThat(entry.actor()).isEqualTo("tester");
          assertThat(entry.detail()).isEqualTo("unpaid");
          assertThat(entry.changes())
              .containsExactly(new AuditEntry.Change("status", "active", "suspended"));
        });
  }

  @Test
  void settingsOfAClientChangeInPostgresqlAndItsRetentionInClickHouseToo() throws Exception {
    metadata.activeClient(app, "adjusted");

    ChangeOutcome outcome =
        app.lifecycle().set("adjusted", new ClientChange("Adjusted Ltd", null, null, 30, 1_000));

    assertThat(outcome)
        .isInstanceOfSatisfying(
            ChangeOutcome.Changed.class,
            changed ->
                assertThat(changed.detail())
                    .isEqualTo(
                        "name = Adjusted Ltd, retention_days = 30, max_events_per_minute = 1000"));
    assertThat(
            metadata.askClickHouse(
                "SELECT engine_full FROM system.tables WHERE database = 'client_adjusted' AND name = 'events_base'"))
        .singleElement()
        .asString()
        .contains("toIntervalDay(30)");
    ClientDetails.Summary shown = app.registry().show("adjusted").orElseThrow().summary();
    assertThat(shown.name()).isEqualTo("Adjusted Ltd");
    assertThat(shown.maxEventsPerMinute()).isEqualTo(1_000);

    var _ =
        app.lifecycle()
            .set("adjusted", new ClientChange(null, null, null, null, ClientChange.NO_LIMIT));
    assertThat(app.registry().show("adjusted").orElseThrow().summary().maxEventsPerMinute())
        .isNull();
  }

  @Test
  void whatMustNotChangeIsRefusedWithTheReason() throws Exception {
    metadata.activeClient(app, "fixed");
    var _ = app.registry().create(NewClient.of("still-pending", "still-pending"));

    assertThatThrownBy(
            () -> app.lifecycle().set("fixed", new ClientChange(null, "other", null, null, null)))
        .isInstanceOf(StepFailed.class)
        .hasMessageContaining("its database and target are fixed");
    assertThatThrownBy(() ->
            app.lifecycle().set("fixed", new ClientChange("still-pending", null, null, null, null)))
        .hasMessageContaining("Another client is named that name");
    assertThatThrownBy(() -> app.lifecycle().suspend("still-pending", ""))
        .hasMessageContaining("is pending");
    assertThatThrownBy(() -> app.lifecycle().resume("still-pending"))
        .hasMessageContaining("./penstock clients provision --client still-pending");
    assertThatThrownBy(() -> app.lifecycle().resume("x; DROP DATABASE y"))
        .hasMessage("there is no client \"x; DROP DATABASE y\"");
    assertThat(new ClientChange("x; DROP", "Y", null, 0, -1).problems()).hasSize(4);

    var _ =
        app.lifecycle().set("still-pending", new ClientChange(null, "elsewhere", null, null, null));
    assertThat(app.registry().show("still-pending").orElseThrow().summary().database())
        .isEqualTo("elsewhere");
  }

  @Test
  void twoOperatorsAtOnceAreToldApart() throws Exception {
    metadata.activeClient(app, "contended");
    try (ProvisioningApp other = new ProvisioningApp(metadata.config(), "alice@ops");
        Connection held = other.metadata().getConnection();
        ClientLock lock = ClientLock.tryTake(held, "contended")) {
      assertThat(lock).isNotNull();

      assertThatThrownBy(() -> app.lifecycle().suspend("contended", ""))
          .isInstanceOf(StepFailed.class)
          .hasMessageContaining("contended is in work by penstock alice@ops (connected since");
      assertThat(
              app.provisioner(io.penstock.provisioning.schema.Migration.folder(Metadata.HOME))
                  .provision("contended"))
          .isInstanceOfSatisfying(
              ProvisionOutcome.Unchanged.class,
              unchanged -> assertThat(unchanged.why()).contains("alice@ops"));
    }
    assertThat(app.lifecycle().suspend("contended", "")).isInstanceOf(ChangeOutcome.Changed.class);
  }

  @Test
  void keysOverlapWhileTheyAreRotated() throws Exception {
    CreateOutcome.Created created = metadata.activeClient(app, "rotated");
    String first = created.apiKeyHash().toHex();

    KeyRing.NewKey second = app.keys().rotate("rotated", "autumn", null, Duration.ofDays(7));
    assertThat(second.ended()).isOne();
    assertThat(
            metadata.ask(
                "SELECT round(extract(epoch FROM expires_at - now()) / 86400) FROM api_keys WHERE api_key_hash = ?",
                first))
        .containsExactly("7");

    KeyRing.NewKey third = app.keys().rotate("rotated", "leak", Duration.ofDays(90), Duration.ZERO);
    assertThat(third.ended()).isEqualTo(2);
    ClientDetails shown = app.registry().show("rotated").orElseThrow();
    assertThat(shown.keys())
        .extracting(key -> key.label() + " " + key.state(java.time.Instant.now().plusSeconds(1)))
        .containsExactlyInAnyOrder("leak valid", "autumn revoked", "first revoked");
    assertThat(metadata.ask("SELECT count(*) FROM api_keys WHERE client_id = 'rotated'"))
        .containsExactly("3");
  }

  @Test
  void keyIsRevokedForWhatComesOrForAllThatIsNotStoredYet() throws Exception {
    CreateOutcome.Created created = metadata.activeClient(app, "revoked");
    String first = created.apiKeyHash().toHex().substring(0, 8);

    assertThat(app.keys().revoke("revoked", first, false))
        .isInstanceOf(ChangeOutcome.Changed.class);
    assertThat(app.keys().revoke("revoked", first, false))
        .isInstanceOf(ChangeOutcome.Unchanged.class);
    assertThat(retroactive("revoked")).containsExactly("f");
    assertThat(app.keys().revoke("revoked", first, true)).isInstanceOf(ChangeOutcome.Changed.class);
    assertThat(retroactive("revoked")).containsExactly("t");

    assertThatThrownBy(() -> app.keys().revoke("revoked", "zz", false))
        .hasMessageContaining("the first digits of its hash");
    assertThatThrownBy(() -> app.keys().revoke("revoked", "0000000000000000", false))
        .hasMessageContaining("0 keys of revoked begin with 0000000000000000, not one");
  }

  private List<String> retroactive(String client) throws Exception {
    return metadata.ask(
        "SELECT revoked_at <= created_at FROM api_keys WHERE client_id = ?", client);
  }

  private ClientStatus status(String id) throws Exception {
    return app.registry().show(id).orElseThrow().summary().status();
  }
}
