package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.ExitCode;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.ConfigSource;
import io.penstock.core.metrics.Meters;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.command.ProvisioningMain;
import io.penstock.provisioning.state.StateWatch;
import io.penstock.testkit.CommandResult;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code ./penstock account}: what is missing is found and named. */
class AccountIT {
  private final Scenario scenario = Scenario.onSharedStack();

  @AfterEach
  void close() {
    scenario.close();
  }

  private CommandResult account(String... options) {
    List<String> command = new ArrayList<>(List.of("account"));
    command.addAll(List.of(options));
    return CommandResult.of(
        ProvisioningMain.commandLine(CommandResult.environment(scenario.properties)),
        command.toArray(String[]::new));
  }

  private String ledger() {
    return scenario.config.ledgerDatabase() + ".ledger";
  }

  private String ofThisTopic() {
    return "topic = '" + scenario.config.kafka().eventsTopic() + "'";
  }

  /** Several blocks: each settles before the next is sent. */
  private void sendBlocks(String client, int blocks) {
    for (int block = 0; block < blocks; block++) {
      for (int i = 0; i < 20; i++) {
        scenario.sendGood(client);
      }
      scenario.sendDead("MALFORMED_JSON", "{");
      scenario.settle();
    }
  }

  @Test
  void allIsAccountedFor() {
    String client = scenario.activeClient("whole");
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      sendBlocks(client, 3);

      CommandResult text = account("--client", client);
      CommandResult json = account("--output", "json", "--client", client);

      assertThat(text.exitCode()).as(text.toString()).isEqualTo(ExitCode.DONE);
      assertThat(text.out()).contains("unaccounted: 0; lost: 0; in flight: 0");
      assertThat(json.lastLine())
          .contains(
              "\"unaccounted\":0,\"lost\":0",
              "{\"what\":\"stored\",\"detail\":\"events_base\",\"count\":60}");
    }
  }

  /** A range that no entry has is named, with where it is. */
  @Test
  void anEntryThatIsMissingIsNamed() {
    String client = scenario.activeClient("hole");
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      sendBlocks(client, 3);
      assertThat(account().exitCode()).isEqualTo(ExitCode.DONE);
    }
    String[] middle =
        scenario
            .sql(
                "SELECT partition, start_offset, end_offset FROM (SELECT *, row_number() OVER (PARTITION BY partition ORDER BY start_offset) AS n, count() OVER (PARTITION BY partition) AS all FROM %s FINAL WHERE %s) WHERE n > 1 AND n < all ORDER BY partition, start_offset LIMIT 1"
                    .formatted(ledger(), ofThisTopic()))
            .strip()
            .split("\t", -1);
    scenario.sql(
        "ALTER TABLE %s DELETE WHERE %s AND partition = %s AND start_offset = %s SETTINGS mutations_sync = 1"
            .formatted(ledger(), ofThisTopic(), middle[0], middle[1]));

    CommandResult found = account();

    long missing = Long.parseLong(middle[2]) - Long.parseLong(middle[1]);
    assertThat(found.exitCode()).as(found.toString()).isEqualTo(ExitCode.FAILED);
    assertThat(found.out())
        .contains(
            "%s-%s %s to %s: no entry"
                .formatted(scenario.config.kafka().eventsTopic(), middle[0], middle[1], middle[2]),
            "unaccounted: %d; lost: 0".formatted(missing));
  }

  @Test
  void theLastEntryMayBeMissingToo() {
    String client = scenario.activeClient("tail");
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      sendBlocks(client, 2);
      assertThat(account().exitCode()).isEqualTo(ExitCode.DONE);
    }
    scenario.sql(
        "ALTER TABLE %s DELETE WHERE (topic_id, partition, start_offset) IN (SELECT topic_id, partition, max(start_offset) FROM %s WHERE %s GROUP BY topic_id, partition HAVING count() > 1) SETTINGS mutations_sync = 1"
            .formatted(ledger(), ledger(), ofThisTopic()));

    CommandResult found = account();

    assertThat(found.exitCode()).as(found.toString()).isEqualTo(ExitCode.FAILED);
    assertThat(found.out()).contains("committed, and no entry");
    assertThat(unaccountedOfTheLastDay()).isEqualTo(unaccounted(found));
  }

  private static double unaccounted(CommandResult found) {
    return Double.parseDouble(found.out().replaceAll("(?s).*unaccounted: ([0-9,]+);.*", "$1"));
  }

  /** As {@code clients provision --watch} tells it. */
  private double unaccountedOfTheLastDay() {
    Meters meters = new Meters();
    ProvisioningApp.Config config =
        ConfigReader.load(
                ConfigSource.fromEnvironment(CommandResult.environment(scenario.properties)),
                ProvisioningApp.Config::from)
            .config();
    try (ProvisioningApp app = new ProvisioningApp(config, "test");
        StateWatch watch = app.stateWatch(meters)) {
      Scenario.await(() -> !watch.problems().isEmpty());
      return meters.registry().get("penstock_unaccounted_offsets").gauge().value();
    }
  }

  @Test
  void whatIsInFlightIsNoHole() {
    String client = scenario.activeClient("flight");
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      sendBlocks(client, 1);
      assertThat(account().exitCode()).isEqualTo(ExitCode.DONE);
    }
    for (int i = 0; i < 7; i++) {
      scenario.sendGood(client);
    }
    scenario.flush();

    CommandResult found = account();

    assertThat(found.exitCode()).as(found.toString()).isEqualTo(ExitCode.DONE);
    assertThat(found.out()).contains("unaccounted: 0; lost: 0; in flight: 7");
  }

  /** Whoever changes clients' tables behind the ledger's back is found out, row by row. */
  @Test
  void rowsThatAreNotAsTheLedgerSaysAreNamed() {
    List<String> clients = scenario.activeClients(3);
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      for (int block = 0; block < 4; block++) {
        for (int i = 0; i < 40; i++) {
          scenario.sendGood(clients.get(i % 3));
        }
        scenario.settle();
      }
      CommandResult whole = account("--deep");
      assertThat(whole.exitCode()).as(whole.toString()).isEqualTo(ExitCode.DONE);
      assertThat(whole.out())
          .contains("rows compared: 160; not as the ledger says: 0", "unaccounted: 0; lost: 0");
    }
    String first = table(clients.get(0));
    String second = table(clients.get(1));
    String third = table(clients.get(2));
    String deleted = anyRow(first, 3);
    String astray = anyRow(second, 2);
    String twice = anyRow(third, 1);
    scenario.sql("INSERT INTO %s SELECT * FROM %s WHERE %s".formatted(first, second, astray));
    scenario.sql("INSERT INTO %s SELECT * FROM %s WHERE %s".formatted(third, third, twice));
    delete(first, deleted);
    delete(second, astray);

    CommandResult found = account("--deep");

    String topic = scenario.config.kafka().eventsTopic();
    assertThat(found.exitCode()).as(found.toString()).isEqualTo(ExitCode.FAILED);
    assertThat(found.out())
        .contains(
            "%s, client %s: missing: the ledger says that it is stored"
                .formatted(name(topic, deleted), clients.get(0)),
            "%s, client %s: astray: its row stands in the table of client %s"
                .formatted(name(topic, astray), clients.get(1), clients.get(0)),
            "%s, client %s: twice: its row is there twice"
                .formatted(name(topic, twice), clients.get(2)),
            "not as the ledger says: 3");
    CommandResult json = account("--deep", "--output", "json");
    assertThat(json.lastLine()).contains("\"kind\":\"astray\"", "\"kind\":\"twice\"");
  }

  /** Two records of one event are one row in the end: nothing is missing. */
  @Test
  void anEventThatCameTwiceIsNotMissing() {
    String client = scenario.activeClient("same");
    String event =
        scenario.event(
            client,
            scenario.keyHash(client),
            "\"event_id\":\"0d9b3c0e-6a51-4a4c-9f1e-1f8a52a7a001\",\"event_time\":\"2026-11-01T00:00:00Z\"");
    try (EmbeddedRouter _ = new EmbeddedRouter(scenario.properties).awaitReady()) {
      for (int records = 1; records <= 2; records++) {
        scenario.sendGoodRaw(client, event);
        scenario.flush();
        String stored = Integer.toString(records);
        Scenario.await(() ->
            scenario
                .sql("SELECT sum(stored) FROM %s FINAL WHERE %s".formatted(ledger(), ofThisTopic()))
                .strip()
                .equals(stored));
      }
      scenario.sql("OPTIMIZE TABLE " + table(client) + " FINAL");

      CommandResult found = account("--deep");

      assertThat(found.exitCode()).as(found.toString()).isEqualTo(ExitCode.DONE);
      assertThat(found.out())
          .contains(
              "replaced: another row of the same event has taken its place", "ledger says: 0;");
    }
  }

  private static String table(String client) {
    return Scenario.database(client) + ".events_base";
  }

  /** A condition that one row of a table satisfies: the nth by its place. */
  private String anyRow(String table, int number) {
    String[] place =
        scenario
            .sql(
                "SELECT source_partition, source_offset FROM %s ORDER BY ALL LIMIT 1 OFFSET %d"
                    .formatted(table, number))
            .strip()
            .split("\t", -1);
    return "source_partition = %s AND source_offset = %s".formatted(place[0], place[1]);
  }

  /** {@code topic-partition-offset} of such a condition. */
  private static String name(String topic, String row) {
    return topic
        + "-"
        + row.replace("source_partition = ", "").replace(" AND source_offset = ", "-");
  }

  private void delete(String table, String row) {
    scenario.sql(
        "ALTER TABLE %s DELETE WHERE %s SETTINGS mutations_sync = 1".formatted(table, row));
  }

  @Test
  void wrongUseIsToldWithWhatIsRight() {
    assertThat(account("--since", "yesterday").err()).contains("2026-11-27T10:00:00Z");
    assertThat(
            account("--since", "2026-11-27T10:00:00Z", "--until", "2026-11-26T10:00:00Z")
                .exitCode())
        .isEqualTo(ExitCode.USAGE);
    scenario.properties.put("penstock.ledger", "off");
    assertThat(account().err()).contains("penstock.ledger");
  }
}
