package io.penstock.router;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.ExitCode;
import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.deadletter.DeadLetterHeaders;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerRecord;
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
    try (RouterProcess _ = new RouterProcess(scenario.properties).awaitReady()) {
      for (int i = 0; i < 300; i++) {
        scenario.sendPending(client);
      }
      scenario.sendDead("MALFORMED_JSON", "{");
      scenario.awaitAccounted();
      String _ = scenario.provision(client);

      assertThat(dlq.run("replay", "--dry-run", "--output", "json").expect(ExitCode.DONE).out())
          .contains("\"selected\":301,\"predicted\":{\"MALFORMED_JSON\":1,\"stored\":300}");
      Dlq.Run run = dlq.run("replay", "--client", client, "--output", "json");

      run.expect(ExitCode.DONE);
      assertThat(run.number("selected")).isEqualTo(300);
      assertThat(run.number("replayed")).isEqualTo(300);
      assertThat(run.number("stored")).isEqualTo(300);
      assertThat(run.number("inFlight")).isZero();
      scenario.healed("CLIENT_PENDING", client, 300);
      scenario.settle();
      dlq.run("replay", "--client", client).expect(ExitCode.DONE);
    }
  }

  @Test
  void whatFailsAgainKeepsItsOriginAndCountsItsAttempts() {
    String client = scenario.activeClient("again");
    try (RouterProcess _ = new RouterProcess(scenario.properties).awaitReady()) {
      scenario.sendWrongKey(client);
      scenario.sendWrongKey(client);
      scenario.awaitAccounted();
      List<String> origins = scenario.deadLetters().byOrigin().keySet().stream().sorted().toList();

      Dlq.Run run = dlq.run("replay", "--client", client, "--output", "json");

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
    try (RouterProcess _ = new RouterProcess(scenario.properties).awaitReady()) {
      for (int i = 0; i < 60; i++) {
        scenario.sendWrongKey(client);
      }
      scenario.awaitAccounted();

      Dlq.Run run = dlq.run("replay", "--probe", "10", "--output", "json");

      run.expect(ExitCode.FAILED);
      assertThat(run.number("replayed")).isEqualTo(10);
      assertThat(run.out()).contains("10 of the first 10 failed again");
      scenario.settle();
    }
  }

  @Test
  void anEventIsCorrectedAndItsOriginalIsKeptInTheAuditLog() throws Exception {
    String client = scenario.activeClient("corrected");
    try (RouterProcess _ = new RouterProcess(scenario.properties).awaitReady()) {
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

  private static String header(ConsumerRecord<byte[], byte[]> letter, String name) {
    return new String(Objects.requireNonNull(letter.headers().lastHeader(name)).value(), UTF_8);
  }
}
