package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.dlq.command.DlqMain;
import io.penstock.local.LocalStack;
import io.penstock.local.Part;
import io.penstock.provisioning.command.ProvisioningMain;
import io.penstock.testkit.CommandResult;
import io.penstock.testkit.PenstockProcess;
import io.penstock.testkit.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A real Prometheus beside a router, {@code dlq run} and {@code clients provision --watch}, all
 * processes, under load. Every panel of the dashboards has something to show, and faults make their
 * alerts fire: the first command that an alert names shows the cause, and it clears when the fault
 * is over. Alerts that are not here are seen to fire by promtool alone.
 */
class ObservabilityFaultIT {
  private static final Path DASHBOARDS =
      Scenario.HOME.resolve("deploy/observability/grafana/dashboards");
  private static final Pattern PORT = Pattern.compile("metrics and health on port (\\d+)");

  /** Where migrations are. */
  private static final Map<String, String> HOME =
      Map.of("PENSTOCK_HOME", Scenario.HOME.toAbsolutePath().normalize().toString());

  /** What tells for minutes of a fault that is over. */
  private static final Set<String> LASTING =
      Set.of("FreshnessObjectiveBurning 6h", "FreshnessObjectiveBurning 3d");

  /** How a panel says that it may have nothing to show. */
  private static final String MAY_BE_EMPTY = "Empty while all is well.";

  private static final Duration PANELS_WITHIN = Duration.ofSeconds(60);

  private final LocalStack stack = FaultStack.healed();

  private final Scenario scenario = new Scenario(quick());
  private final List<AutoCloseable> open = new ArrayList<>();
  private final String client = scenario.activeClient("acme");
  private final String troubled = scenario.activeClient("troubled");

  private Map<String, String> quick() {
    Map<String, String> properties = new HashMap<>(stack.connectionProperties());
    properties.put("penstock.router.attempt.timeout", "1s");
    properties.put("penstock.router.insert.timeout", "2s");
    properties.put("penstock.freshness.objective", "3s");
    properties.put("penstock.freshness.share", "99%");
    properties.put("penstock.canary", "on");
    properties.put("penstock.canary.interval", "1s");
    properties.put("penstock.canary.missing.after", "3s");
    properties.put("penstock.dlq.heal.pause", "1s");
    properties.put("penstock.dlq.heal.pause.max", "1s");
    return properties;
  }

  @BeforeEach
  void needed() {
    Path _ = Tool.PROMETHEUS.require();
  }

  @AfterEach
  void close() throws Exception {
    stack.parts().forEach(Part::thaw);
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
    scenario.close();
  }

  private <T extends AutoCloseable> T opened(T one) {
    open.add(one);
    return one;
  }

  /** Starts all of it, and is told when Prometheus has seen each process. */
  private Prometheus start() throws IOException {
    Dlq.Started dlq = opened(new Dlq(scenario).start("run"));
    Dlq.Started provision = opened(provision());
    RouterProcess router = opened(new RouterProcess(scenario.properties)).awaitReady();
    Prometheus prometheus =
        opened(
            new Prometheus(
                Map.of(
                    "penstock-router", "127.0.0.1:" + router.httpPort(),
                    "penstock-dlq", "127.0.0.1:" + port(dlq),
                    "penstock-provision", "127.0.0.1:" + port(provision))));
    Scenario.await(() -> prometheus.ask("up == 1").size() == 3);
    return prometheus;
  }

  private Dlq.Started provision() throws IOException {
    Path log =
        Files.createTempFile(
            Files.createDirectories(Path.of("target", "provision")), "provision-", ".log");
    ProcessBuilder builder =
        PenstockProcess.of(
            "provisioning",
            ProvisioningMain.class,
            scenario.properties,
            List.of("-Xmx192m"),
            List.of("clients", "provision", "--watch"));
    builder.environment().putAll(HOME);
    return new Dlq.Started(
        builder.redirectErrorStream(true).redirectOutput(log.toFile()).start(), log);
  }

  private static int port(Dlq.Started process) {
    Scenario.await(() -> {
      assertThat(process.process().isAlive()).as("%s", process.text()).isTrue();
      return PORT.matcher(process.text()).find();
    });
    Matcher port = PORT.matcher(process.text());
    assertThat(port.find()).isTrue();
    return Integer.parseInt(port.group(1));
  }

  // ---- dashboards

