package io.penstock.it.observability;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every alert has all that whoever is woken by it needs, and asks for what there is. */
class AlertsTest {
  /** Prometheus's own. */
  private static final Set<String> OF_PROMETHEUS = Set.of("up");

  /** What is no alert's page. */
  private static final Set<String> OTHER_PAGES = Set.of("dead-letters.md");

  private static final Pattern LABEL = Pattern.compile("\\{\\{ \\$labels\\.(\\w+) }}");
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```\n(.*?)\n```");

  /** One rule; an alert may have several. */
  private record Alert(String name, String expr, Map<?, ?> labels, Map<?, ?> annotations) {
    String page() {
      return name.replaceAll("(?<=.)(?=[A-Z])", "-").toLowerCase(Locale.ROOT) + ".md";
    }
  }

  @Test
  void everyMetricThatRulesAskForExists() throws IOException {
    List<String> unknown = new ArrayList<>();
    Set<String> recorded =
        Observability.rules("recording.yml")
            .map(rule -> Observability.text(rule, "record"))
            .collect(toSet());
    for (String file : List.of("recording.yml", "alerts.yml")) {
      Observability.rules(file)
          .map(rule -> Observability.text(rule, "expr"))
          .flatMap(expr -> PromQl.metrics(expr).stream())
          .filter(name -> !recorded.contains(name) && !OF_PROMETHEUS.contains(name))
          .filter(name -> !PromQl.isOurs(name))
          .forEach(unknown::add);
    }
    assertThat(unknown).isEmpty();
  }

  @Test
  void everyAlertSaysHowBadItIsAndWhatToDoFirst() throws IOException {
    for (Alert alert : alerts()) {
      assertThat(alert.labels.get("severity")).as(alert.name).isIn("page", "ticket");
      assertThat(alert.annotations.keySet())
          .as(alert.name)
          .isEqualTo(Set.of("summary", "first", "runbook"));
      assertThat(alert.annotations.get("runbook")).isEqualTo("docs/runbooks/" + alert.page());
      String page = Observability.read(Observability.HOME.resolve("docs/runbooks/" + alert.page()));
      assertThat(page).startsWith("# " + alert.name + "\n").contains("\n## It clears\n");
      assertThat(firstCommand(page))
          .isEqualTo(asInADocument(Observability.text(alert.annotations, "first")));
    }
  }

  private static String firstCommand(String page) {
    return BLOCK.matcher(page).results().findFirst().orElseThrow().group(1);
  }

  /** With a word in capitals where the command has a label's value; a client's is its id. */
  private static String asInADocument(String command) {
    return LABEL
        .matcher(command)
        .replaceAll(label ->
            switch (label.group(1)) {
              case "client" -> "ID";
              case "target" -> "NAME";
              default -> label.group(1).toUpperCase(Locale.ROOT);
            });
  }

  @Test
  void everyRunbookIsAnAlerts() throws IOException {
    Set<String> pages = Observability.files("docs/runbooks", ".md");
    pages.removeAll(OTHER_PAGES);
    assertThat(pages).isEqualTo(alerts().stream().map(Alert::page).collect(toSet()));
  }

  @Test
  void everyAlertIsSeenToFireAndNotTo() throws IOException {
    Set<String> quiet = new TreeSet<>();
    List<Map<?, ?>> fired = new ArrayList<>();
    for (String file : Observability.files("deploy/observability/prometheus/tests", ".yml")) {
      for (Map<?, ?> test :
          Observability.list(Observability.yaml("prometheus/tests/" + file), "tests")) {
        for (Map<?, ?> one : Observability.list(test, "alert_rule_test")) {
          List<Map<?, ?>> expected = Observability.list(one, "exp_alerts");
          if (expected.isEmpty()) {
            quiet.add(Observability.text(one, "alertname"));
          }
          for (Map<?, ?> alert : expected) {
            Map<Object, Object> labels = new HashMap<>(Observability.map(alert, "exp_labels"));
            labels.put("alertname", one.get("alertname"));
            fired.add(labels);
          }
        }
      }
    }
    assertThat(quiet).isEqualTo(alerts().stream().map(Alert::name).collect(toSet()));
    for (Alert alert : alerts()) {
      assertThat(fired)
          .as(alert.name + alert.labels)
          .anyMatch(labels ->
              alert.name.equals(labels.get("alertname"))
                  && labels.entrySet().containsAll(alert.labels.entrySet()));
    }
  }

  private static List<Alert> alerts() throws IOException {
    return Observability.rules("alerts.yml")
        .map(rule ->
            new Alert(
                Observability.text(rule, "alert"),
                Observability.text(rule, "expr"),
                Observability.map(rule, "labels"),
                Observability.map(rule, "annotations")))
        .toList();
  }
}
