package io.penstock.provisioning.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.client.ClientStatus;
import io.penstock.core.client.Retention;
import io.penstock.core.metadata.AdvisoryLock;
import io.penstock.core.metadata.ClientRow;
import io.penstock.provisioning.Metadata;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.job.ClientLock;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.schema.Migration;
import io.penstock.provisioning.target.ClickHouseServer;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.List;
import java.util.SortedMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
        app.lifecycle()
            .set("adjusted", new ClientChange("Adjusted Ltd", null, null, 30, null, 1_000));

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
        .contains("TTL " + ClickHouseServer.expiry(new Retention(30, Retention.From.EVENT_TIME)));
    ClientRow shown = app.registry().show("adjusted").orElseThrow().summary();
    assertThat(shown.name()).isEqualTo("Adjusted Ltd");
    assertThat(shown.maxEventsPerMinute()).isEqualTo(1_000);

    var _ =
        app.lifecycle()
            .set("adjusted", new ClientChange(null, null, null, null, null, ClientChange.NO_LIMIT));
    assertThat(app.registry().show("adjusted").orElseThrow().summary().maxEventsPerMinute())
        .isNull();
  }

  /** With 28,900 days and more, all of them were gone in seconds once. */
  @ParameterizedTest
  @ValueSource(ints = {1, 365, Retention.MAX_DAYS})
  void rowsAreKeptAsLongAsIsSaidWhateverTheirTime(int days) throws Exception {
    String id = "kept-" + days;
    String table = "client_kept_%d.events_base".formatted(days);
    var _ =
        app.registry()
            .create(
                new NewClient(
                    id,
                    id,
                    null,
                    "default",
                    new Retention(days, Retention.From.EVENT_TIME),
                    null,
                    null));
    var _ = app.provisioner(Migration.folder(Metadata.HOME)).provision(id);
    Instant now = Instant.now();
    List<Instant> times =
        List.of(
            Instant.EPOCH,
            now.minus(Duration.ofDays(days + 2L)),
            now.minus(Duration.ofDays(days - 1L)),
            now.minus(Duration.ofDays(Math.min(days, 2) - 1L)),
            Instant.parse("2106-02-07T06:28:15Z"),
            Instant.parse("2106-02-07T06:28:16Z"),
            Instant.parse("2149-06-07T00:00:00Z"),
            Instant.parse("2299-12-31T23:59:59Z"));
    for (Instant time : times) {
      metadata.executeClickHouse(
          "INSERT INTO %s (event_id, event_time) VALUES (generateUUIDv4(), toDateTime64(%d, 3))"
              .formatted(table, time.getEpochSecond()));
    }

    metadata.executeClickHouse("OPTIMIZE TABLE " + table + " FINAL");

    assertThat(
            metadata.askClickHouse(
                "SELECT toString(toUnixTimestamp64Second(toDateTime64(event_time, 0))) FROM %s ORDER BY event_time"
                    .formatted(table)))
        .containsExactlyElementsOf(
            times.stream()
                .filter(time -> time.plus(Duration.ofDays(days)).isAfter(now))
                .map(time -> Long.toString(time.getEpochSecond()))
                .toList());
  }

  @Test
  void aShorterRetentionTellsBeforehandWhichEventsItDeletes() throws Exception {
    metadata.activeClient(app, "shorter");
    metadata.executeClickHouse(
        "INSERT INTO client_shorter.events_base (event_id, event_time) SELECT generateUUIDv4(), now64(3) - toIntervalDay(number) FROM numbers(100)");
    ClientChange month = new ClientChange(null, null, null, 30, null, null);

    SortedMap<YearMonth, Long> told = app.lifecycle().wouldDelete("shorter", month);

    assertThat(told.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(70);
    assertThat(told.firstKey()).isEqualTo(YearMonth.from(daysAgo(99)));
    assertThat(told.lastKey()).isEqualTo(YearMonth.from(daysAgo(30)));
    var _ = app.lifecycle().set("shorter", month);
    metadata.executeClickHouse("OPTIMIZE TABLE client_shorter.events_base FINAL");
    assertThat(metadata.askClickHouse("SELECT toString(count()) FROM client_shorter.events"))
        .containsExactly("30");
    assertThat(
            app.lifecycle()
                .wouldDelete("shorter", new ClientChange(null, null, null, 31, null, null)))
        .isEmpty();
  }

  private static LocalDate daysAgo(int days) {
    return LocalDate.now(ZoneOffset.UTC).minusDays(days);
  }

  @Test
  void whatMustNotChangeIsRefusedWithTheReason() throws Exception {
    metadata.activeClient(app, "fixed");
    var _ = app.registry().create(NewClient.of("still-pending", "still-pending"));

    assertThatThrownBy(() ->
            app.lifecycle().set("fixed", new ClientChange(null, "other", null, null, null, null)))
        .isInstanceOf(StepFailed.class)
        .hasMessageContaining("its database and target are fixed");
    assertThatThrownBy(() ->
            app.lifecycle()
                .set("fixed", new ClientChange("still-pending", null, null, null, null, null)))
        .hasMessageContaining("Another client is named \"still-pending\"; choose another");
    assertThatThrownBy(() -> app.lifecycle().suspend("still-pending", ""))
        .hasMessageContaining("is pending");
    assertThatThrownBy(() -> app.lifecycle().resume("still-pending"))
        .hasMessageContaining("./penstock clients provision --client still-pending");
    assertThatThrownBy(() -> app.lifecycle().resume("x; DROP DATABASE y"))
        .hasMessage("there is no client \"x; DROP DATABASE y\"");
    assertThat(new ClientChange("x; DROP", "Y", null, 0, null, -1).problems()).hasSize(4);

    var _ =
        app.lifecycle()
            .set("still-pending", new ClientChange(null, "elsewhere", null, null, null, null));
    assertThat(app.registry().show("still-pending").orElseThrow().summary().database())
        .isEqualTo("elsewhere");
  }

  @Test
  void twoOperatorsAtOnceAreToldApart() throws Exception {
    metadata.activeClient(app, "contended");
    try (ProvisioningApp other = new ProvisioningApp(metadata.config(), "alice@ops");
        Connection held = other.tools().connect();
        AdvisoryLock lock = ClientLock.tryTake(held, "contended")) {
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
        .extracting(key -> key.label() + " " + key.state())
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

  @Test
  void whoRevokesTheLastKeyIsToldSo() throws Exception {
    CreateOutcome.Created created = metadata.activeClient(app, "keyless");
    String first = created.apiKeyHash().toHex().substring(0, 8);
    KeyRing.NewKey second = app.keys().create("keyless", "second", null);

    assertThat(app.keys().revoke("keyless", first, false))
        .isInstanceOfSatisfying(
            ChangeOutcome.Changed.class,
            changed -> assertThat(changed.detail()).isEqualTo("revoked key " + first));
    String last = second.hash().toHex().substring(0, 8);
    String left =
        "; no valid key is left, so all events of keyless are refused until ./penstock keys create keyless";
    assertThat(app.keys().revoke("keyless", last, false))
        .isInstanceOfSatisfying(
            ChangeOutcome.Changed.class,
            changed -> assertThat(changed.detail()).isEqualTo("revoked key " + last + left));
    assertThat(app.keys().revoke("keyless", last, false))
        .isInstanceOfSatisfying(
            ChangeOutcome.Unchanged.class, unchanged -> assertThat(unchanged.why()).endsWith(left));
    assertThatThrownBy(() -> app.keys().create("keyles", "", null))
        .hasMessage("there is no client \"keyles\"; did you mean \"keyless\"?");
    assertThat(app.registry().unknown("keyles")).endsWith("did you mean \"keyless\"?");
  }

  private List<String> retroactive(String client) throws Exception {
    return metadata.ask(
        "SELECT revoked_at <= created_at FROM api_keys WHERE client_id = ?", client);
  }

  private ClientStatus status(String id) throws Exception {
    return app.registry().show(id).orElseThrow().summary().status();
  }
}
