package io.penstock.router;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.ExitCode;
import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.provisioning.doctor.Finding.Level;
import io.penstock.testkit.CommandResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Dead letters that go back through a router: what the reprocessor says, and what is stored. */
class ReplayIT {
  private final Scenario scenario = Scenario.onSharedStack();
  private final Dlq dlq = new Dlq(scenario);

  @AfterEach
  void close() {
    scenario.close();
  }

  @Test
  void whatWasPendingIsStoredOnceItsClientIsProvisioned() {
    String client = scenario.create("late");
    try (EmbeddedRouter router = new EmbeddedRouter(scenario.properties).awaitReady()) {
      for (int i = 0; i < 300; i++) {
        scenario.sendPending(client);
      }
      scenario.sendDead("MALFORMED_JSON", "{");
      scenario.awaitAccounted();
      String _ = scenario.provision(client);

      assertThat(dlq.run("replay", "--dry-run", "--output", "json").expect(ExitCode.DONE).out())
          .contains("\"selected\":301,\"predicted\":{\"MALFORMED_JSON\":1,\"stored\":300}");
      CommandResult run = dlq.run("replay", "--client", client, "--output", "json");

      run.expect(ExitCode.DONE);
      assertThat(run.number("selected")).isEqualTo(300);
      assertThat(run.number("replayed")).isEqualTo(300);
      assertThat(run.number("stored")).isEqualTo(300);
      assertThat(run.number("inFlight")).isZero();
      scenario.healed("CLIENT_PENDING", client, 300);
      scenario.settle();
      assertThat(router.metric("penstock_freshness_seconds_count")).isZero();
      assertThat(router.metric("penstock_replay_freshness_seconds_count")).isPositive();
      dlq.run("replay", "--client", client).expect(ExitCode.DONE);
    }
  }

