package io.penstock.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigReaderTest {
  private static final Map<String, String> POSTGRES =
      Map.of(
          "penstock.postgres.url",
          "jdbc:postgresql://db:5432/penstock",
          "penstock.postgres.user",
          "penstock");

  @TempDir Path folder;

  @Test
  void everyProblemIsReportedAtOnce() {
    ConfigException exception =
        failure(
            ConfigSource.fromEnvironment(
                Map.of(
                    "PENSTOCK_POSTGRES_URL", "postgres://db",
                    "PENSTOCK_POSTGRES_POOL_SIZE", "0",
                    "PENSTOCK_POSTGRES_TIMEOUT", "soon",
                    "PENSTOCK_POSTGRES_PASWORD", "hunter2")),
            PostgresConfig::from);

    assertThat(exception.problems())
        .satisfiesExactlyInAnyOrder(
            p ->
                assertThat(p)
                    .startsWith("PENSTOCK_POSTGRES_URL: \"postgres://db\" is not a JDBC URL"),
            p ->
                assertThat(p)
                    .isEqualTo("PENSTOCK_POSTGRES_POOL_SIZE: \"0\" is out of range: 1 to 100"),
            p -> assertThat(p).startsWith("PENSTOCK_POSTGRES_TIMEOUT: \"soon\" is not a duration"),
            p ->
                assertThat(p)
                    .startsWith("PENSTOCK_POSTGRES_USER (penstock.postgres.user): is not set"),
            p ->
                assertThat(p)
                    .isEqualTo(
                        "PENSTOCK_POSTGRES_PASWORD: is not a setting of Penstock; did you mean PENSTOCK_POSTGRES_PASSWORD?"));
    assertThat(exception).hasMessageStartingWith("5 problems").hasMessageNotContaining("hunter2");
  }

  @Test
  void aFormatOfLogLinesThatThereIsNotIsAProblem() {
    Map<String, String> environment = new TreeMap<>(Map.of("PENSTOCK_LOG_FORMAT", "JSON"));
    environment.put("PENSTOCK_POSTGRES_URL", "jdbc:postgresql://db:5432/penstock");
    environment.put("PENSTOCK_POSTGRES_USER", "penstock");

    assertThat(failure(ConfigSource.fromEnvironment(environment), PostgresConfig::from).problems())
        .containsExactly("PENSTOCK_LOG_FORMAT: \"JSON\" is not one of text, json");
    assertThat(LogFormat.of(environment)).isEqualTo(LogFormat.TEXT);
    for (String good : new String[] {"", "text", "json"}) {
      environment.put("PENSTOCK_LOG_FORMAT", good);
      assertThat(
              ConfigReader.load(ConfigSource.fromEnvironment(environment), PostgresConfig::from)
                  .settings())
          .isNotEmpty();
    }
  }

  @Test
  void variablesOfTargetsPasswordsAreNoSettingsAndTargetsOfTheOldFormAreReported() {
    assertThat(
            failure(
                    ConfigSource.fromEnvironment(
                        Map.of(
                            "PENSTOCK_TARGET_EU_PASSWORD", "s",
                            "PENSTOCK_TARGET_EU_PASSWORD_FILE", "/run/secrets/eu",
                            "PENSTOCK_CLICKHOUSE_TARGET_EU_URL", "http://eu:8123",
                            "PENSTOCK_POSTGRES_URL", "jdbc:postgresql://db:5432/penstock",
                            "PENSTOCK_POSTGRES_USER", "penstock")),
                    PostgresConfig::from)
                .problems())
        .singleElement()
        .asString()
        .startsWith("PENSTOCK_CLICKHOUSE_TARGET_EU_URL: is not a setting of Penstock");
  }

  @Test
  void whoGaveNoSettingAtAllIsToldOfTheLocalStack() {
    assertThatThrownBy(() ->
            ConfigReader.load(
                ConfigSource.fromEnvironment(Map.of("HOME", "/root")), PostgresConfig::from))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("No configuration, and no local stack runs.")
        .hasMessageContaining("./penstock local up");
  }

  @Test
  void environmentWinsOverTheFile() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("penstock.properties"),
            "penstock.postgres.url=jdbc:postgresql://file/penstock\npenstock.postgres.user=from-file\n");

    var loaded =
        ConfigReader.load(
            ConfigSource.fromEnvironment(
                Map.of(
                    "PENSTOCK_CONFIG_FILE",
                    file.toString(),
                    "PENSTOCK_POSTGRES_USER",
                    "from-environment")),
            PostgresConfig::from);

    assertThat(loaded.config().url()).isEqualTo("jdbc:postgresql://file/penstock");
    assertThat(loaded.config().user()).isEqualTo("from-environment");
    assertThat(loaded.settings())
        .extracting(ConfigReader.Setting::toString)
        .contains(
            "penstock.postgres.user = from-environment (PENSTOCK_POSTGRES_USER)",
            "penstock.postgres.pool.size = 4 (default)",
            "penstock.postgres.url = jdbc:postgresql://file/penstock (penstock.postgres.url (in "
                + file
                + "))");
  }

  @Test
  void aFileThatCannotBeReadIsAProblemBesideTheOthers() {
    ConfigException exception =
        failure(
            ConfigSource.fromEnvironment(
                Map.of("PENSTOCK_CONFIG_FILE", folder.resolve("none").toString())),
            PostgresConfig::from);

    assertThat(exception.problems())
        .hasSize(3)
        .first()
        .asString()
        .startsWith("PENSTOCK_CONFIG_FILE: cannot read");
  }

  @Test
  void unknownNameInTheFileIsNamedWithTheFileAndItsNearMatch() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("p.properties"), "penstock.redis.ulr=redis://x\nother.app=1\n");

    ConfigException exception =
        failure(
            ConfigSource.fromEnvironment(Map.of("PENSTOCK_CONFIG_FILE", file.toString())),
            reader -> "");

    assertThat(exception.problems())
        .containsExactlyInAnyOrder(
            "penstock.redis.ulr (in "
                + file
                + "): is not a setting of Penstock; did you mean penstock.redis.url?",
            "other.app (in " + file + "): is not a setting of Penstock");
  }

  @Test
  void secretComesFromAFileWithoutItsLineBreakAndIsMasked() throws IOException {
    Path secret = Files.writeString(folder.resolve("password"), " correct horse\n");

    var loaded =
        ConfigReader.load(
            with("penstock.postgres.password.file", secret.toString()), PostgresConfig::from);

    assertThat(loaded.config().password().reveal()).isEqualTo(" correct horse");
    assertThat(loaded.toString()).doesNotContain("horse");
    assertThat(loaded.settings()).anySatisfy(s -> assertThat(s.shown()).isEqualTo("***"));
  }

  @Test
  void secretGivenTwiceIsAContradiction() throws IOException {
    Path secret = Files.writeString(folder.resolve("password"), "a");
    Map<String, String> values = new TreeMap<>(POSTGRES);
    values.put("penstock.postgres.password", "b");
    values.put("penstock.postgres.password.file", secret.toString());

    ConfigException exception = failure(ConfigSource.of(values), PostgresConfig::from);

    assertThat(exception.problems())
        .containsExactly(
            "penstock.postgres.password: contradicts penstock.postgres.password.file, which is set too");
  }

  @Test
  void secretFileThatIsMissingIsNamed() {
    ConfigException exception =
        failure(
            with("penstock.postgres.password.file", folder.resolve("gone").toString()),
            PostgresConfig::from);

    assertThat(exception.problems())
        .singleElement()
        .asString()
        .startsWith("penstock.postgres.password.file: cannot read");
  }

  @Test
  void emptyValueCountsAsNotSet() {
    var loaded = ConfigReader.load(with("penstock.postgres.pool.size", " "), PostgresConfig::from);

    assertThat(loaded.config().poolSize()).isEqualTo(4);
  }

  @Test
  void variablesOfTheProcessAndOfKubernetesAreNotSettings() {
    var loaded =
        ConfigReader.load(
            ConfigSource.fromEnvironment(
                Map.of(
                    "PENSTOCK_HOME", "/opt/penstock",
                    "PENSTOCK_LOCAL_CLICKHOUSE_PORT", "8123",
                    "PENSTOCK_ROUTER_SERVICE_HOST", "10.0.0.1",
                    "PENSTOCK_ROUTER_SERVICE_PORT_HTTP", "8080",
                    "PENSTOCK_ROUTER_PORT", "tcp://10.0.0.1:8080",
                    "PENSTOCK_ROUTER_PORT_8080_TCP_ADDR", "10.0.0.1",
                    "HOME", "/root")),
            reader -> "ok");

    assertThat(loaded.config()).isEqualTo("ok");
  }

  @Test
  void anotherApplicationsKeysAreKnown() {
    var loaded =
        ConfigReader.load(with("penstock.clickhouse.user", "writer"), PostgresConfig::from);

    assertThat(loaded.settings())
        .noneMatch(setting -> setting.name().startsWith("penstock.clickhouse"));
  }

  private static ConfigSource with(String name, String value) {
    Map<String, String> values = new TreeMap<>(POSTGRES);
    values.put(name, value);
    return ConfigSource.of(values);
  }

  private static <T> ConfigException failure(
      ConfigSource source, Function<ConfigReader, T> assemble) {
    return catchThrowableOfType(ConfigException.class, () -> ConfigReader.load(source, assemble));
  }
}
