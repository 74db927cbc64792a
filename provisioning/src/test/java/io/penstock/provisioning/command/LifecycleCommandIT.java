package io.penstock.provisioning.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.core.cli.Commands;
import io.penstock.core.cli.ExitCode;
import io.penstock.core.config.KafkaConfig;
import io.penstock.provisioning.Eventually;
import io.penstock.provisioning.Metadata;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.client.CreateOutcome;
import io.penstock.testkit.CommandResult;
import io.penstock.testkit.SharedStack;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client's life by commands, as an operator types them. */
class LifecycleCommandIT {
  private final Metadata metadata = Metadata.shared();
  private final Map<String, String> properties = new TreeMap<>(SharedStack.start());

  @TempDir Path folder;

  @Test
  void clientLivesAndEnds() throws Exception {
    properties.put("penstock.topic.events", "life_events");
    properties.put("penstock.topic.dead.letters", "life_dead");
    done("setup");
    done("clients", "create", "--name", "Life", "--max-events-per-minute", "600");
    assertThat(done("clients", "provision", "--client", "life").out())
        .contains("1 provisioned, 0 unchanged, 0 failed");

    metadata.executeClickHouse(
        "INSERT INTO client_life.events_base (event_id, event_time, received_at) VALUES (generateUUIDv4(), now64(3) - toIntervalDay(40), now64(3))");
    CommandResult forecast = run("clients", "set", "life", "--retention-days", "30");
    assertThat(forecast.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(forecast.out()).contains("month    events that would be deleted");
    assertThat(forecast.err())
        .contains("Nothing was changed: this deletes 1 events of life for good", "--confirm life");
    assertThat(
            done("clients", "set", "life", "--retention-days", "30", "--retention-from", "arrival")
                .out())
        .contains("life: retention_days = 30, retention_from = arrival; ");
    assertThat(
            done("clients", "set", "life", "--retention-from", "event_time", "--confirm", "life")
                .out())
        .contains("life: retention_from = event_time; ");
    assertThat(
            done("clients", "suspend", "life", "--reason", "unpaid", "--actor", "Zoe, billing")
                .out())
        .contains("life: suspended; ");
    assertThat(done("clients", "suspend", "life").out())
        .contains("life: unchanged, is suspended already; ");
    assertThat(done("clients", "resume", "life").out())
        .contains("life: was suspended, is active; ");
    assertThat(done("keys", "rotate", "life", "--label", "2nd", "--overlap", "1d").out())
        .containsPattern("API key: +pk_\\w{49}\\n")
        .contains("Other keys that end now or soon: 1");
    assertThat(done("keys", "list", "life", "--output", "json").lastLine())
        .contains("\"state\":\"valid\",\"label\":\"2nd\"");
    assertThat(done("clients", "access", "life").out())
        .contains("Skipped: this ClickHouse has no SQL access management");

    // ClickHouse deletes the event whose time is over when it gets round to it.
    assertThat(done("clients", "deprovision", "life", "--dry-run").out())
        .contains("nothing was changed", "2 to be revoked")
        .containsPattern("client_life on default, [01] events");
    assertThat(done("clients", "deprovision", "life", "--confirm", "life", "--after", "7d").out())
        .contains("until then: ./penstock clients resume life");
    assertThat(done("clients", "show", "life").out())
        .containsPattern("job: +deprovision at grace, open, by .*, updated 20");
    assertThat(done("clients", "jobs", "life").out())
        .containsPattern("life +deprovision +grace +open ")
        .doesNotContain("activate");
    assertThat(done("clients", "deprovision", "life", "--confirm", "life", "--after", "0s").out())
        .contains("life is deprovisioned:", "keys:         2 revoked", "dead letters: kept: 0");
    assertThat(done("clients", "show", "life").out())
        .contains("status:         deprovisioned")
        .doesNotContain("job:");
    assertThat(done("clients", "jobs", "life", "--output", "json").lastLine())
        .isEqualTo("{\"jobs\":[]}");
    assertThat(done("clients", "jobs", "life", "--all").out())
        .containsPattern("life +deprovision +close +done .*keysRevoked 2")
        .containsPattern("life +provision +activate +done +migrations \\d");
    assertThat(done("clients", "history", "life").out())
        .contains(
            "client.created",
            "    retention_days: 365 -> 30",
            "Zoe, billing  client.suspended: unpaid",
            "    status: deprovisioning -> deprovisioned");
  }

  @Test
  void changesThatNotAllRoutersConfirmSayWhoHasNotAndEndWithThree() throws Exception {
    KafkaConfig kafka = metadata.kafka("deaf");
    properties.put("penstock.router.application.id", "deaf-routers");
    CreateOutcome.Created client;
    try (ProvisioningApp app = metadata.app()) {
      client = metadata.activeClient(app, "leaked");
    }
    Map<String, Object> member = kafka.clientProperties();
    member.put(ConsumerConfig.GROUP_ID_CONFIG, "deaf-routers");
    member.put(ConsumerConfig.CLIENT_ID_CONFIG, "deaf-routers-1-StreamThread-1-consumer");
    try (KafkaConsumer<byte[], byte[]> deaf =
        new KafkaConsumer<>(member, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      deaf.subscribe(List.of(kafka.eventsTopic()));
      Eventually.await(
          "the member",
          () -> {
            var _ = deaf.poll(Duration.ofMillis(100));
            return !deaf.assignment().isEmpty();
          });

      CommandResult revoked =
          run(
              "keys",
              "revoke",
              "leaked",
              client.apiKeyHash().toHex().substring(0, 8),
              "--immediately",
              "--output",
              "json");

      assertThat(revoked.exitCode()).as(revoked.err()).isEqualTo(ExitCode.PARTLY);
      assertThat(revoked.lastLine())
          .contains(
              "\"changed\":true",
              "\"routersTold\":0",
              "\"unconfirmed\":[{\"router\":\"deaf-routers-1\",\"host\":\"",
              "\"knownBy\":\"",
              "\"warning\":\"0 of 1 routers know; not confirmed by deaf-routers-1 on ");
    }
    properties.put("penstock.kafka.bootstrap.servers", "127.0.0.1:1");
    properties.put("penstock.kafka.property.default.api.timeout.ms", "1000");
    properties.put("penstock.kafka.property.request.timeout.ms", "1000");

    CommandResult suspended = run("clients", "suspend", "leaked");

    assertThat(suspended.exitCode()).as(suspended.err()).isEqualTo(ExitCode.PARTLY);
    assertThat(suspended.out())
        .contains(
            "leaked: suspended; no router confirmed; which routers run is unknown (group deaf-routers): Kafka at 127.0.0.1:1 does not tell: ");
  }

  @Test
  void manyClientsAreCreatedFromAFileAndRepeatingCreatesNoneTwice() throws Exception {
    Path csv = folder.resolve("clients.csv");
    Files.writeString(
        csv,
        "name,id,retention_days,max_events_per_minute,expires\n\"Bulk, One\",bulk-1,30,,\nBulk Two,,,1000,90d\n");

    CommandResult first = done("clients", "create", "--from", csv.toString());
    CommandResult second = done("clients", "create", "--from", csv.toString());

    assertThat(first.out().lines()).hasSize(2);
    assertThat(first.out()).contains("\"clientId\":\"bulk-1\"", "\"clientId\":\"bulk-two\"");
    assertThat(first.err()).contains("2 created, 0 there already, 0 failed");
    assertThat(second.err()).contains("0 created, 2 there already, 0 failed");
    assertThat(
            metadata.ask("SELECT max_events_per_minute FROM clients WHERE client_id = 'bulk-two'"))
        .containsExactly("1000");

    Path ndjson = folder.resolve("clients.ndjson");
    Files.writeString(
        ndjson, "{\"name\":\"Bulk Three\"}\n{\"name\":\"Other\",\"id\":\"bulk-1\"}\n");
    CommandResult partly = run("clients", "create", "--from", ndjson.toString());
    assertThat(partly.exitCode()).isEqualTo(ExitCode.PARTLY);
    assertThat(partly.err()).contains("line 2: Another client has", "1 created");
  }

  @Test
  void fileWithMistakesCreatesNothingAndTellsOfAll() throws Exception {
    Path csv = folder.resolve("wrong.csv");
    Files.writeString(
        csv,
        "name,retention_days\nFine One,30\nx; DROP DATABASE y,30\nShort,0\nFine One,abc\nFine One,7\n");

    CommandResult run = run("clients", "create", "--from", csv.toString());

    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err())
        .contains(
            "nothing was created",
            "line 3: The name \"x; DROP DATABASE y\" is not",
            "line 4: The retention of 0 days",
            "line 5: retention_days \"abc\" is not a whole number",
            "lines 5, 6: The name \"Fine One\" is that of line 2, too.")
        .doesNotContain("The id fine-one");
    assertThat(metadata.ask("SELECT 1 FROM clients WHERE name = 'Fine One'")).isEmpty();
    Files.writeString(csv, "nam\nx\n");
    assertThat(run("clients", "create", "--from", csv.toString()).err())
        .contains("line 1: unknown fields [nam]; there are [database, expires, id,");
    Files.writeString(
        csv,
        "name,target,expires\nA,no-such-target,soon\nB,no-such-target,\nC\nD,default,99999d\n\"E\"x,,\nF,,\"\n");
    CommandResult many = run("clients", "create", "--from", csv.toString(), "--output", "json");
    assertThat(many.err())
        .contains(
            "  - line 4: 1 fields, the header has 3",
            "  - line 6: a quote is not closed, or text follows a closing one; no more is read",
            "  - line 2: expires \"soon\" is not a duration such as",
            "  - line 5: expires \"99999d\" is longer than 36500d",
            "  - lines 2, 3: there is no ClickHouse target \"no-such-target\"");
    assertThat(many.out()).hasLineCount(1).contains("\"error\":{\"code\":\"usage\"");
  }

  @Test
  void watchProvisionsWhatIsCreatedMeanwhileAndSaysHowItIs() throws Exception {
    properties.put("penstock.http.port", "0");
    properties.put("PENSTOCK_LOG_FORMAT", "json");
    Process watch =
        CommandProcess.start(Metadata.HOME, properties, "clients", "provision", "--watch");
    try (var err = watch.errorReader()) {
      String line = err.readLine();
      while (line != null && !line.contains("\"message\":\"Waiting for pending clients")) {
        line = err.readLine();
      }
      assertThat(line).isNotNull();
      String port = line.replaceFirst(".*port (\\d+)\\..*", "$1");
      metadata.execute(
          "INSERT INTO clients (client_id, name, ch_database_name) VALUES ('watched-for', 'Watched for', 'watched_for')");

      Eventually.await("the client is active", () -> status("watched-for").equals("active"));
      // Other tests may have left pending clients, which are provisioned as well.
      String told = err.readLine();
      while (told != null && !told.contains("watched-for")) {
        told = err.readLine();
      }
      assertThat(new ObjectMapper().readTree(told).get("message").asText())
          .startsWith("watched-for: active");
      assertThat(get(port, "/health/ready").statusCode()).isEqualTo(200);
      Eventually.await(
          "it is counted",
          () ->
              get(port, "/metrics")
                  .body()
                  .contains("penstock_provisioned_clients_total{outcome=\"done\"}"));
    } finally {
      watch.destroy();
      assertThat(watch.waitFor()).isNotNegative();
    }
  }

  @Test
  void wrongRequestsSayHowToMendThem() {
    usage("repeat its id with --confirm life", "clients", "deprovision", "life");
    usage("repeat its id", "clients", "deprovision", "life", "--confirm", "live");
    usage("Name one client, or say --due", "clients", "deprovision");
    usage("Say what to change", "clients", "set", "life");
    usage("is not a positive whole number", "clients", "set", "x", "--max-events-per-minute", "-3");
    usage("Give either --name, or --from", "clients", "create");
    usage("does not end in .csv", "clients", "create", "--from", folder.toString());
    usage("--overlap \"soon\" is not a duration", "keys", "rotate", "x", "--overlap", "soon");
    failed("there is no client \"nobody\"", "clients", "suspend", "nobody");
    failed("there is no client \"nobody\"", "clients", "history", "nobody");
    failed("there is no client \"nobody\"", "clients", "jobs", "nobody");
    usage("--limit 0 is not positive", "clients", "jobs", "--limit", "0");
    failed("named by the first digits", "keys", "revoke", "nobody", "zz");
  }

  private String status(String client) {
    try {
      List<String> status = metadata.ask("SELECT status FROM clients WHERE client_id = ?", client);
      return status.isEmpty() ? "" : status.getFirst();
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  private static HttpResponse<String> get(String port, String path) {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
          HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException failed) {
      throw new AssertionError(failed);
    }
  }

  private CommandResult done(String... arguments) {
    CommandResult run = run(arguments);
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.DONE);
    return run;
  }

  /** Told before anything is configured. */
  private static void usage(String message, String... arguments) {
    CommandResult run = CommandResult.of(Commands.commandLine(ProvisioningMain.class), arguments);
    assertThat(run.err()).contains(message).doesNotContain("\tat ");
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
  }

  private void failed(String message, String... arguments) {
    CommandResult run = run(arguments);
    assertThat(run.err()).contains(message).doesNotContain("\tat ");
    assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
  }

  private CommandResult run(String... arguments) {
    return CommandProcess.inThisJvm(Metadata.HOME, properties, arguments);
  }
}