  @Test
  void everyPanelHasSomethingToShow() throws IOException {
    Prometheus prometheus = start();
    List<String> _ = scenario.dropDatabase(troubled);
    try (Load _ = scenario.load(List.of(client, troubled), 200)) {
      Map<String, String> empty = expressions();
      assertThat(empty).hasSizeGreaterThan(60);
      long deadline = System.nanoTime() + PANELS_WITHIN.toNanos();
      // Rates need two scrapes, and some gauges are asked for each few seconds only.
      while (!empty.isEmpty() && System.nanoTime() < deadline) {
        empty.values().removeIf(expression -> !prometheus.ask(expression).isEmpty());
        Scenario.pause(500);
      }
      assertThat(empty).isEmpty();
    }
  }

  /** What the panels ask for, by dashboard, panel and query; without those that may be empty. */
  private static Map<String, String> expressions() throws IOException {
    Map<String, String> all = new TreeMap<>();
    try (Stream<Path> files = Files.list(DASHBOARDS)) {
      for (Path file : files.toList()) {
        JsonNode dashboard = new ObjectMapper().readTree(Files.readString(file));
        for (JsonNode panel : dashboard.get("panels")) {
          if (panel.at("/datasource/uid").asText().equals("prometheus")
              && !panel.get("description").asText().endsWith(MAY_BE_EMPTY)) {
            for (JsonNode target : panel.get("targets")) {
              all.put(
                  "%s: %s, %s"
                      .formatted(
                          dashboard.get("title").asText(),
                          panel.get("title").asText(),
                          target.get("refId").asText()),
                  withValues(target.get("expr").asText()));
            }
          }
        }
      }
    }
    return all;
  }

  /** With what Grafana puts in for variables. */
  private static String withValues(String expression) {
    return expression
        .replace("$__rate_interval", "10s")
        .replace("$client", "acme-.*")
        .replace("$job", "penstock-router");
  }

  // ---- alerts

  @Test
  void faultsFireTheirAlertsWhoseFirstCommandsShowTheCauseAndThatClear() throws IOException {
    Prometheus prometheus = start();
    try (Load _ = scenario.load(List.of(client), 300)) {
      List<String> again = scenario.dropDatabase(troubled);
      try (Load _ = scenario.load(List.of(troubled), 50)) {
        fires(prometheus, "ClientBreakerOpen", troubled);
        fires(prometheus, "DeadLettersOfNewCause", "CLIENT_UNAVAILABLE");
        scenario.restoreDatabase(troubled, again);
        clears(prometheus, "ClientBreakerOpen");
      }

      stack.clickHouse().freeze();
      fires(prometheus, "TargetDown", "default");
      fires(prometheus, "IntakePaused", "clickhouse");
      fires(prometheus, "CanaryMissing", "clickhouse");
      fires(prometheus, "PartitionNotProgressing", "clickhouse");
      stack.clickHouse().thaw();
      clears(prometheus, "TargetDown");
      clears(prometheus, "IntakePaused");
      clears(prometheus, "PartitionNotProgressing");
      clears(prometheus, "CanaryMissing");
      // What waited came late; over the longer windows it stays so for minutes.
      fires(prometheus, "FreshnessObjectiveBurning 1h", "kafka");
      clears(prometheus, "FreshnessObjectiveBurning 1h");

      stack.kafka().freeze();
      fires(prometheus, "KafkaSilent", "kafka");
      stack.kafka().thaw();
      clears(prometheus, "KafkaSilent");

      Scenario.await(() -> LASTING.containsAll(prometheus.firing().keySet()), prometheus::firing);
    }
  }

  /** Waits until an alert fires, and runs the command that it names, which must show the cause. */
  private void fires(Prometheus prometheus, String alert, String cause) {
    Scenario.await(
        () -> prometheus.firing().containsKey(alert),
        () -> alert + " among " + prometheus.firing());
    List<String> first = prometheus.firing().getOrDefault(alert, List.of());
    assertThat(first.stream().map(this::run)).as(alert).anyMatch(said -> said.contains(cause));
  }

  private String run(String first) {
    assertThat(first).startsWith("./penstock ");
    String[] words = first.split(" ", -1);
    Map<String, String> environment = CommandResult.environment(scenario.properties);
    environment.putAll(HOME);
    boolean dlq = words[1].equals("dlq");
    CommandResult result =
        CommandResult.of(
            dlq ? DlqMain.commandLine(environment) : ProvisioningMain.commandLine(environment),
            Arrays.copyOfRange(words, dlq ? 2 : 1, words.length));
    return result.out() + result.err();
  }

  private static void clears(Prometheus prometheus, String alert) {
    Scenario.await(() -> !prometheus.firing().containsKey(alert), prometheus::firing);
  }
}
