package io.penstock.provisioning.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.ExitCode;
import io.penstock.local.LocalStack;
import io.penstock.local.PartKind;
import io.penstock.local.SharedStack;
import io.penstock.provisioning.Metadata;
import io.penstock.provisioning.ProvisioningMain;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
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

  private record Run(int exitCode, String out, String err) {
    String lastLine() {
      return out.lines().reduce("", (first, last) -> last);
    }
  }

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
    Metadata.shared().execute("DELETE FROM clients WHERE client_id LIKE 'targeted-%'");
    Metadata.shared().execute("DELETE FROM targets WHERE name LIKE 'tc%'");
  }

  @Test
  void targetIsAddedListedCheckedUsedChangedAndRemoved() throws Exception {
    Run added = run("targets", "add", "tc-eu", "--url", url, "--actor", "ops");
    assertThat(added).isEqualTo(new Run(ExitCode.DONE, "target tc-eu: added\n", added.err));
    assertThat(run("targets", "add", "tc-eu", "--url", url).out).contains("unchanged");
    assertThat(audit("target.added"))
        .containsExactly("ops tc-eu null {\"url\": \"%s\", \"cluster\": null}".formatted(url));

    Run checked = run("targets", "check", "tc-eu");
    assertThat(checked.exitCode).as(checked.out + checked.err).isEqualTo(ExitCode.DONE);
    assertThat(checked.out).contains("tc-eu (" + url + "): ok", "version ", "databases: ");
    assertThat(run("targets", "check", "--output", "json").lastLine())
        .contains("\"target\":\"default\",\"ok\":true", "\"target\":\"tc-eu\",\"ok\":true");

    place("targeted-1", "tc-eu");
    assertThat(run("targets", "list").out).containsPattern("tc-eu +" + url + " +default +none +1");
    Run refused = run("targets", "remove", "tc-eu");
    assertThat(refused.exitCode).isEqualTo(ExitCode.FAILED);
    assertThat(refused.err).contains("clients that are placed on it: 1 (targeted-1)");

    Metadata.shared().execute("DELETE FROM clients WHERE client_id = 'targeted-1'");
    assertThat(run("targets", "set", "tc-eu", "--cluster", "main").out).contains("changed");
    assertThat(run("targets", "set", "tc-eu", "--cluster", "main").out).contains("unchanged");
    assertThat(audit("target.changed"))
        .singleElement()
        .asString()
        .endsWith(
            "tc-eu {\"url\": \"%1$s\", \"cluster\": null} {\"url\": \"%1$s\", \"cluster\": \"main\"}"
                .formatted(url));
    assertThat(run("targets", "remove", "tc-eu", "--output", "json").lastLine())
        .isEqualTo("{\"target\":\"tc-eu\",\"outcome\":\"removed\"}");
    assertThat(audit("target.removed")).hasSize(1);
    assertThat(run("targets", "remove", "tc-eu").exitCode).isEqualTo(ExitCode.FAILED);
  }

  @Test
  void clientPlacedOnASecondServerIsProvisionedThere() throws Exception {
    run("targets", "add", "tc-us", "--url", url);
    Run created =
        run("clients", "create", "--name", "Targeted 2", "--id", "targeted-2", "--target", "tc-us");
    assertThat(created.exitCode).as(created.err).isEqualTo(ExitCode.DONE);

    Run provisioned = run("clients", "provision", "--client", "targeted-2");

    assertThat(provisioned.exitCode).as(provisioned.err).isEqualTo(ExitCode.DONE);
    assertThat(
            Metadata.shared()
                .askClickHouse(
                    "SELECT name FROM system.databases WHERE name = 'client_targeted_2'"))
        .isEmpty();
    Metadata.shared().execute("DELETE FROM api_keys WHERE client_id = 'targeted-2'");
    Metadata.shared().execute("DELETE FROM schema_versions WHERE client_id = 'targeted-2'");
  }

  @Test
  void passwordComesFromTheEnvironmentOrAFileAndNeverFromPostgres() throws Exception {
    Run added =
        run(
            "targets",
            "add",
            "tc-eu",
            "--url",
            url,
            "--password-variable",
            "PENSTOCK_TARGET_EU_PASSWORD");
    assertThat(added.err).contains("PENSTOCK_TARGET_EU_PASSWORD is not set here");
    assertThat(run("targets", "list").out)
        .contains("the environment variable PENSTOCK_TARGET_EU_PASSWORD with its password");
    Run unusable = run("targets", "check", "tc-eu");
    assertThat(unusable.exitCode).isEqualTo(ExitCode.FAILED);
    assertThat(unusable.out).contains("it cannot be used from here");
    assertThat(run("targets", "list", "--check").exitCode).isEqualTo(ExitCode.PARTLY);

    environment.put(
        "PENSTOCK_TARGET_EU_PASSWORD_FILE",
        Files.writeString(folder.resolve("password"), "s\n").toString());

    assertThat(run("targets", "list").out)
        .contains("PENSTOCK_TARGET_EU_PASSWORD")
        .doesNotContain("is not set here");
  }

  @Test
  void targetThatDoesNotAnswerIsAProblemAndAllElseIsChecked() {
    run("targets", "add", "tc-down", "--url", "http://127.0.0.1:1");

    Run checked = run("targets", "check");

    assertThat(checked.exitCode).as(checked.out).isEqualTo(ExitCode.PARTLY);
    assertThat(checked.out)
        .contains("tc-down (http://127.0.0.1:1): NOT ok", "it does not answer", "default (")
        .doesNotContain("\tat ");
  }

  @Test
  void wrongRequestsAreUsageErrorsWithAMessage() {
    assertUsage("The URL has a user", "add", "tc-x", "--url", "http://u:hunter2@host:1");
    assertUsage("is not http://host:port", "add", "tc-x", "--url", "ftp://host");
    assertUsage("--url is missing", "add", "tc-x");
    assertUsage("The name \"x; DROP TABLE y\" is not", "add", "x; DROP TABLE y", "--url", url);
    assertUsage("penstock.clickhouse.*", "set", "default", "--user", "x");
    run("targets", "add", "tc-x", "--url", url);
    assertUsage("with other settings", "add", "tc-x", "--url", url, "--user", "other");
  }

  private void assertUsage(String message, String... arguments) {
    List<String> command = new ArrayList<>(List.of("targets"));
    command.addAll(List.of(arguments));
    Run run = run(command.toArray(String[]::new));
    assertThat(run.err).contains(message).doesNotContain("hunter2");
    assertThat(run.exitCode).isEqualTo(ExitCode.USAGE);
  }

  private static void place(String client, String target) throws SQLException {
    Metadata.shared()
        .execute(
            "INSERT INTO clients (client_id, name, ch_database_name, ch_target) VALUES (?, ?, ?, ?)",
            client,
            client,
            "client_" + client.replace('-', '_'),
            target);
  }

  /** Who changed which target from what to what; of the JSON only two fields. */
  private static List<String> audit(String action) throws SQLException {
    return Metadata.shared()
        .ask(
            """
            SELECT concat_ws(' ', actor, detail,
              coalesce(jsonb_build_object('url', before->'url', 'cluster', before->'cluster')::text, 'null'),
              coalesce(jsonb_build_object('url', after->'url', 'cluster', after->'cluster')::text, 'null'))
            FROM (SELECT actor, detail, before, after, action, client_id, audit_id FROM audit_log) a
            WHERE action = ? AND client_id IS NULL AND detail = 'tc-eu' ORDER BY audit_id DESC LIMIT 1\
            """,
            action)
        .stream()
        .map(line -> line.replace("{\"url\": null, \"cluster\": null}", "null"))
        .toList();
  }

  private Run run(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dpenstock.home=" + Metadata.HOME,
                "-cp",
                System.getProperty("java.class.path"),
                ProvisioningMain.class.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("PENSTOCK_"));
    SharedStack.start()
        .forEach((name, value) ->
            builder.environment().put(name.toUpperCase(Locale.ROOT).replace('.', '_'), value));
    builder.environment().putAll(environment);
    try {
      Path err = folder.resolve("stderr");
      Process process = builder.redirectError(err.toFile()).start();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return new Run(process.exitValue(), out, Files.readString(err));
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