  @Test
  void whatFailsAgainKeepsItsOriginAndCountsItsAttempts() {
    String client = scenario.activeClient("again");
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      scenario.sendWrongKey(client);
      scenario.sendWrongKey(client);
      scenario.awaitAccounted();
      List<String> origins = scenario.deadLetters().byOrigin().keySet().stream().sorted().toList();

      CommandResult run = dlq.run("replay", "--client", client, "--output", "json");

      run.expect(ExitCode.FAILED);
      assertThat(run.out()).contains("\"deadAgain\":{\"INVALID_API_KEY\":2}");
      assertThat(scenario.deadLetters().byOrigin().keySet()).hasSameElementsAs(origins);
      assertThat(scenario.readDeadLetters())
          .filteredOn(letter -> letter.value() != null)
          .extracting(letter -> header(letter, DeadLetterHeaders.ATTEMPT))
          .containsExactlyInAnyOrder("1", "1", "2", "2");
      scenario.settle();
      dlq.run("replay", "--client", client, "--max-attempts", "2").expect(ExitCode.FAILED);
      scenario.settle();
    }
  }

  @Test
  void theFirstOutcomesStopAReplayThatIsOfNoUse() {
    String client = scenario.activeClient("useless");
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      for (int i = 0; i < 60; i++) {
        scenario.sendWrongKey(client);
      }
      scenario.awaitAccounted();

      CommandResult run = dlq.run("replay", "--probe", "10", "--output", "json");

      run.expect(ExitCode.FAILED);
      assertThat(run.number("replayed")).isEqualTo(10);
      assertThat(run.out()).contains("10 of the first 10 failed again");
      scenario.settle();
    }
  }

  @Test
  void anEventIsCorrectedAndItsOriginalIsKeptInTheAuditLog() throws Exception {
    String client = scenario.activeClient("corrected");
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      String wrong = ApiKeyHash.ofKey("wrong").toHex();
      scenario.sendDead("INVALID_API_KEY", scenario.event(client, wrong, "\"n\":1.10"));
      scenario.awaitAccounted();

      String right = "api_key_hash=" + scenario.keyHash(client);
      assertThat(dlq.run("edit", "--dry-run", "--set", right).expect(ExitCode.DONE).out())
          .contains("1  stored");
      dlq.run("edit", "--client", client, "--set", right).expect(ExitCode.DONE);

      scenario.healed("INVALID_API_KEY", client, 1);
      scenario.settle();
      assertThat(scenario.provisioning.registry().history(client, 20))
          .anySatisfy(entry ->
              assertThat(entry.toString())
                  .contains("dead-letters.edit-letter", wrong.substring(0, 8) + "***", "1.10")
                  .doesNotContain(wrong));
    }
  }

  @Test
  void aReplaysStatementIsNotMovedByClaimsOfProducers() throws Exception {
    String client = scenario.create("forged");
    try (EmbeddedRouter router = new EmbeddedRouter(scenario.properties).awaitReady()) {
      for (int i = 0; i < 2_000; i++) {
        scenario.sendPending(client);
      }
      scenario.awaitAccounted();
      String _ = scenario.provision(client);
      try (Dlq.Started replay =
          dlq.start("replay", "--client", client, "--rate", "500", "--output", "json")) {
        Scenario.await(() -> scenario.storedNow() > 0);
        Header[] claim = {
          new RecordHeader(DeadLetterHeaders.REPLAY, replayOf(client).getBytes(UTF_8))
        };
        for (int i = 0; i < 400; i++) {
          scenario.sendDead("MALFORMED_JSON", "{", i % 2 == 0 ? claim : lineage(claim, i));
        }
        scenario.flush();
        assertThat(replay.process().isAlive()).as("the claims come while it runs").isTrue();
        assertThat(replay.awaitExit()).as(replay.text()).isEqualTo(ExitCode.DONE);
        assertThat(replay.text())
            .contains(
                "\"replayed\":2000,\"stored\":2000,\"deadAgain\":{},\"inFlight\":0",
                "\"notice\":null");
      }

      scenario.healed("CLIENT_PENDING", client, 2_000);
      scenario.settle();
      assertThat(router.metric("penstock_replays_unproven_total")).isEqualTo(400);
      assertThat(router.log().split("has no signature that fits", -1)).hasSize(2);
    }
  }

  /** The id of the replay under way, which whoever can read the events topic knows. */
  private String replayOf(String client) throws Exception {
    Matcher found =
        Pattern.compile("replay=([0-9a-f-]{36})")
            .matcher(scenario.provisioning.registry().history(client, 20).toString());
    assertThat(found.find()).isTrue();
    return found.group(1);
  }

  private Header[] lineage(Header[] claim, int offset) {
    Map<String, String> texts =
        Map.of(
            DeadLetterHeaders.TOPIC, scenario.config.kafka().eventsTopic(),
            DeadLetterHeaders.TOPIC_ID, Uuid.randomUuid().toString(),
            DeadLetterHeaders.PARTITION, "0",
            DeadLetterHeaders.OFFSET, Integer.toString(offset),
            DeadLetterHeaders.TIMESTAMP, "1700000000000",
            DeadLetterHeaders.ATTEMPT, "3",
            DeadLetterHeaders.FIRST_FAILED_AT, "2026-01-01T00:00:00Z");
    List<Header> all = new ArrayList<>(List.of(claim));
    texts.forEach((name, text) -> all.add(new RecordHeader(name, text.getBytes(UTF_8))));
    return all.toArray(Header[]::new);
  }

  @Test
  void nothingIsReplayedToARouterOfAnotherSecret() {
    String client = scenario.create("secret");
    try (EmbeddedRouter router = new EmbeddedRouter(scenario.properties).awaitReady()) {
      for (int i = 0; i < 20; i++) {
        scenario.sendPending(client);
      }
      scenario.awaitAccounted();
      String _ = scenario.provision(client);
      router.stopCleanly();
    }
    for (String secret : new String[] {"x".repeat(32), ""}) {
      Map<String, String> other = new HashMap<>(scenario.properties);
      other.put("penstock.replay.secret", secret);
      other.values().removeIf(String::isEmpty);
      try (EmbeddedRouter router = new EmbeddedRouter(other).awaitReady()) {
        for (String command : List.of("replay", "run")) {
          CommandResult run = dlq.run(command).expect(ExitCode.USAGE);
          assertThat(run.err())
              .contains("these routers have another penstock.replay.secret", "Nothing is replayed")
              .doesNotContain("x".repeat(32));
        }
        assertThat(scenario.doctor())
            .anySatisfy(finding -> {
              assertThat(finding.level()).isEqualTo(Level.ERROR);
              assertThat(finding.what()).contains("have another penstock.replay.secret");
            });
        router.stopCleanly();
      }
      assertThat(scenario.deadLetters().byReason()).isEqualTo(Map.of("CLIENT_PENDING", 20L));
    }
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      dlq.run("replay", "--client", client).expect(ExitCode.DONE);
      assertThat(scenario.doctor()).noneMatch(finding -> finding.level() == Level.ERROR);
      scenario.healed("CLIENT_PENDING", client, 20);
      scenario.settle();
    }
  }

  private static String header(ConsumerRecord<byte[], byte[]> letter, String name) {
    return new String(Objects.requireNonNull(letter.headers().lastHeader(name)).value(), UTF_8);
  }
}
