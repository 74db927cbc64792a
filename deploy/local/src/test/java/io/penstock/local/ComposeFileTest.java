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
import org.yaml.snakeyaml.Yaml;

/** What must hold of the compose file on machines with Docker, checked where there is none. */
class ComposeFileTest {
  private static final Path FILE = Path.of("docker-compose.yml");
  private static final Path EXAMPLE = Path.of(".env.example");

  @Test
  void everyImageIsPinnedToAVersion() throws IOException {
    assertThat(services().values())
        .hasSize(6)
        .allSatisfy(service ->
            assertThat(String.valueOf(service.get("image"))).matches("[a-z/-]+:v?\\d+\\.\\d+.*"));
  }

  @Test
  void everyPortIsOnLoopbackOnly() throws IOException {
    assertThat(services().values())
        .allSatisfy(service ->
            assertThat(service.get("ports"))
                .asInstanceOf(InstanceOfAssertFactories.LIST)
                .isNotEmpty()
                .allSatisfy(port -> assertThat((String) port).startsWith("127.0.0.1:")));
  }

  @Test
  void everyServiceHasAHealthCheckAndKeepsItsData() throws IOException {
    assertThat(services().values())
        .allSatisfy(service -> assertThat(service).containsKeys("healthcheck", "volumes"));
  }

  @Test
  void everyVariableFailsClearlyWhenUnsetAndStandsInTheExample() throws IOException {
    var example = new Properties();
    example.load(new StringReader(Files.readString(EXAMPLE)));
    var variables = new TreeSet<String>();
    var matcher = Pattern.compile("(?<!\\$)\\$\\{(\\w+)([^}]*)}").matcher(Files.readString(FILE));
    while (matcher.find()) {
      variables.add(matcher.group(1));
      assertThat(matcher.group(2)).isEqualTo(":?set it in deploy/local/.env");
    }
    assertThat(variables).hasSize(6).isSubsetOf(example.stringPropertyNames());
  }

  @Test
  void mountedFilesExist() throws IOException {
    for (Map<String, Object> service : services().values()) {
      for (Object volume : (List<?>) service.getOrDefault("volumes", List.of())) {
        String source = String.valueOf(volume).split(":", 2)[0];
        if (source.startsWith("./")) {
          assertThat(Path.of(source)).exists();
        }
      }
    }
  }

  @SuppressWarnings("unchecked") // YAML is maps and lists; a wrong shape fails the test anyway.
  private static Map<String, Map<String, Object>> services() throws IOException {
    Map<String, Object> file = new Yaml().load(Files.readString(FILE));
    return (Map<String, Map<String, Object>>) Objects.requireNonNull(file.get("services"));
  }
}
