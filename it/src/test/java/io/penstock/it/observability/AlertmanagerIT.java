package io.penstock.it.observability;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.penstock.testkit.Tool;
import io.penstock.testkit.ToolServer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real Alertmanager with our configuration: who hears what, and what is silent meanwhile. */
class AlertmanagerIT {
  private static final Path FILE = Observability.FOLDER.resolve("alertmanager/alertmanager.yml");

  @TempDir private Path folder;

  @Test
  void pagesAndTicketsGoToTheirReceivers() {
    for (String severity : Set.of("page", "ticket")) {
      assertThat(
              Tool.AMTOOL
                  .run(
                      folder,
                      "config",
                      "routes",
                      "test",
                      "--config.file=" + FILE,
                      "severity=" + severity)
                  .expect(0)
                  .out()
                  .strip())
          .endsWith("\n" + severity);
    }
  }

  @Test
  void whatFollowsFromAnOutageIsSilentWhileItIsOpen() {
    assertHeard(
        Set.of("TargetDown", "UnaccountedOffsets"),
        alert("TargetDown", "page", Map.of("target", "default")),
        alert("IntakePaused", "page", Map.of("instance", "r1")),
        alert("PartitionNotProgressing", "page", Map.of("partition", "0")),
        alert("CanaryMissing", "page", Map.of()),
        alert("UnaccountedOffsets", "page", Map.of()));
  }

  @Test
  void withoutRoutersNobodyHearsThatClientsAreSilentAndWithoutAnotherJobEverybodyDoes() {
    String silent = alert("ClientSilent", "ticket", Map.of("client", "acme"));
    String router = alert("ProcessMissing", "page", Map.of("job", "penstock-router"));
    String dlq = alert("ProcessMissing", "page", Map.of("job", "penstock-dlq"));
    assertHeard(Set.of("ProcessMissing"), router, silent);
    assertHeard(Set.of("ClientSilent acme", "ProcessMissing"), dlq, silent);
  }

  @Test
  void ofTheFreshnessOfAllNobodyHearsClientByClient() {
    String name = "FreshnessObjectiveBurning";
    String all = alert(name, "page", Map.of("window", "1h"));
    String one = alert(name, "page", Map.of("window", "1h", "client", "acme"));
    String slowly = alert(name, "ticket", Map.of("window", "3d", "client", "globex"));
    assertHeard(Set.of(name), all, one, slowly);
    assertHeard(Set.of(name + " acme", name + " globex"), one, slowly);
    assertHeard(Set.of(name + " acme"), one, alert(name, "ticket", Map.of("client", "acme")));
  }

  private static String alert(String name, String severity, Map<String, String> labels) {
    return labels.entrySet().stream()
        .map(label -> ",\"%s\":\"%s\"".formatted(label.getKey(), label.getValue()))
        .collect(
            Collectors.joining(
                "",
                "{\"labels\":{\"alertname\":\"%s\",\"severity\":\"%s\"".formatted(name, severity),
                "}}"));
  }

  /**
   * Awaits that of these alerts those are not silent: by name, and client if they have one.
   * Alertmanager finds out within moments.
   */
  private void assertHeard(Set<String> expected, String... alerts) {
    try (ToolServer server =
        ToolServer.start(
            Tool.ALERTMANAGER,
            folder,
            "--config.file=" + FILE,
            "--storage.path=" + UUID.randomUUID(),
            "--cluster.listen-address=")) {
      JsonNode _ = server.post("/api/v2/alerts", "[" + String.join(",", alerts) + "]");
      assertThat(server.get("/api/v2/alerts?inhibited=true")).hasSize(alerts.length);
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
      Set<String> heard;
      do {
        heard = heard(server);
      } while (!heard.equals(expected) && System.nanoTime() < deadline);
      assertThat(heard).isEqualTo(expected);
    }
  }

  private static Set<String> heard(ToolServer server) {
    Set<String> heard = new TreeSet<>();
    for (JsonNode alert : server.get("/api/v2/alerts?inhibited=false")) {
      JsonNode labels = alert.get("labels");
      heard.add(
          (labels.path("alertname").asText() + " " + labels.path("client").asText("")).strip());
    }
    return heard;
  }
}
