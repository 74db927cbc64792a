package io.penstock.provisioning.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.provisioning.Metadata;
import io.penstock.provisioning.ProvisioningApp;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TargetRegistryIT {
  private static final TargetSettings EU =
      new TargetSettings("http://eu:8123", "writer", "PENSTOCK_TARGET_EU_PASSWORD", null, null);
  private static final String PLACE =
      "INSERT INTO clients (client_id, name, ch_database_name, ch_target, status) VALUES (?, ?, ?, 'tr-eu', ?)";

  private final Metadata metadata = Metadata.shared();
  private final ProvisioningApp app = metadata.app();
  private final TargetRegistry registry = app.targetRegistry();

  @BeforeEach
  @AfterEach
  void forget() throws SQLException {
    metadata.execute("DELETE FROM clients WHERE client_id LIKE 'tr-%'");
    metadata.execute("DELETE FROM targets WHERE name LIKE 'tr-%'");
  }

  @AfterEach
  void close() {
    app.close();
  }

  @Test
  void everyChangeIsAuditedWithWhatWasBeforeAndAfter() throws SQLException {
    assertThat(registry.add("tr-eu", EU)).isEqualTo(new TargetOutcome.Done());
    assertThat(registry.set("tr-eu", old -> withUrl(old, "http://eu-2:8123")))
        .isEqualTo(new TargetOutcome.Done());
    assertThat(registry.remove("tr-eu")).isEqualTo(new TargetOutcome.Done());

    assertThat(
            metadata.ask(
                """
                SELECT concat_ws(' ', actor, action, coalesce(client_id, '-'), coalesce(before->>'url', '-'), coalesce(after->>'url', '-'))
                FROM audit_log WHERE detail = 'tr-eu' ORDER BY audit_id DESC LIMIT 3\
                """))
        .containsExactly(
            "tester target.removed - http://eu-2:8123 -",
            "tester target.changed - http://eu:8123 http://eu-2:8123",
            "tester target.added - - http://eu:8123");
  }

  @Test
  void repeatedRequestsChangeNothing() throws SQLException {
    registry.add("tr-eu", EU);

    assertThat(registry.add("tr-eu", EU)).isEqualTo(new TargetOutcome.Unchanged());
    assertThat(registry.add("tr-eu", withUrl(EU, "http://other:8123")))
        .isEqualTo(new TargetOutcome.Taken());
    assertThat(registry.set("tr-eu", old -> old)).isEqualTo(new TargetOutcome.Unchanged());
    assertThat(registry.remove("tr-us")).isEqualTo(new TargetOutcome.Missing());
    assertThat(registry.set("tr-us", old -> old)).isEqualTo(new TargetOutcome.Missing());
  }

  @Test
  void targetStaysWhileAClientIsPlacedOnItThatIsNotDeprovisioned() throws SQLException {
    registry.add("tr-eu", EU);
    metadata.execute(PLACE, "tr-1", "tr 1", "client_tr_1", "pending");
    metadata.execute(PLACE, "tr-2", "tr 2", "client_tr_2", "deprovisioned");

    assertThat(registry.remove("tr-eu")).isEqualTo(new TargetOutcome.InUse(1, List.of("tr-1")));

    metadata.execute("DELETE FROM clients WHERE client_id = 'tr-1'");
    assertThat(registry.remove("tr-eu")).isEqualTo(new TargetOutcome.Done());
  }

  @Test
  void listShowsTheConfiguredOneFirstAndWhetherEachCanBeUsedFromHere() throws SQLException {
    registry.add("tr-eu", EU);
    metadata.execute(PLACE, "tr-1", "tr 1", "client_tr_1", "pending");

    TargetRow here = row(registry.list(Map.of("PENSTOCK_TARGET_EU_PASSWORD", "s")));
    TargetRow elsewhere = row(registry.list(Map.of()));

    assertThat(here.problem()).isNull();
    assertThat(here.config()).isNotNull();
    assertThat(here.clients()).isEqualTo(1);
    assertThat(elsewhere.config()).isNull();
    assertThat(elsewhere.problem()).contains("PENSTOCK_TARGET_EU_PASSWORD").contains("not set");
    assertThat(registry.list(Map.of()).getFirst().configured()).isTrue();
  }

  @Test
  void wrongNamesAndSettingsAreRefusedByTheRegistryAndByPostgres() throws SQLException {
    assertThat(registry.add("default", EU)).isInstanceOf(TargetOutcome.Invalid.class);
    assertThat(registry.add("x'; DROP TABLE clients; --", EU))
        .isInstanceOf(TargetOutcome.Invalid.class);
    assertThat(registry.add("tr-eu", withUrl(EU, "http://u:p@eu:8123")))
        .isInstanceOf(TargetOutcome.Invalid.class);
    assertThatThrownBy(() ->
            metadata.execute("INSERT INTO targets (name, url) VALUES ('tr-eu', 'http://u:p@eu')"))
        .isInstanceOf(SQLException.class);
  }

  @Test
  void checkLeavesNothingBehind() throws SQLException {
    TargetReport report = TargetCheck.full("default", metadata.clickHouse);

    assertThat(report.problems()).isEmpty();
    assertThat(report.version()).isNotNull();
    assertThat(report.databases()).isPositive();
    assertThat(
            metadata.askClickHouse(
                "SELECT name FROM system.databases WHERE name LIKE 'penstock_check_%'"))
        .isEmpty();
  }

  private static TargetRow row(List<TargetRow> rows) {
    return rows.stream().filter(row -> row.target().equals("tr-eu")).findFirst().orElseThrow();
  }

  private static TargetSettings withUrl(TargetSettings old, String url) {
    return new TargetSettings(url, old.user(), old.passwordVariable(), old.caFile(), old.cluster());
  }
}
