package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.ExitCode;
import io.penstock.provisioning.client.DeprovisionReport;
import io.penstock.provisioning.client.DeprovisionRequest;
import io.penstock.provisioning.target.Export;
import io.penstock.testkit.CommandResult;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code ./penstock trace} tells of events whose story the test knows. */
class TraceIT {
  private static final String WANTED = "because nobody wants it";

  private final Scenario scenario = Scenario.onSharedStack();
  private final Dlq dlq = new Dlq(scenario);

  @AfterEach
  void close() {
    scenario.close();
  }

  /** Traces, and expects this verdict. */
  private CommandResult trace(String verdict, int exitCode, String... arguments) {
    return trace(dlq, verdict, exitCode, arguments);
  }

  private static CommandResult trace(Dlq dlq, String verdict, int exitCode, String... arguments) {
    List<String> all = new ArrayList<>(List.of("trace", "--output", "json"));
    all.addAll(List.of(arguments));
    CommandResult run = dlq.run(all.toArray(String[]::new)).expect(exitCode);
    assertThat(run.lastLine()).contains("\"verdict\":\"" + verdict + "\"");
    return run;
  }

  private String good(String client) {
    String id = UUID.randomUUID().toString();
    scenario.sendGood(client, "\"event_id\":\"" + id + "\",\"secret_sauce\":1");
    return id;
  }

  /** Where a row's record stands. */
  private String placeOf(String client, String id) {
    return scenario
        .sql(
            "SELECT concat(source_topic, '-', toString(source_partition), '-', toString(source_offset)) FROM %s.events WHERE event_id = '%s'"
                .formatted(Scenario.database(client), id))
        .strip();
  }

  private String onlyOrigin() {
    return scenario.deadLetters().byOrigin().keySet().iterator().next();
  }

