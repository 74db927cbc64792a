package io.penstock.provisioning.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.ExitCode;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.ConfigSource;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.kafka.CommandClients;
import io.penstock.provisioning.Metadata;
import io.penstock.testkit.CommandResult;
import io.penstock.testkit.SharedStack;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;

/** The commands, configured by their environment as operators do it; some as processes. */
class CommandLineIT {
  private final Map<String, String> properties = new TreeMap<>(SharedStack.start());

  @Test
  void setupCreatesTopicsAndSchemaAndCanBeRepeated() {
    properties.put("penstock.topic.events", "cli_events");
    properties.put("penstock.topic.dead.letters", "cli_dead");

    CommandResult first = run("setup");
    CommandResult second = run("setup", "--output", "json");

    assertThat(first).isEqualTo(new CommandResult(ExitCode.DONE, first.out(), first.err()));
    assertThat(first.out())
        .contains(
            "topic cli_events: created",
            "topic cli_dead: created",
            "metadata schema: version " + Metadata.NEWEST);
    assertThat(second.lastLine())
        .isEqualTo(
            "{\"topics\":[{\"topic\":\"cli_events\",\"state\":\"present\",\"differences\":[]},"
                + "{\"topic\":\"cli_dead\",\"state\":\"present\",\"differences\":[]}],"
                + "\"schemaVersion\":\""
                + Metadata.NEWEST
                + "\",\"migrationsApplied\":0,\"redisSigned\":true}");
  }

  @Test
  void setupMakesTheLedgersTopicAndTableAndCanBeRepeated() {
    properties.put("penstock.topic.events", "ledger_events");
    properties.put("penstock.topic.dead.letters", "ledger_dead");
    properties.put("penstock.topic.ledger", "ledger_ledger");
    properties.put("penstock.ledger", "on");
    properties.put("penstock.ledger.database", "ledger_of_setup");

    assertThat(run("setup", "--fix").out())
        .contains("topic ledger_ledger: missing", "ledger ledger_of_setup.ledger: missing");
    assertThat(run("setup").out())
        .contains("topic ledger_ledger: created", "ledger ledger_of_setup.ledger: created");
    assertThat(run("setup", "--output", "json").lastLine())
        .contains("\"ledger\":{\"table\":\"ledger_of_setup.ledger\",\"state\":\"present\"}");
  }

  @Test
  void setupMakesNoLedgerInAClientsDatabase() {
    properties.put("penstock.topic.events", "taken_events");
    properties.put("penstock.topic.dead.letters", "taken_dead");
    properties.put("penstock.topic.ledger", "taken_ledger");
    properties.put("penstock.ledger", "on");
    properties.put("penstock.ledger.database", "taken_by_a_client");
    assertThat(
            run(
                    "clients",
                    "create",
                    "--name",
                    "Takes it",
                    "--id",
                    "takes-it",
                    "--database",
                    "taken_by_a_client")
                .exitCode())
        .isEqualTo(ExitCode.DONE);

    CommandResult run = run("setup");

    assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(run.err())
        .contains("penstock.ledger.database is taken_by_a_client, the database of client takes-it");
  }

  /** What stands already stays, and the message says what is missing. */
  @Test
  void setupSaysThatTheLedgersTableIsNotThere() {
    properties.put("penstock.topic.events", "noledger_events");
    properties.put("penstock.topic.dead.letters", "noledger_dead");
    properties.put("penstock.topic.ledger", "noledger_ledger");
    properties.put("penstock.ledger", "on");
    properties.put("penstock.clickhouse.url", "http://127.0.0.1:1");

    CommandResult run = run("setup");

    assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(run.err())
        .contains(
            "Topics and metadata schema are there, but the ledger's table is not", "127.0.0.1:1");
  }

  @Test
  void setupSaysHowAPresentTopicDiffers() {
    properties.put("penstock.topic.events", "differing_events");
    properties.put("penstock.topic.dead.letters", "differing_dead");
    run("setup");
    properties.put("penstock.topic.events.partitions", "9");
    properties.remove("penstock.redis.signing.secret");

    CommandResult run = run("setup");

    assertThat(run.exitCode()).isEqualTo(ExitCode.DONE);
    assertThat(run.out())
        .contains("topic differing_events: present", "note: has 6 partitions, not 9")
        .contains("note: penstock.redis.signing.secret is not set");
  }

