package io.penstock.provisioning.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.client.Retention;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.deadletter.OutstandingLetters;
import io.penstock.provisioning.Metadata;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.job.Effects;
import io.penstock.provisioning.job.Parallel;
import io.penstock.provisioning.schema.Migration;
import io.penstock.provisioning.target.ClickHouseServer;
import io.penstock.testkit.Counts;
import io.penstock.testkit.PenstockProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Each job is ended before each of its steps; after a second run all is as after one. */
class KillAtEveryStepIT {
  private static final Logger log = LoggerFactory.getLogger(KillAtEveryStepIT.class);
  private static final int AT_ONCE = 3;

  private final Metadata metadata = Metadata.shared();
  private final KafkaConfig kafka = metadata.kafka("killed");
  private final ProvisioningApp app =
      new ProvisioningApp(metadata.config(kafka, KilledJob.GROUP), "tester");
  private final ClientData data = new ClientData(metadata, kafka);

  @TempDir Path folder;

  @AfterEach
  void close() {
    app.close();
  }

  private record Run(int exitCode, String output) {}

  @ParameterizedTest
  @ValueSource(
      strings = {"create", "provision", "migrate", "suspend", "set", "rotate", "deprovision"})
  void jobThatEndsAtAnyStepIsCompletedByTheNextRun(String job) throws Exception {
    prepare(job, client(job, 0));
    int steps = endedAt(job, client(job, 0), 0);
    check(job, client(job, 0));
    assertThat(steps).isGreaterThanOrEqualTo(2);

    // A kill of the process for one of them at least; at the others the job dies in this JVM.
    int killed = RandomGenerator.getDefault().nextInt(1, steps + 1);
    List<Integer> each = IntStream.rangeClosed(1, steps).boxed().toList();
    var _ =
        Parallel.map(
            each, AT_ONCE, step -> endAndRunAgain(job, step, step == Counts.of(killed, step)));
    log.info("{}: ended at each of {} steps, killed at {}", job, steps, killed);
  }

  private String endAndRunAgain(String job, int step, boolean kill) {
    String client = client(job, step);
    try {
      prepare(job, client);
      if (kill) {
        Run killed = child(job, client, step);
        assertThat(killed.exitCode).as(killed.output).isEqualTo(KilledJob.DIED);
      } else {
        assertThat(endedAt(job, client, step)).isEqualTo(step);
      }
      KilledJob.run(app, job, client, folder.resolve(client));
      check(job, client);
    } catch (Exception e) {
      throw new AssertionError(client, e);
    }
    return client;
  }

  /** Ends a job in a way that it does not catch. */
  private static final class Died extends Error {
    private static final long serialVersionUID = 1;
  }

  /**
   * Does a job in this JVM, up to the step.
   *
   * @param last from 1; 0: all of it
   * @return how many steps it came to
   */
  private int endedAt(String job, String client, int last) throws Exception {
    AtomicInteger count = new AtomicInteger();
    Effects effects =
        step -> {
          if (count.incrementAndGet() == last) {
            throw new Died();
          }
        };
    try (ProvisioningApp mortal =
        new ProvisioningApp(metadata.config(kafka, KilledJob.GROUP), "mortal", effects)) {
      KilledJob.run(mortal, job, client, folder.resolve(client));
      assertThat(last).as("nobody died").isZero();
    } catch (Died | IllegalStateException died) {
      // Jobs on several clients wrap what ends one of them.
      assertThat(died)
          .satisfiesAnyOf(
              thrown -> assertThat(thrown).isInstanceOf(Died.class),
              thrown -> assertThat(thrown).hasRootCauseInstanceOf(Died.class));
    }
    return count.get();
  }

  private static String client(String job, int step) {
    return "kill-" + job + "-" + step;
  }