  @Test
  void whatIsStoredIsFoundByItsIdAndByItsPlace() {
    List<String> clients = scenario.activeClients(2);
    String client = clients.getFirst();
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      String id = good(client);
      scenario.settle();
      Scenario.await(
          () -> dlq.run("trace", id, "--client", client).out().contains("was completed by router"));

      for (String[] arguments :
          new String[][] {{id}, {id, "--client", client}, {placeOf(client, id)}}) {
        CommandResult run = trace("stored", ExitCode.DONE, arguments);
        assertThat(run.out())
            .contains(client, id, "the broker took", "was completed by router", "\"unanswered\":[]")
            .doesNotContain("secret_sauce", scenario.keyHash(client));
      }
      assertThat(trace("stored", ExitCode.DONE, id, "--payload").out())
          .contains("secret_sauce")
          .doesNotContain(scenario.keyHash(client));
      assertThat(dlq.run("trace", placeOf(client, id)).expect(ExitCode.DONE).out())
          .contains("the broker took", "Stored: a row of client " + client);
      trace("never-seen", ExitCode.FAILED, UUID.randomUUID().toString());
      trace(
          "never-seen",
          ExitCode.FAILED,
          placeOf(client, id).replaceFirst("\\d+$", "100000"),
          "--client",
          client);
    }
  }

  @Test
  void aLettersStoryIsToldFromItsRefusalToItsRow() {
    String client = scenario.create("late");
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      String id = UUID.randomUUID().toString();
      scenario.sendDead(
          "CLIENT_PENDING",
          scenario.event(client, scenario.keyHash(client), "\"event_id\":\"" + id + "\""));
      scenario.awaitAccounted();
      String origin = onlyOrigin();

      for (String asked : List.of(id, origin)) {
        assertThat(trace("dead-letter", ExitCode.DONE, asked).out())
            .contains("CLIENT_PENDING", "attempt 1", client);
      }

      String _ = scenario.provision(client);
      dlq.run("replay", "--client", client, "--actor", "anna").expect(ExitCode.DONE);
      scenario.healed("CLIENT_PENDING", client, 1);
      scenario.settle();

      for (String asked : List.of(id, origin)) {
        assertThat(trace("stored", ExitCode.DONE, asked).out())
            .contains(
                "the broker took", "it was replayed as", "dead-letters.replay-started by anna");
      }
      assertThat(trace("stored", ExitCode.DONE, placeOf(client, id)).out())
          .contains("it is a replay (", "\"origin\":\"" + origin + "\"");
    }
  }

  @Test
  void whoDiscardedALetterIsTold() {
    String client = scenario.activeClient("unwanted");
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      scenario.sendWrongKey(client);
      scenario.awaitAccounted();
      String origin = onlyOrigin();
      dlq.run(
              "discard",
              "--client",
              client,
              "--because",
              WANTED,
              "--confirm",
              "1",
              "--actor",
              "bert")
          .expect(ExitCode.DONE);

      assertThat(trace("discarded", ExitCode.DONE, origin).out())
          .contains("Discarded by bert on", "because: " + WANTED);
    }
  }

  @Test
  void whatNoRouterHasReadIsInFlightAndThenLost() throws Exception {
    String client = scenario.activeClient("unread");
    String id = good(client);
    scenario.flush();
    String out = trace("in-flight", ExitCode.DONE, id).out();
    String place = out.replaceFirst("(?s).*It stands at (\\S+);.*", "$1");
    trace("in-flight", ExitCode.DONE, place, "--client", client);

    try (Admin admin = Admin.create(scenario.config.kafka().clientProperties())) {
      String[] parts = place.split("-", -1);
      var partition =
          new TopicPartition(
              scenario.config.kafka().eventsTopic(), Integer.parseInt(parts[parts.length - 2]));
      var _ =
          admin
              .deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(-1)))
              .all()
              .get(30, TimeUnit.SECONDS);
    }
    assertThat(trace("lost", ExitCode.DONE, place).out()).contains("expired before");
  }

  @Test
  void rowsThatWentWithTheirClientAreSaidToBeDeleted(@TempDir Path folder) throws Exception {
    String client = scenario.activeClient("leaving");
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      String id = good(client);
      scenario.awaitAccounted();
      String place = placeOf(client, id);
      DeprovisionReport report =
          scenario
              .provisioning
              .deprovisioner()
              .run(
                  new DeprovisionRequest(
                      client, null, Duration.ofSeconds(60), folder, Export.Format.NATIVE, false),
                  line -> {});
      assertThat(report.state()).isEqualTo(DeprovisionReport.State.DEPROVISIONED);

      assertThat(trace("deleted", ExitCode.DONE, place).out())
          .contains("Deleted with its client " + client + " by test on");
    }
  }

  @Test
  void whoDoesNotAnswerMakesTheAnswerWeakerAndNotWrong() {
    String client = scenario.activeClient("dark");
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      String id = good(client);
      scenario.sendWrongKey(client);
      scenario.settle();
      String place = placeOf(client, id);
      Dlq blind = with("penstock.clickhouse.url", "http://127.0.0.1:1");
      assertThat(trace(blind, "not-known", ExitCode.PARTLY, place).out())
          .contains("were not asked", "http://127.0.0.1:1");
      trace(blind, "dead-letter", ExitCode.PARTLY, onlyOrigin());

      Dlq deaf = with("penstock.kafka.bootstrap.servers", "127.0.0.1:1");
      assertThat(trace(deaf, "stored", ExitCode.PARTLY, id, "--client", client).out())
          .contains("Kafka at 127.0.0.1:1 was not asked");
    }
  }

  private Dlq with(String name, String value) {
    Map<String, String> other = new HashMap<>(scenario.properties);
    other.put(name, value);
    other.put("penstock.command.timeout", "3s");
    return new Dlq(other);
  }

  @Test
  void wrongUseSaysWhatIsRight() {
    assertThat(dlq.run("trace", "order-17-").expect(ExitCode.USAGE).err())
        .contains("neither an event's id (a UUID) nor a place", "TOPIC-PARTITION-OFFSET");
    assertThat(dlq.run("trace", "other-0-1").expect(ExitCode.USAGE).err())
        .contains("\"other\" is not the events topic");
    assertThat(
            dlq.run("trace", UUID.randomUUID().toString(), "--client", "nobody")
                .expect(ExitCode.USAGE)
                .err())
        .contains("there is no client \"nobody\"");
    dlq.run("trace").expect(ExitCode.USAGE);
  }
}
