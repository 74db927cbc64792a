package io.penstock.provisioning.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.ExitCode;
import io.penstock.local.LocalStack;
import io.penstock.local.PartKind;
import io.penstock.provisioning.Metadata;
import io.penstock.testkit.CommandResult;
import io.penstock.testkit.SharedStack;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./penstock targets ...} as processes, with a second engine besides the shared one. */
class TargetsCommandIT {
  private static LocalStack second;
  private static String url;

  private final Map<String, String> environment = new TreeMap<>();

  @TempDir Path folder;

  @BeforeAll
  static void start() {
    second =
        LocalStack.builder(Path.of("target", "targets-stack"))
            .parts(PartKind.CLICKHOUSE)
            .build()
            .start();
    url = second.clickHouse().clickHouseUrl();
    Metadata.shared();
  }

  @AfterAll
  static void stop() throws Exception {
    second.close();
    second.purge();
  }

  @AfterEach
  void forget() throws SQLException {
    for (String table : List.of("api_keys", "schema_versions", "jobs", "clients")) {
      Metadata.shared().execute("DELETE FROM " + table + " WHERE client_id = 'targeted-1'");
    }
    Metadata.shared().execute("DELETE FROM targets WHERE name LIKE 'tc%'");
  }

  @Test
  void targetIsAddedCheckedListedUsedChangedAndRemoved() throws Exception {
    CommandResult added = run("targets", "add", "tc-eu", "--url", url, "--actor", "ops");
    assertThat(added)
        .isEqualTo(new CommandResult(ExitCode.DONE, "target tc-eu: added\n", added.err()));

    CommandResult checked = run("targets", "check", "tc-eu");
    assertThat(checked.exitCode()).as(checked.out() + checked.err()).isEqualTo(ExitCode.DONE);
    assertThat(checked.out()).contains("tc-eu (" + url + "): ok", "version ", "databases: ");

    CommandResult created =
        run("clients", "create", "--name", "Targeted", "--id", "targeted-1", "--target", "tc-eu");
    assertThat(created.exitCode()).as(created.err()).isEqualTo(ExitCode.DONE);
    CommandResult provisioned = run("clients", "provision", "--client", "targeted-1");
    assertThat(provisioned.exitCode()).as(provisioned.err()).isEqualTo(ExitCode.DONE);
    assertThat(
            Metadata.shared()
                .askClickHouse(
                    "SELECT name FROM system.databases WHERE name = 'client_targeted_1'"))
        .isEmpty();

    assertThat(run("targets", "list").out())
        .containsPattern("tc-eu +" + url + " +default +none +1");
    CommandResult refused = run("targets", "remove", "tc-eu");
    assertThat(refused.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(refused.err()).contains("clients that are placed on it: 1 (targeted-1)");
    assertThat(run("targets", "set", "tc-eu", "--cluster", "main", "--output", "json").lastLine())
        .isEqualTo("{\"target\":\"tc-eu\",\"outcome\":\"changed\"}");
  }

  @Test
  void targetsWithoutTheirPasswordOrWithoutAnAnswerAreTold() throws Exception {
    CommandResult added =
        run(
            "targets",
            "add",
            "tc-eu",
            "--url",
            url,
            "--password-variable",
            "PENSTOCK_TARGET_EU_PASSWORD");
    assertThat(added.err()).contains("PENSTOCK_TARGET_EU_PASSWORD is not set here");
    run("targets", "add", "tc-down", "--url", "http://127.0.0.1:1");

    CommandResult listed = run("targets", "list", "--check");
    assertThat(listed.exitCode()).isEqualTo(ExitCode.PARTLY);
    assertThat(listed.out())
        .contains(
            "the environment variable PENSTOCK_TARGET_EU_PASSWORD with its password",
            "it does not answer");
    environment.put(
        "PENSTOCK_TARGET_EU_PASSWORD_FILE",
        Files.writeString(folder.resolve("password"), "s\n").toString());
    CommandResult checked = run("targets", "check", "--output", "json");
    assertThat(checked.exitCode()).isEqualTo(ExitCode.PARTLY);
    assertThat(checked.lastLine())
        .contains("\"target\":\"default\",\"ok\":true", "\"target\":\"tc-down\",\"ok\":false")
        .doesNotContain("is not set here");
  }

  @Test
  void wrongRequestsAreUsageErrorsWithAMessage() {
    assertUsage("The URL has a user", "add", "tc-x", "--url", "http://u:hunter2@host:1");
    assertUsage("--url is missing", "add", "tc-x");
    assertUsage("The name \"x; DROP TABLE y\" is not", "add", "x; DROP TABLE y", "--url", url);
    assertUsage("penstock.clickhouse.*", "set", "default", "--user", "x");
  }

  private void assertUsage(String message, String... arguments) {
    List<String> command = new ArrayList<>(List.of("targets"));
    command.addAll(List.of(arguments));
    CommandResult run = run(command.toArray(String[]::new));
    assertThat(run.err()).contains(message).doesNotContain("hunter2");
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
  }

  private CommandResult run(String... arguments) {
    Map<String, String> properties = new TreeMap<>(SharedStack.start());
    properties.putAll(environment);
    return CommandProcess.inThisJvm(Metadata.HOME, properties, arguments);
  }
}
