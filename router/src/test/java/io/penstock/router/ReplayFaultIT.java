package io.penstock.router;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.ExitCode;
import io.penstock.provisioning.client.DeprovisionReport;
import io.penstock.provisioning.client.DeprovisionRequest;
import io.penstock.provisioning.target.Export;
import io.penstock.testkit.CommandResult;
import io.penstock.testkit.Counts;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Replays that are killed, that overlap, and that meet a router being restarted. */
class ReplayFaultIT {
  private static final int LETTERS = Counts.of(5_000, 100_000);
  private static final int SOME = Counts.of(5_000, 20_000);
  private static final int KILLS = Counts.of(3, 6);

  /** So that all of them would take ten seconds. */
  private static final String RATE = Integer.toString(LETTERS / 10);

  private final Scenario scenario = Scenario.onSharedStack();
  private final Dlq dlq = new Dlq(scenario);

  @AfterEach
  void close() {
    scenario.close();
  }

  @Test
  void aReplayKilledAgainAndAgainStoresEachEventOnce() {
    String client = scenario.create("killed");
    Random random = Seed.of(scenario);
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      pendingLetters(client, LETTERS);

      for (int kill = 0; kill < KILLS; kill++) {
        long some = scenario.storedNow() + random.nextLong(1, LETTERS / 25);
        try (Dlq.Started replay =
            dlq.start("replay", "--client", client, "--rate", RATE, "--probe", "10")) {
          Scenario.await(() -> !replay.process().isAlive() || scenario.storedNow() >= some);
          replay.kill();
          scenario.fault("reprocessor killed");
        }
      }

      assertThat(scenario.deadLetters().total()).as("letters left to replay").isPositive();
      dlq.run("replay", "--client", client, "--output", "json").expect(ExitCode.DONE);
      scenario.healed("CLIENT_PENDING", client, LETTERS);
      scenario.settle();
    }
  }

  @Test
  void twoReplaysOfTheSameLettersMoveEachOnce() {
    String client = scenario.create("twice");
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      pendingLetters(client, SOME);

      try (Dlq.Started one = dlq.start("replay", "--client", client, "--output", "json");
          Dlq.Started two = dlq.start("replay", "--reason", "CLIENT_PENDING", "--output", "json")) {
        assertThat(one.awaitExit()).as(one.text()).isEqualTo(ExitCode.DONE);
        assertThat(two.awaitExit()).as(two.text()).isEqualTo(ExitCode.DONE);
        assertThat(one.number("replayed") + two.number("replayed")).isEqualTo(SOME);
      }

      scenario.healed("CLIENT_PENDING", client, SOME);
      scenario.settle();
      scenario.assertDeepAccount();
    }
  }

  @Test
  void aReplayGoesOnWhileTheRouterIsRestarted() {
    String client = scenario.create("restarted");
    RouterProcess router = new RouterProcess(scenario.properties).awaitReady();
    try {
      pendingLetters(client, SOME);

      try (Dlq.Started replay =
          dlq.start(
              "replay",
              "--client",
              client,
              "--rate",
              Integer.toString(SOME / 4),
              "--output",
              "json")) {
        scenario.awaitStored(SOME / 10);
        router.kill();
        scenario.fault("router killed");
        router = new RouterProcess(scenario.properties).awaitReady();
        assertThat(replay.awaitExit()).as(replay.text()).isEqualTo(ExitCode.DONE);
        assertThat(replay.number("stored")).isEqualTo(SOME);
      }

      scenario.healed("CLIENT_PENDING", client, SOME);
      scenario.settle();
    } finally {
      router.close();
    }
  }

  @Test
  void lettersOfOtherToolsAreShownReplayedAndDiscardedLikeAnyOther() throws Exception {
    String client = scenario.activeClient("foreign");
    String topic = scenario.config.kafka().deadLettersTopic();
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady();
        KafkaProducer<byte[], byte[]> other =
            new KafkaProducer<>(
                scenario.config.kafka().clientProperties(),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
      send(other, new ProducerRecord<>(topic, "no-headers".getBytes(UTF_8), new byte[] {1, 2}));
      send(other, new ProducerRecord<>(topic, "null-value".getBytes(UTF_8), null));
      String event = scenario.event(client, scenario.keyHash(client), "\"n\":1");
      ProducerRecord<byte[], byte[]> good =
          new ProducerRecord<>(topic, "an-event".getBytes(UTF_8), event.getBytes(UTF_8));
      good.headers().add("penstock.dlq.attempt", "many".getBytes(UTF_8)).add("x", null);
      send(other, good);

      assertThat(dlq.run("stats").expect(ExitCode.DONE).out()).contains("2 outstanding");
      assertThat(dlq.run("show", "an-event").expect(ExitCode.DONE).out()).contains("many");
      CommandResult run = dlq.run("replay", "--max-failures", "100", "--output", "json");
      run.expect(ExitCode.PARTLY);
      assertThat(run.number("replayed")).isEqualTo(2);
      assertThat(run.number("stored")).isEqualTo(1);
      assertThat(run.out()).contains("\"deadAgain\":{\"MALFORMED_JSON\":1}");
      assertThat(scenario.storedNow()).isEqualTo(1);
      dlq.run("discard", "--because", "a test", "--confirm", "1").expect(ExitCode.DONE);
      assertThat(scenario.deadLetters().total()).isZero();
    }
  }

  @Test
  void lettersOfAClientThatIsGoneStayUntilTheyAreDiscarded() throws Exception {
    String client = scenario.create("gone");
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      pendingLetters(client, 20);
      DeprovisionReport report =
          scenario
              .provisioning
              .deprovisioner()
              .run(
                  new DeprovisionRequest(client, null, null, null, Export.Format.NATIVE, false),
                  line -> {});
      assertThat(report.state()).isEqualTo(DeprovisionReport.State.DEPROVISIONED);

      CommandResult run = dlq.run("replay", "--client", client, "--output", "json");

      run.expect(ExitCode.FAILED);
      assertThat(run.out()).contains("\"deadAgain\":{\"CLIENT_DEPROVISIONED\":20}");
      assertThat(scenario.deadLetters().byReason()).isEqualTo(Map.of("CLIENT_DEPROVISIONED", 20L));
      dlq.run("discard", "--client", client, "--because", "gone", "--confirm", "20")
          .expect(ExitCode.DONE);
      assertThat(scenario.deadLetters().total()).isZero();
    }
  }

  /** Sends while the client is pending, and provisions it. */
  private void pendingLetters(String client, int count) {
    for (int i = 0; i < count; i++) {
      scenario.sendPending(client);
    }
    scenario.awaitAccounted();
    if (!client.startsWith("gone")) {
      String _ = scenario.provision(client);
    }
  }

  private static void send(
      KafkaProducer<byte[], byte[]> producer, ProducerRecord<byte[], byte[]> record)
      throws ExecutionException, InterruptedException {
    var _ = producer.send(record).get();
  }
}
