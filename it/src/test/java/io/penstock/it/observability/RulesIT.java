package io.penstock.it.observability;

import io.penstock.testkit.Tool;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What Prometheus's and Alertmanager's own tools say of our rules and their configuration. */
class RulesIT {
  private static final Path PROMETHEUS = Observability.FOLDER.resolve("prometheus");

  @Test
  void prometheusTakesTheConfigurationAndItsRules() {
    var _ = Tool.PROMTOOL.run(PROMETHEUS, "check", "config", "prometheus.yml").expect(0);
  }

  @Test
  void alertsFireWhenTheyShallAndOnlyThen() throws IOException {
    List<String> arguments = new ArrayList<>(List.of("test", "rules"));
    Observability.files("deploy/observability/prometheus/tests", ".yml")
        .forEach(file -> arguments.add("tests/" + file));
    var _ = Tool.PROMTOOL.run(PROMETHEUS, arguments.toArray(String[]::new)).expect(0);
  }

  @Test
  void alertmanagerTakesItsConfiguration() {
    var _ =
        Tool.AMTOOL
            .run(Observability.FOLDER.resolve("alertmanager"), "check-config", "alertmanager.yml")
            .expect(0);
  }
}
