package io.penstock.provisioning.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.ExitCode;
import io.penstock.provisioning.Metadata;
import io.penstock.provisioning.ProvisioningApp;
import io.penstock.provisioning.client.NewClient;
import io.penstock.provisioning.schema.Migration;
import io.penstock.testkit.CommandResult;
import io.penstock.testkit.SharedStack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code migrate} as a process, on clients of its own. */
class MigrateCommandIT {
  private final Metadata metadata = Metadata.shared();

  @TempDir Path home;

  @BeforeEach
  void copyMigrations() throws IOException {
    Path folder = Files.createDirectories(Migration.folder(home));
    try (var files = Files.list(Migration.folder(Metadata.HOME))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
  }

  @Test
  void clientsAreForecastMigratedShownAndVerified() throws Exception {
    provision("mcli-a", "mcli-b");
    write(
        "V101__notes.sql", "CREATE TABLE IF NOT EXISTS ${database}.notes (x Int8) ENGINE = Memory");

    CommandResult forecast =
        run("migrate", "--dry-run", "--client", "mcli-a", "--client", "mcli-b");
    assertThat(forecast.exitCode()).as(forecast.err()).isEqualTo(ExitCode.DONE);
    assertThat(forecast.out())
        .contains(
            "mcli-a (client_mcli_a)",
            "  migration 101: notes",
            "    CREATE TABLE IF NOT EXISTS `client_mcli_b`.notes (x Int8) ENGINE = Memory",
            "statements that would run: 2, for 2 of 2 clients; clients that would fail: 0; nothing was changed");

    metadata.executeClickHouse("DROP DATABASE client_mcli_b");
    CommandResult partly =
        run("migrate", "--client", "mcli-a", "--client", "mcli-b", "--output", "json");
    assertThat(partly.exitCode()).as(partly.err()).isEqualTo(ExitCode.PARTLY);
    assertThat(partly.lastLine())
        .startsWith("{\"migrated\":1,\"unchanged\":0,\"failed\":1,\"halted\":null,")
        .contains("\"clientId\":\"mcli-b\",\"migration\":\"migration 101\",\"statement\":1,");
    assertThat(partly.err())
        .contains("Wave 1: 2 clients", "mcli-b: FAILED, migration 101, statement 1 of 1");

    CommandResult status = run("migrate", "status", "--client", "mcli-a", "--client", "mcli-b");
    assertThat(status.exitCode()).isEqualTo(ExitCode.DONE);
    assertThat(status.out())
        .contains("newest migration: V101", "1 client at V101", "1 is behind:")
        .containsPattern(
            "mcli-b +active +V\\d+ +migration 101 +migration 101 failed at statement 1");
    assertThat(run("migrate", "status", "--client", "mcli-a", "--output", "json").lastLine())
        .startsWith("{\"newest\":101,\"clients\":1,\"behind\":0,\"byVersion\":{\"101\":1},");

    CommandResult verified = run("migrate", "verify", "--client", "mcli-a");
    assertThat(verified.exitCode()).as(verified.err() + verified.out()).isEqualTo(ExitCode.DONE);
    assertThat(verified.out()).contains("clients verified: 1, with drift: 0, not verified: 0");
    CommandResult drifted = run("migrate", "verify", "--client", "mcli-b", "--output", "json");
    assertThat(drifted.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(drifted.lastLine())
        .contains("\"what\":\"database\",\"expected\":\"client_mcli_b\",\"found\":null");
    assertThat(run("migrate", "verify", "--client", "mcli-b").out())
        .contains("clients verified: 1, with drift: 1, not verified: 0");
  }

  @Test
  void failedCanaryIsAFailureThatNamesWhoWasNotTried() throws Exception {
    provision("mcli-c", "mcli-d");
    write("V101__bad.sql", "ALTER TABLE ${database}.nothing ADD COLUMN IF NOT EXISTS x Int8");

    CommandResult run =
        run("migrate", "--client", "mcli-c", "--client", "mcli-d", "--canary", "mcli-d");

    assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(run.out())
        .contains(
            "failed: mcli-d",
            "halted: the canary mcli-d failed",
            "not tried: mcli-c",
            "0 migrated, 0 unchanged, 1 failed, 1 not tried");
  }

  @Test
  void whatIsMissingIsShownAndThenMadeAnew() throws Exception {
    provision("mcli-f");
    metadata.executeClickHouse("DROP VIEW client_mcli_f.events");

    assertThat(run("migrate", "verify", "--client", "mcli-f").out())
        .contains("missing altogether: 1; ./penstock migrate repair");
    CommandResult forecast = run("migrate", "repair", "--client", "mcli-f");
    assertThat(forecast.exitCode()).as(forecast.err()).isEqualTo(ExitCode.DONE);
    assertThat(forecast.out())
        .contains(
            "mcli-f: would run: CREATE VIEW IF NOT EXISTS `client_mcli_f`.events",
            "would be made: 1, left as they are: 0, failed: 0; nothing was changed");
    CommandResult done =
        run("migrate", "repair", "--client", "mcli-f", "--confirm", "--output", "json");
    assertThat(done.exitCode()).as(done.err()).isEqualTo(ExitCode.DONE);
    assertThat(done.lastLine())
        .contains("\"dryRun\":false", "\"table\":\"events\"", "\"left\":[],\"failed\":{}");

    metadata.executeClickHouse("ALTER TABLE client_mcli_f.events_base ADD COLUMN mine Int8");
    CommandResult left = run("migrate", "repair", "--client", "mcli-f", "--confirm");
    assertThat(left.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(left.out())
        .contains("not repaired: events_base column mine: expected nothing, found Int8");
  }

  @Test
  void aFailedMigrationThatIsWithdrawnIsForgottenAndLaterOnesGoOn() throws Exception {
    provision("mcli-g");
    write(
        "V101__bad.sql",
        "SELECT 1; ALTER TABLE ${database}.nothing ADD COLUMN IF NOT EXISTS x Int8");
    assertThat(run("migrate", "--client", "mcli-g").exitCode()).isEqualTo(ExitCode.FAILED);
    CommandResult there = run("migrate", "forget", "101", "--client", "mcli-g", "--confirm", "101");
    assertThat(there.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(there.out()).contains("mcli-g: kept: its file is there");
    Files.delete(Migration.folder(home).resolve("V101__bad.sql"));
    write("V102__good.sql", "ALTER TABLE ${database}.events_base ADD COLUMN IF NOT EXISTS y Int8");
    assertThat(run("migrate", "--client", "mcli-g").out()).contains("migrate forget");

    assertUsage("repeat the version with --confirm 101", "migrate", "forget", "101");
    CommandResult forecast = run("migrate", "forget", "101", "--client", "mcli-g", "--dry-run");
    assertThat(forecast.exitCode()).isEqualTo(ExitCode.DONE);
    assertThat(forecast.out())
        .contains("would be forgotten; statements of it that had run, and stay: 1");
    CommandResult done =
        run(
            "migrate",
            "forget",
            "101",
            "--client",
            "mcli-g",
            "--confirm",
            "101",
            "--output",
            "json");
    assertThat(done.exitCode()).as(done.err()).isEqualTo(ExitCode.DONE);
    assertThat(done.lastLine())
        .isEqualTo(
            "{\"dryRun\":false,\"migration\":\"migration 101\",\"forgotten\":{\"mcli-g\":1},\"kept\":{}}");

    assertThat(run("migrate", "--client", "mcli-g").out()).contains("1 migrated");
    assertThat(run("migrate", "verify", "--client", "mcli-g").exitCode()).isEqualTo(ExitCode.DONE);
    CommandResult applied =
        run("migrate", "forget", "102", "--client", "mcli-g", "--confirm", "102");
    assertThat(applied.out()).contains("mcli-g: kept: it was applied");
    assertThat(
            metadata.ask(
                "SELECT detail FROM audit_log WHERE action = 'client.migration-forgotten' AND client_id = 'mcli-g'"))
        .singleElement()
        .asString()
        .contains("migration 101 (bad), failed after 1 statements");
  }

  @Test
  void wrongRequestsAreUsageErrors() {
    assertUsage(
        "There is no active or suspended client \"nobody\".", "migrate", "--client", "nobody");
    assertUsage("--max-failures lots is not 0% to 100%.", "migrate", "--max-failures", "lots");
    assertUsage("--parallel and --wave are 1 or more.", "migrate", "--wave", "0");
    assertUsage("There is no active", "migrate", "status", "--client", "nobody");
    assertUsage("There is no active", "migrate", "verify", "--client", "nobody");
  }

  @Test
  void moreAtOnceThanConnectionsIsTold() throws Exception {
    provision("mcli-e");

    CommandResult run = run("migrate", "--client", "mcli-e", "--parallel", "99");

    assertThat(run.exitCode()).isEqualTo(ExitCode.DONE);
    assertThat(run.err()).contains("4 clients at once, since penstock.postgres.pool.size allows");
    assertThat(run.out()).contains("0 migrated, 1 unchanged, 0 failed, 0 not tried");
  }

  private void provision(String... ids) throws Exception {
    try (ProvisioningApp app = metadata.app()) {
      for (String id : ids) {
        app.registry().create(NewClient.of(id, id));
        app.provisioner(Migration.folder(Metadata.HOME)).provision(id);
      }
    }
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(Migration.folder(home).resolve(name), text);
  }

  private void assertUsage(String message, String... arguments) {
    CommandResult run = run(arguments);
    assertThat(run.err()).contains(message);
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
  }

  private CommandResult run(String... arguments) {
    return CommandProcess.inThisJvm(home, SharedStack.start(), arguments);
  }
}