  @Test
  void setupMendsWhatDoctorFindsOfTopics() throws Exception {
    properties.put("penstock.topic.events", "wrong_events");
    properties.put("penstock.topic.dead.letters", "wrong_dead");
    KafkaConfig kafka = ConfigReader.load(ConfigSource.of(properties), KafkaConfig::from).config();
    try (Admin admin = CommandClients.admin(kafka)) {
      Map<String, String> wrong =
          Map.of(
              "cleanup.policy", "compact",
              "message.timestamp.type", "CreateTime");
      admin
          .createTopics(
              List.of(
                  new NewTopic("wrong_events", 4, (short) 1).configs(wrong),
                  new NewTopic("wrong_dead", 6, (short) 1)))
          .all()
          .get();
    }

    assertThat(run("setup").out()).contains("  -> ./penstock setup --fix");
    CommandResult forecast = run("setup", "--fix");
    assertThat(forecast.exitCode()).as(forecast.err()).isEqualTo(ExitCode.DONE);
    assertThat(forecast.out())
        .contains(
            "topic wrong_events: present",
            "  would change cleanup.policy: compact -> delete",
            "  would change message.timestamp.type: CreateTime -> LogAppendTime",
            "topic wrong_dead: present",
            "  would change cleanup.policy: delete -> compact",
            "  would change max.message.bytes: 1048588 -> 1310720",
            "Nothing was changed: --confirm does it.");
    assertThat(run("setup", "--fix", "--output", "json").lastLine())
        .contains("\"dryRun\":true", "\"setting\":\"cleanup.policy\"");

    CommandResult fixed = run("setup", "--fix", "--confirm");
    assertThat(fixed.exitCode()).as(fixed.err()).isEqualTo(ExitCode.DONE);
    assertThat(fixed.out()).contains("  changed cleanup.policy: compact -> delete");
    assertThat(run("setup", "--fix").out()).doesNotContain("would change");
    CommandResult doctor = run("doctor", "--only", "kafka");
    assertThat(doctor.out()).contains("0 errors, 0 warnings");
    assertUsage("--confirm is for --fix", "setup", "--confirm");
  }

  @Test
  void clientIsCreatedProvisionedListedAndShown() {
    Metadata.shared();
    CommandResult created =
        process(
            "clients",
            "create",
            "--name",
            "CLI & Sons",
            "--retention-days",
            "30",
            "--expires",
            "90d",
            "--output",
            "json");
    assertThat(created.exitCode()).as(created.err()).isEqualTo(ExitCode.DONE);
    assertThat(created.lastLine())
        .matches(
            "\\{\"clientId\":\"cli-sons\",\"name\":\"CLI & Sons\",\"status\":\"pending\",\"database\":\"client_cli_sons\","
                + "\"target\":\"default\",\"retentionDays\":30,\"retentionFrom\":\"event_time\",\"apiKey\":\"pk_\\w{49}\",\"apiKeyHash\":\"[0-9a-f]{64}\"}");

    CommandResult provisioned =
        process("clients", "provision", "--client", "cli-sons", "--output", "json");
    assertThat(provisioned.exitCode()).as(provisioned.err()).isEqualTo(ExitCode.DONE);
    assertThat(provisioned.lastLine())
        .isEqualTo(
            "{\"provisioned\":1,\"unchanged\":0,\"failed\":0,\"failures\":[],\"notTried\":[]}");
    assertThat(provisioned.err()).contains("cli-sons: active, database client_cli_sons");
    assertThat(run("clients", "provision", "--client", "cli-sons").out())
        .contains("0 provisioned, 1 unchanged, 0 failed");

    assertThat(process("clients", "list").out())
        .containsPattern("cli-sons +CLI & Sons +active +client_cli_sons +default +30");
    assertThat(run("clients", "list", "--output", "json").lastLine())
        .contains("\"clientId\":\"cli-sons\"");
    CommandResult filtered =
        run("clients", "list", "--name", "cli & s", "--status", "active", "--no-statistics");
    assertThat(filtered.exitCode()).isEqualTo(ExitCode.DONE);
    assertThat(filtered.out()).contains("cli-sons").doesNotContain("rows/day");
    assertUsage("--status takes pending", "clients", "list", "--status", "odd");
    assertUsage("did you mean \"default\"?", "clients", "list", "--target", "defalt");
    assertThat(run("clients", "show", "cli-sons").out())
        .contains("status:         active", "events base", "client.provisioned");
    assertThat(run("clients", "show", "cli-sons", "--output", "json").lastLine())
        .contains("\"action\":\"client.provisioned\"");
  }

