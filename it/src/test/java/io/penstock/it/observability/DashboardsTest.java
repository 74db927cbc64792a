package io.penstock.it.observability;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Dashboards are files that are written by code, and ask for what there is. {@code
 * -Dpenstock.docs.write=true} writes them anew. {@code ObservabilityIT} runs what their panels ask.
 */
class DashboardsTest {
  private static final String FOLDER = "deploy/observability/grafana/dashboards";

  /** Prometheus's own. */
  private static final Set<String> OF_PROMETHEUS = Set.of("up", "ALERTS");

  @Test
  void filesAreAsTheCodeSays() throws IOException {
    for (Dashboard dashboard : Dashboards.all()) {
      Path file = Observability.HOME.resolve(FOLDER).resolve(dashboard.name() + ".json");
      if (Boolean.getBoolean("penstock.docs.write")) {
        Files.writeString(file, dashboard.json());
      }
      assertThat(file).hasContent(dashboard.json());
    }
    assertThat(Observability.files(FOLDER, ".json"))
        .isEqualTo(
            Dashboards.all().stream()
                .map(dashboard -> dashboard.name() + ".json")
                .collect(toSet()));
  }

  @Test
  void everyPanelSaysWhatItShowsInWhichUnit() throws IOException {
    for (Dashboard dashboard : Dashboards.all()) {
      Set<String> titles = new HashSet<>();
      for (JsonNode panel : panels(dashboard)) {
        String title = panel.get("title").asText();
        assertThat(titles.add(title)).as(title).isTrue();
        assertThat(panel.get("description").asText()).as(title).endsWith(".");
        if (isOfPrometheus(panel)) {
          assertThat(panel.at("/fieldConfig/defaults/unit").asText()).as(title).isNotEmpty();
        }
      }
    }
  }

  @Test
  void everyMetricThatPanelsAskForExists() throws IOException {
    Set<String> recorded = new HashSet<>();
    Observability.rules("recording.yml")
        .forEach(rule -> recorded.add(Observability.text(rule, "record")));
    List<String> unknown = new ArrayList<>();
    int asked = 0;
    for (Dashboard dashboard : Dashboards.all()) {
      for (JsonNode panel : panels(dashboard)) {
        for (JsonNode target : panel.get("targets")) {
          Set<String> metrics =
              isOfPrometheus(panel) ? PromQl.metrics(target.get("expr").asText()) : Set.of();
          asked += metrics.size();
          metrics.stream()
              .filter(name -> !recorded.contains(name) && !OF_PROMETHEUS.contains(name))
              .filter(name -> !PromQl.isOurs(name))
              .forEach(unknown::add);
        }
      }
    }
    assertThat(unknown).isEmpty();
    assertThat(asked).isGreaterThan(60);
  }

  private static boolean isOfPrometheus(JsonNode panel) {
    return panel.at("/datasource/uid").asText().equals("prometheus");
  }

  private static JsonNode panels(Dashboard dashboard) throws IOException {
    return new ObjectMapper().readTree(dashboard.json()).get("panels");
  }
}
