package io.penstock.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.yaml.snakeyaml.Yaml;

/** What must hold of the compose files on machines with Docker, checked where there is none. */
class ComposeFileTest {

  /** The folders that have one, with the number of its services and of its variables. */
  enum Compose {
    LOCAL("local", 4, 5),
    OBSERVABILITY("observability", 5, 2);

    private final Path folder;
    private final int services;
    private final int variables;

    Compose(String name, int services, int variables) {
      this.folder = Path.of("..", name);
      this.services = services;
      this.variables = variables;
    }

    private String text() throws IOException {
      return Files.readString(folder.resolve("docker-compose.yml"));
    }

    @SuppressWarnings("unchecked") // YAML is maps and lists; a wrong shape fails the test anyway.
    private Map<String, Map<String, Object>> services() throws IOException {
      Map<String, Object> file = new Yaml().load(text());
      return (Map<String, Map<String, Object>>) Objects.requireNonNull(file.get("services"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyImageIsPinnedToAVersion(Compose compose) throws IOException {
    assertThat(compose.services().values())
        .hasSize(compose.services)
        .allSatisfy(service ->
            assertThat(String.valueOf(service.get("image"))).matches("[a-z/-]+:v?\\d+\\.\\d+.*"));
  }

  @ParameterizedTest
  @EnumSource
  void everyPortIsOnLoopbackOnly(Compose compose) throws IOException {
    assertThat(compose.services().values())
        .allSatisfy(service ->
            assertThat(service.get("ports"))
                .asInstanceOf(InstanceOfAssertFactories.LIST)
                .isNotEmpty()
                .allSatisfy(port -> assertThat((String) port).startsWith("127.0.0.1:")));
  }

  @ParameterizedTest
  @EnumSource
  void everyServiceHasAHealthCheckAndKeepsItsData(Compose compose) throws IOException {
    assertThat(compose.services().values())
        .allSatisfy(service -> assertThat(service).containsKeys("healthcheck", "volumes"));
  }

  @ParameterizedTest
  @EnumSource
  void everyVariableFailsClearlyWhenUnsetAndStandsInTheExample(Compose compose) throws IOException {
    var example = new Properties();
    example.load(new StringReader(Files.readString(compose.folder.resolve(".env.example"))));
    var variables = new TreeSet<String>();
    var matcher = Pattern.compile("(?<!\\$)\\$\\{(\\w+)([^}]*)}").matcher(compose.text());
    while (matcher.find()) {
      variables.add(matcher.group(1));
      assertThat(matcher.group(2))
          .isEqualTo(":?set it in deploy/" + compose.folder.getFileName() + "/.env");
    }
    assertThat(variables).hasSize(compose.variables).isSubsetOf(example.stringPropertyNames());
  }

  @Test
  void mountedFilesExist() throws IOException {
    int mounted = 0;
    for (Compose compose : Compose.values()) {
      for (Map<String, Object> service : compose.services().values()) {
        for (Object volume : (List<?>) service.getOrDefault("volumes", List.of())) {
          String source = String.valueOf(volume).split(":", 2)[0];
          if (source.startsWith("./")) {
            assertThat(compose.folder.resolve(source)).exists();
            mounted++;
          }
        }
      }
    }
    assertThat(mounted).isPositive();
  }
}