  @Test
  void someClientsProvisionedAndSomeNotIsPartlyDone() throws SQLException {
    Metadata metadata = Metadata.shared();
    run("clients", "create", "--name", "Well placed");
    run("clients", "create", "--name", "Misplaced");
    metadata.execute("UPDATE clients SET ch_target = 'elsewhere' WHERE client_id = 'misplaced'");
    try {
      CommandResult run = run("clients", "provision");

      assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.PARTLY);
      assertThat(run.err())
          .contains(
              "well-placed: active",
              "misplaced: FAILED, there is no ClickHouse target \"elsewhere\"");
      assertThat(run.out()).contains("1 failed");
    } finally {
      metadata.execute("UPDATE clients SET ch_target = 'default' WHERE client_id = 'misplaced'");
    }
  }

  @Test
  void keyIsPrintedOnceForPeopleToo() {
    Metadata.shared();
    CommandResult run = run("clients", "create", "--name", "Printed");

    assertThat(run.out())
        .containsPattern("API key: +pk_\\w{49}\n")
        .contains("The key is not shown again");
  }

  @Test
  void wrongRequestsAreUsageErrorsWithAMessage() {
    Metadata.shared();
    run("clients", "create", "--name", "Twice");

    assertUsage(
        "Another client is named", "clients", "create", "--name", "Twice", "--id", "twice-2");
    assertUsage(
        "The name \"x; DROP DATABASE y\" is not",
        "clients",
        "create",
        "--name",
        "x; DROP DATABASE y");
    assertUsage(
        "The id \"x; DROP DATABASE y\" is not",
        "clients",
        "create",
        "--name",
        "x",
        "--id",
        "x; DROP DATABASE y");
    assertUsage(
        "--expires \"soon\" is not a duration",
        "clients",
        "create",
        "--name",
        "x",
        "--expires",
        "soon");
    assertUsage(
        "there is no ClickHouse target \"mars\"",
        "clients",
        "create",
        "--name",
        "x",
        "--target",
        "mars");
    assertUsage("Give either --name, or --from", "clients", "create");
    assertUsage("Say which", "clients");
    assertUsage("no command \"clients lst\"; did you mean \"list\"?", "clients", "lst");
    assertUsage("no command \"targets ad\"; did you mean \"add\"?", "targets", "ad");
    assertUsage("no command \"migrate veryfy\"; did you mean \"verify\"?", "migrate", "veryfy");
    assertThat(run("clients", "show", "nobody").exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(run("clients", "provision", "--client", "nobody").exitCode())
        .isEqualTo(ExitCode.FAILED);
  }

  @Test
  void wrongConfigurationIsReportedWhole() {
    properties.put("penstock.redis.url", "http://x");
    properties.put("penstock.postgres.usr", "y");

    CommandResult run = process("clients", "list");

    assertThat(run.err()).contains("2 problems in the configuration");
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void unreachablePostgresIsAFailureWithAMessage() {
    properties.put("penstock.postgres.url", "jdbc:postgresql://127.0.0.1:1/none");
    properties.put("penstock.command.timeout", "1s");

    CommandResult list = run("clients", "list");

    assertThat(list.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(list.err())
        .contains("PostgreSQL at jdbc:postgresql://127.0.0.1:1/none")
        .doesNotContain("\tat ");
  }

  @Test
  void doctorsExitCodeTellsOfErrorsAndWarnings() {
    Metadata.shared();
    properties.put("penstock.topic.events", "page_events");
    properties.put("penstock.topic.dead.letters", "page_dead");
    properties.put("penstock.router.application.id", "page-router");
    run("setup");

    CommandResult fine = run("doctor", "--only", "kafka,postgres");
    assertThat(fine.exitCode()).as(fine.out()).isEqualTo(ExitCode.DONE);
    assertThat(fine.out())
        .containsPattern("(?m)^ok +kafka +1 broker")
        .containsPattern("(?m)^ok +postgres +\\d")
        .contains("0 errors, 0 warnings");

    properties.put("penstock.router.record.max.size", "8MiB");
    CommandResult warned = run("doctor", "--only", "kafka", "--output", "json");
    assertThat(warned.exitCode()).as(warned.out()).isEqualTo(ExitCode.PARTLY);
    assertThat(warned.lastLine())
        .startsWith("{\"level\":\"warning\",\"parts\":[{\"part\":\"kafka\"");

    properties.put("penstock.redis.url", "redis://127.0.0.1:1");
    CommandResult failed = run("doctor", "--only", "redis,penstock");
    assertThat(failed.exitCode()).as(failed.out()).isEqualTo(ExitCode.FAILED);
    assertThat(failed.out()).containsPattern("(?m)^error +redis").contains("1 error,");

    assertUsage("--only takes penstock, kafka", "doctor", "--only", "everything");
    assertUsage("--timeout \"never\" is not a time", "doctor", "--timeout", "never");
  }

  private void assertUsage(String message, String... arguments) {
    CommandResult run = run(arguments);
    assertThat(run.err()).contains(message);
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
  }

  private CommandResult run(String... arguments) {
    return CommandProcess.inThisJvm(Metadata.HOME, properties, arguments);
  }

  private CommandResult process(String... arguments) {
    return CommandProcess.run(Metadata.HOME, properties, arguments);
  }
}