  @BeforeEach
  void addAMigration() throws IOException {
    Path migrations = Files.createDirectories(folder.resolve("migrations"));
    try (Stream<Path> files = Files.list(Migration.folder(Metadata.HOME))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, migrations.resolve(file.getFileName()));
      }
    }
    Files.writeString(
        migrations.resolve("V900__notes.sql"),
        "CREATE TABLE IF NOT EXISTS ${database}.notes (x Int8) ENGINE = Memory;"
            + " ALTER TABLE ${database}.events_base ADD COLUMN IF NOT EXISTS note String;");
  }

  private void prepare(String job, String client) throws Exception {
    switch (job) {
      case "create" -> {}
      case "provision" -> {
        var _ = app.registry().create(NewClient.of(client, client));
      }
      case "deprovision" -> {
        var _ = metadata.activeClient(app, client);
        data.store(database(client), "2026-01-15", 2);
        data.store(database(client), "2026-02-15", 1);
        data.deadLetter(client, "letter-of-" + client);
      }
      default -> {
        var _ = metadata.activeClient(app, client);
      }
    }
  }

  private void check(String job, String client) throws Exception {
    switch (job) {
      case "create" -> {
        assertThat(one("SELECT count(*) FROM api_keys WHERE client_id = ?", client)).isEqualTo("1");
        assertThat(times("client.created", client)).isEqualTo("1");
      }
      case "provision" -> {
        assertThat(one("SELECT status FROM clients WHERE client_id = ?", client))
            .isEqualTo("active");
        assertThat(
                one(
                    "SELECT count(*) FROM schema_versions WHERE client_id = ? AND outcome <> 'applied'",
                    client))
            .isEqualTo("0");
        assertThat(tables(client)).containsExactly("events", "events_base");
        assertThat(times("client.provisioned", client)).isEqualTo("1");
        assertThat(job("provision", client)).isEqualTo("activate done");
      }
      case "migrate" -> {
        assertThat(tables(client)).containsExactly("events", "events_base", "notes");
        assertThat(
                one(
                    "SELECT string_agg(outcome, ',') FROM schema_versions WHERE client_id = ? AND version = 900",
                    client))
            .isEqualTo("applied");
        assertThat(
                metadata.askClickHouse(
                    "SELECT count() FROM system.columns WHERE table = 'events_base' AND name = 'note' AND database = '%s'"
                        .formatted(database(client))))
            .containsExactly("1");
      }
      case "suspend" -> {
        assertThat(one("SELECT status FROM clients WHERE client_id = ?", client))
            .isEqualTo("suspended");
        assertThat(times("client.suspended", client)).isEqualTo("1");
      }
      case "set" -> {
        assertThat(one("SELECT retention_days FROM clients WHERE client_id = ?", client))
            .isEqualTo("30");
        assertThat(
                metadata.askClickHouse(
                    "SELECT engine_full FROM system.tables WHERE name = 'events_base' AND database = '%s'"
                        .formatted(database(client))))
            .singleElement()
            .asString()
            .contains(
                "TTL " + ClickHouseServer.expiry(new Retention(30, Retention.From.EVENT_TIME)));
      }
      case "rotate" ->
          assertThat(
                  one(
                      "SELECT string_agg(label, ',') FROM api_keys WHERE client_id = ? AND revoked_at IS NULL",
                      client))
              .isEqualTo("next");
      case "deprovision" -> checkDeprovisioned(client);
      default -> throw new IllegalArgumentException(job);
    }
  }

  private void checkDeprovisioned(String client) throws Exception {
    assertThat(one("SELECT status FROM clients WHERE client_id = ?", client))
        .isEqualTo("deprovisioned");
    assertThat(
            one("SELECT count(*) FROM api_keys WHERE client_id = ? AND revoked_at IS NULL", client))
        .isEqualTo("0");
    assertThat(tables(client)).isEmpty();
    assertThat(new OutstandingLetters(kafka, client).count()).isZero();
    assertThat(times("client.deprovisioned", client)).isEqualTo("1");
    assertThat(times("client.drop-started", client)).isEqualTo("1");
    assertThat(job("deprovision", client)).isEqualTo("close done");
    assertThat(
            one(
                "SELECT concat_ws(' ', progress ->> 'events', progress ->> 'keysRevoked', progress ->> 'deadLetters', cardinality(files)) FROM jobs WHERE client_id = ? AND kind = 'deprovision'",
                client))
        .isEqualTo("3 1 1 2");
    try (Stream<Path> files = Files.list(folder.resolve(client))) {
      assertThat(files.map(file -> file.getFileName().toString()).sorted())
          .containsExactly(
              database(client) + ".202601.parquet", database(client) + ".202602.parquet");
    }
  }

  private static String database(String client) {
    return "client_" + client.replace('-', '_');
  }

  private List<String> tables(String client) throws Exception {
    return metadata.askClickHouse(
        "SELECT name FROM system.tables WHERE database = '%s' ORDER BY name"
            .formatted(database(client)));
  }

  private String one(String sql, String client) throws Exception {
    return metadata.ask(sql, client).getFirst();
  }

  /** The last step and the outcome of the client's only job of this kind. */
  private String job(String kind, String client) throws Exception {
    return String.join(
        "; ",
        metadata.ask(
            "SELECT concat_ws(' ', step, outcome, error) FROM jobs WHERE kind = ? AND client_id = ?",
            kind,
            client));
  }

  private String times(String action, String client) throws Exception {
    return metadata
        .ask("SELECT count(*) FROM audit_log WHERE action = ? AND client_id = ?", action, client)
        .getFirst();
  }

  private Run child(String job, String client, int step) throws Exception {
    ProcessBuilder builder =
        PenstockProcess.of(
                KilledJob.class.getName(),
                PenstockProcess.ownClassPath(),
                Map.of(),
                List.of(),
                List.of(job, client, Integer.toString(step), folder.resolve(client).toString()))
            .redirectErrorStream(true);
    metadata.putIntoEnvironment(builder.environment(), kafka);
    Process process = builder.start();
    String output;
    try (var out = process.getInputStream()) {
      output = new String(out.readAllBytes(), StandardCharsets.UTF_8);
    }
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Run(process.exitValue(), output);
  }
}
