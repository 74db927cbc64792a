package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.Secret;
import io.penstock.local.LocalStack;
import io.penstock.local.PartKind;
import io.penstock.local.count.StoredEvents;
import io.penstock.provisioning.schema.Migration;
import io.penstock.testkit.SharedStack;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Two ClickHouse servers. When one of them is killed, clients of the other wait for a bounded time
 * only, although they share partitions; the events of its own clients are dead letters until it is
 * back. The router learns of the second server from PostgreSQL while it runs.
 */
class TargetFaultIT {
  private static final LocalStack SECOND =
      LocalStack.builder(Path.of("target", "second-clickhouse"))
          .parts(PartKind.CLICKHOUSE)
          .endWithJvm(true)
          .build();

  private final Scenario scenario = new Scenario(twoTargets());

  private static Map<String, String> twoTargets() {
    Map<String, String> properties = new HashMap<>(SharedStack.start());
    var _ = SECOND.start();
    properties.put("penstock.router.attempt.timeout", "1s");
    properties.put("penstock.router.park.after", "3s");
    properties.put("penstock.topic.events.partitions", "1");
    return properties;
  }

  @AfterEach
  void close() throws Exception {
    // Other tests share PostgreSQL, and their routers would take it for a target that is up.
    try (Connection metadata =
            DriverManager.getConnection(
                scenario.config.postgres().url(),
                scenario.config.postgres().user(),
                scenario.config.postgres().password().reveal());
        var delete = metadata.createStatement()) {
      var _ = delete.executeUpdate("DELETE FROM targets WHERE name = 'second'");
    }
    scenario.close();
    SECOND.close();
  }

  /** Enters the second server in PostgreSQL and places the pending client there. */
  private void place(String client) throws Exception {
    try (Connection metadata =
            DriverManager.getConnection(
                scenario.config.postgres().url(),
                scenario.config.postgres().user(),
                scenario.config.postgres().password().reveal());
        PreparedStatement insert =
            metadata.prepareStatement(
                "INSERT INTO targets (name, url) VALUES ('second', ?) ON CONFLICT (name) DO UPDATE SET url = excluded.url");
        PreparedStatement update =
            metadata.prepareStatement(
                "UPDATE clients SET ch_target = 'second' WHERE client_id = ?")) {
      insert.setString(1, SECOND.clickHouse().clickHouseUrl());
      var _ = insert.executeUpdate();
      update.setString(1, client);
      assertThat(update.executeUpdate()).isOne();
    }
  }

  @Test
  void oneTargetDownHoldsUpTheOthersForABoundedTimeOnly() throws Exception {
    String here = scenario.activeClient("here");
    String there = scenario.create("there");
    ClickHouseConfig second =
        new ClickHouseConfig(
            URI.create(SECOND.clickHouse().clickHouseUrl()), "default", Secret.of(""), null, null);
    String database = Scenario.database(there);
    try (StoredEvents elsewhere = new StoredEvents(second);
        EmbeddedRouter router = new EmbeddedRouter(scenario.properties).awaitReady()) {
      send(here, 100);
      scenario.awaitStored(100);
      // The router runs already and has not met the target.
      place(there);
      var outcome =
          scenario
              .provisioning
              .provisioner(Migration.folder(Path.of("..").toAbsolutePath().normalize()))
              .provision(there);
      assertThat(outcome.toString()).contains("Provisioned");
      send(there, 100);
      Scenario.await(() -> elsewhere.count(database).events() == 100);

      SECOND.clickHouse().kill();
      send(there, 50);
      send(here, 50);
      // They wait for a while, in the same partition, and then go on.
      scenario.awaitStored(150);
      Scenario.await(() -> scenario.deadLetters().total() == 50);
      assertThat(scenario.deadLetters().byReason()).containsOnlyKeys("CLIENT_UNAVAILABLE");
      assertThat(scenario.deadLetters().byClient()).containsOnlyKeys(there);
      assertThat(router.get("/health/ready").body())
          .contains("degraded", "ClickHouse target second", "become dead letters");
      assertThat(router.get("/health/ready").statusCode()).isEqualTo(200);

      SECOND.clickHouse().restart();
      Scenario.await(() -> !router.get("/health/ready").body().contains("second"));
      send(there, 50);
      Scenario.await(() -> elsewhere.count(database).events() == 150);

      assertThat(elsewhere.count(database).rows()).isEqualTo(150);
      assertThat(scenario.stored.count(Scenario.database(here)).rows()).isEqualTo(150);
      assertThat(scenario.deadLetters().total()).isEqualTo(50);
    }
  }

  private void send(String client, int count) {
    for (int i = 0; i < count; i++) {
      scenario.sendGood(client);
    }
    scenario.flush();
  }
}
