package io.penstock.provisioning.canary;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.client.Retention;
import io.penstock.core.metadata.TargetTable;
import io.penstock.provisioning.Metadata;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.client.ProvisionOutcome;
import io.penstock.provisioning.schema.Migration;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CanaryClientIT {
  private final Metadata metadata = Metadata.shared();
  private final ProvisioningApp app = metadata.app();
  private Duration later = Duration.ZERO;
  private final CanaryClient canary = process();

  /** The client as another process has it. */
  private CanaryClient process() {
    return new CanaryClient(
        app.tools(),
        app.registry(),
        app.keys(),
        connection -> TargetTable.read(connection, metadata.clickHouse, Map.of()),
        () -> Instant.now().plus(later));
  }

  /** Each test has the only canary there ever was. */
  @AfterEach
  void close() throws Exception {
    deleteRows();
    metadata.executeClickHouse("DROP DATABASE IF EXISTS client_penstock_canary SYNC");
    app.close();
  }

  private void deleteRows() throws Exception {
    for (String table : new String[] {"jobs", "schema_versions", "api_keys", "clients"}) {
      metadata.execute("DELETE FROM %s WHERE client_id = ?".formatted(table), CanaryClient.ID);
    }
  }

  private void provision() throws Exception {
    assertThat(app.provisioner(Migration.folder(Metadata.HOME)).provision(CanaryClient.ID))
        .isInstanceOf(ProvisionOutcome.Provisioned.class);
  }

  private String keyInUse() throws Exception {
    assertThat(canary.look()).isInstanceOf(CanaryClient.Sending.class);
    return ((CanaryClient.Sending) canary.look()).keyHash();
  }

  private void assertThatItIsSilent(String why) throws Exception {
    assertThat(canary.look())
        .isInstanceOfSatisfying(
            CanaryClient.Silent.class, silent -> assertThat(silent.why()).contains(why));
  }

  private List<String> keys() throws Exception {
    return metadata.ask(
        "SELECT api_key_hash FROM api_keys WHERE client_id = ? AND label = 'canary' ORDER BY created_at",
        CanaryClient.ID);
  }

  @Test
  void itIsCreatedAndSendsOnceItIsProvisioned() throws Exception {
    assertThatItIsSilent("was created, and waits to be provisioned");
    assertThatItIsSilent("is pending, and waits to be provisioned");
    assertThat(keys()).as("there is nothing to send yet").isEmpty();
    provision();

    CanaryClient.Sending sending = (CanaryClient.Sending) canary.look();

    assertThat(sending.database()).isEqualTo("client_penstock_canary");
    assertThat(sending.target()).isEqualTo(metadata.clickHouse);
    assertThat(keys()).containsExactly(sending.keyHash());
    assertThat(canary.look()).isEqualTo(sending);
    assertThat(app.registry().show(CanaryClient.ID).orElseThrow().summary().retention())
        .isEqualTo(new Retention(1, Retention.From.ARRIVAL));
    assertThat(
            metadata.ask(
                "SELECT expires_at - created_at FROM api_keys WHERE client_id = ? AND label = 'canary'",
                CanaryClient.ID))
        .containsExactly("1 day");
  }

  @Test
  void aKeyHasASuccessorBeforeItExpiresAndWhenItIsRevoked() throws Exception {
    var _ = canary.look();
    provision();
    String first = keyInUse();
    later = Duration.ofHours(11);
    assertThat(keyInUse()).isEqualTo(first);
    later = Duration.ofHours(13);
    String second = keyInUse();
    assertThat(second).isNotEqualTo(first);
    assertThat(keyInUse()).isEqualTo(second);

    var _ = app.keys().revoke(CanaryClient.ID, second.substring(0, 16), false);

    assertThat(keyInUse()).isNotEqualTo(second);
    assertThat(keys()).hasSize(3);
  }

  @Test
  void anotherProcessHasAnotherKeyAndTheFirstGoesOn() throws Exception {
    var _ = canary.look();
    provision();
    String first = keyInUse();

    CanaryClient.Sending other = (CanaryClient.Sending) process().look();

    assertThat(other.keyHash()).isNotEqualTo(first);
    assertThat(keyInUse()).isEqualTo(first);
  }

  @Test
  void whatAnOperatorDoesToItIsLeftAsItIs() throws Exception {
    var _ = canary.look();
    provision();
    String first = keyInUse();

    var _ = app.lifecycle().suspend(CanaryClient.ID, "a test");
    assertThatItIsSilent("is suspended, until ./penstock clients resume penstock-canary");
    var _ = app.lifecycle().resume(CanaryClient.ID);
    assertThat(keyInUse())
        .as("announced after the client was resumed, which a router may hear later")
        .isNotEqualTo(first);

    deleteRows();
    assertThatItIsSilent("is gone from PostgreSQL");
    assertThat(app.registry().show(CanaryClient.ID)).isEmpty();
  }

  @Test
  void anIdOrNameThatIsTakenIsTold() throws Exception {
    metadata.execute(
        "INSERT INTO clients (client_id, name, ch_database_name) VALUES ('tweety', 'Penstock canary', 'tweety')");
    try {
      assertThatItIsSilent("cannot be created: Another client is named \"Penstock canary\"");
    } finally {
      metadata.execute("DELETE FROM clients WHERE client_id = 'tweety'");
    }
  }

  @Test
  void keysOfProcessesThatStartedAndDiedAreForgotten() throws Exception {
    var _ = canary.look();
    provision();
    metadata.execute(
        "INSERT INTO api_keys (client_id, api_key_hash, label, created_at, expires_at)"
            + " SELECT ?, encode(sha256(n::text::bytea), 'hex'), 'canary', now() - n * interval '1 minute', now() + interval '1 hour'"
            + " FROM generate_series(1, ?) n",
        CanaryClient.ID,
        2 * CanaryClient.KEYS_KEPT);
    List<String> newest = keys().reversed().subList(0, CanaryClient.KEYS_KEPT);

    String own = keyInUse();

    assertThat(keys()).hasSize(CanaryClient.KEYS_KEPT + 1).contains(own).containsAll(newest);
    assertThat(
            metadata.ask(
                "SELECT count(*) FROM api_keys WHERE client_id = ? AND label = 'first'",
                CanaryClient.ID))
        .as("of another label")
        .containsExactly("1");
  }
}
