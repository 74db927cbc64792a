package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.provisioning.client.Announcement;
import io.penstock.provisioning.client.ChangeOutcome;
import io.penstock.provisioning.client.DeprovisionReport;
import io.penstock.provisioning.client.DeprovisionRequest;
import io.penstock.provisioning.client.KeyRing;
import io.penstock.provisioning.target.Export;
import io.penstock.testkit.SharedStack;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Operators' jobs as a running router sees them. */
class LifecycleIT {
  private final Scenario scenario = new Scenario(Map.copyOf(SharedStack.start()));

  @TempDir Path folder;

  @AfterEach
  void close() {
    scenario.close();
  }

  @Test
  void onceARouterHasConfirmedAChangeNoEventIsJudgedByWhatWasBefore() throws Exception {
    String client = scenario.activeClient("changing");
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      send(client, 50);
      scenario.awaitAccounted();

      var _ = confirmed(scenario.provisioning.lifecycle().suspend(client, "test"));
      send(client, 50);
      scenario.awaitAccounted();
      assertThat(scenario.deadLetters().byReason()).isEqualTo(Map.of("CLIENT_SUSPENDED", 50L));

      var _ = confirmed(scenario.provisioning.lifecycle().resume(client));
      send(client, 50);
      scenario.awaitAccounted();
      assertThat(scenario.storedNow()).isEqualTo(100);

      KeyRing.NewKey next =
          scenario.provisioning.keys().rotate(client, "next", null, Duration.ZERO);
      assertThat(next.ended()).isOne();
      assertThat(next.announcement().warning()).isNull();
      send(client, 50);
      scenario.awaitAccounted();
      assertThat(scenario.deadLetters().byReason())
          .isEqualTo(Map.of("CLIENT_SUSPENDED", 50L, "INVALID_API_KEY", 50L));
    }
  }

  /**
   * Sent = stored + dead letters; and none of the suspended client's is stored, unless by a router
   * that the operator was told of.
   */
  @Test
  void routerWithoutRedisKnowsFromPostgresAndOneThatHearsNothingIsNamed() throws Exception {
    String client = scenario.activeClient("suspended");
    URI postgres = URI.create(scenario.config.postgres().url().substring("jdbc:".length()));
    try (Relay relay = new Relay(postgres.getPort());
        Relay nobody = new Relay(0)) {
      nobody.cut();
      Map<String, String> apart = new HashMap<>(scenario.properties);
      apart.put("penstock.redis.url", "redis://127.0.0.1:" + nobody.port());
      apart.put(
          "penstock.postgres.url",
          "jdbc:postgresql://127.0.0.1:" + relay.port() + postgres.getPath());
      try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady();
          RouterProcess far = new RouterProcess(apart).awaitReady()) {
        Scenario.await(() -> far.partitionStarts() > 0);
        send(client, 50);
        scenario.awaitAccounted();

        Announcement told = confirmed(scenario.provisioning.lifecycle().suspend(client, "test"));
        assertThat(told.routersTold()).isEqualTo(2);
        send(client, 50);
        scenario.awaitAccounted();
        assertThat(scenario.deadLetters().byReason()).isEqualTo(Map.of("CLIENT_SUSPENDED", 50L));
        assertThat(confirmed(scenario.provisioning.lifecycle().resume(client)).routersTold())
            .isEqualTo(2);
        send(client, 50);
        scenario.awaitAccounted();
        assertThat(scenario.storedNow()).isEqualTo(100);

        relay.cut();
        Announcement lacking =
            scenario.provisioning.lifecycle().suspend(client, "test").announcement();

        assertThat(lacking.routersTold()).isOne();
        assertThat(lacking.knownBy()).isNotNull();
        assertThat(lacking.unconfirmed())
            .extracting(Announcement.Unconfirmed::router)
            .containsExactly(far.name());
        assertThat(lacking.warning())
            .startsWith("1 of 2 routers know; not confirmed by " + far.name() + " on ");
        send(client, 50);
        scenario.awaitAccounted();
        long storedByTheOneNamed = scenario.storedNow() - 100;
        assertThat(storedByTheOneNamed).isPositive();
        assertThat(scenario.deadLetters().byReason())
            .isEqualTo(Map.of("CLIENT_SUSPENDED", 100 - storedByTheOneNamed));
      }
    }
  }

  /** Sent = exported + dead letters, for the client that ends under load; the other has it all. */
  @Test
  void clientThatEndsUnderLoadHasEveryEventInItsExportOrAmongTheDeadLetters() throws Exception {
    String ending = scenario.activeClient("ending");
    String staying = scenario.activeClient("staying");
    AtomicLong sent = new AtomicLong();
    AtomicBoolean enough = new AtomicBoolean();
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      Thread load =
          Thread.ofPlatform()
              .start(() -> {
                while (!enough.get()) {
                  scenario.sendGood(ending);
                  scenario.sendGood(staying);
                  sent.incrementAndGet();
                  Scenario.pause(2);
                }
              });
      DeprovisionReport report;
      try {
        scenario.awaitStored(400);

        report =
            scenario
                .provisioning
                .deprovisioner()
                .run(
                    new DeprovisionRequest(
                        ending, null, Duration.ofSeconds(60), folder, Export.Format.NATIVE, false),
                    line -> {});
        long atTheEnd = sent.get();
        Scenario.await(() -> sent.get() > atTheEnd + 50);
      } finally {
        enough.set(true);
        load.join();
      }
      scenario.flush();

      assertThat(report.state()).isEqualTo(DeprovisionReport.State.DEPROVISIONED);
      assertThat(report.notices()).isEmpty();
      assertThat(report.events()).isPositive();
      Scenario.await(() ->
          scenario.deadLetters().byClient().getOrDefault(ending, 0L)
              >= sent.get() - report.events());
      assertThat(report.events() + scenario.deadLetters().byClient().getOrDefault(ending, 0L))
          .isEqualTo(sent.get());
      assertThat(scenario.deadLetters().byReason().keySet())
          .isSubsetOf("CLIENT_DEPROVISIONING", "CLIENT_DEPROVISIONED")
          .contains("CLIENT_DEPROVISIONED");
      Scenario.await(() -> scenario.stored.count(Scenario.database(staying)).rows() == sent.get());
      try (var files = Files.list(folder)) {
        assertThat(files).isNotEmpty().allMatch(file -> file.toString().endsWith(".native"));
      }
    }
  }

  private static Announcement confirmed(ChangeOutcome outcome) {
    assertThat(outcome)
        .isInstanceOfSatisfying(
            ChangeOutcome.Changed.class,
            changed -> {
              assertThat(changed.announcement().warning()).isNull();
              assertThat(changed.announcement().routersTold()).isPositive();
            });
    return outcome.announcement();
  }

  private void send(String client, int count) {
    for (int i = 0; i < count; i++) {
      scenario.sendGood(client);
    }
    scenario.flush();
  }
}
