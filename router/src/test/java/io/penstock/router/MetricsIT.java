package io.penstock.router;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.metrics.LibraryMetric;
import io.penstock.core.metrics.Metric;
import io.penstock.core.metrics.Metric.Kind;
import io.penstock.core.metrics.Metric.Owner;
import io.penstock.testkit.Tool;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code /metrics} of each long-running process, against the catalogues and Prometheus's lint. */
class MetricsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern HEAD = Pattern.compile("(?m)^# (HELP|TYPE) (\\S+) (.*)$");
  private static final Map<Owner, String> SCRAPES = new EnumMap<>(Owner.class);

  /** What a metric is said to be. */
  private record Said(String kind, String help) {
    Said(Kind kind, String help) {
      this(kind.name().toLowerCase(Locale.ROOT), help);
    }
  }

  @BeforeAll
  static void scrape() {
    Scenario scenario = Scenario.onSharedStack();
    scenario.properties.put("penstock.canary", "on");
    scenario.properties.put("penstock.canary.interval", "1s");
    try (scenario;
        EmbeddedRouter router = new EmbeddedRouter(scenario.properties).awaitReady();
        Dlq.Started dlq = new Dlq(scenario).start("run")) {
      List<String> clients = scenario.activeClients(2);
      scenario.sendMix(200, clients);
      scenario.settle();
      scrape(Owner.ROUTER, router);
      scrape(Owner.DLQ, dlq);
      try (ProvisionWatch watch = new ProvisionWatch(scenario.properties)) {
        scrape(Owner.PROVISION, watch);
      } finally {
        scenario.forgetCanary();
      }
    }
  }

  /** Until nothing lacks that has to be there; what lacks for too long, a test below says. */
  private static void scrape(Owner owner, Observed process) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    do {
      SCRAPES.put(owner, process.get("/metrics").body());
    } while (!missing(owner).isEmpty() && System.nanoTime() < deadline);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ALL")
  void everythingDeclaredIsThereAndNothingElse(Owner process) {
    assertThat(missing(process)).isEmpty();
    assertThat(allowed(process)).containsAllEntriesOf(shown(process));
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ALL")
  void prometheusHasNothingToSayAgainstIt(Owner process) {
    String scraped = SCRAPES.getOrDefault(process, "");
    assertThat(scraped).contains("penstock_");
    assertThat(Tool.PROMTOOL.read(scraped, "check", "metrics").expect(0).out()).isEmpty();
  }

  /** What is declared for a process; what may be absent at rest says so. */
  private static Set<String> missing(Owner process) {
    Set<String> missing = new TreeSet<>();
    declared(process)
        .forEach((name, said) -> {
          if (!said.help.contains("Absent")) {
            missing.add(name);
          }
        });
    missing.removeAll(shown(process).keySet());
    return missing;
  }

  private static Map<String, Said> declared(Owner process) {
    return Stream.concat(
            Metric.ALL.stream()
                .filter(metric -> Set.of(Owner.ALL, process).contains(metric.owner()))
                .map(metric -> Map.entry(metric.name(), new Said(metric.kind(), metric.help()))),
            LibraryMetric.ALL.stream()
                .filter(metric ->
                    metric.library().owners().stream()
                        .anyMatch(Set.of(Owner.ALL, process)::contains))
                .map(metric -> Map.entry(metric.name(), new Said(metric.kind(), metric.help()))))
        .collect(toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  /** With the largest values of histograms and summaries. */
  private static Map<String, Said> allowed(Owner process) {
    Map<String, Said> allowed = new HashMap<>(declared(process));
    declared(process)
        .forEach((name, said) -> {
          if (Set.of("histogram", "summary").contains(said.kind)) {
            allowed.put(name + "_max", new Said(Kind.GAUGE, said.help));
          }
        });
    return allowed;
  }

  private static Map<String, Said> shown(Owner process) {
    Map<String, String> helps = new HashMap<>();
    Map<String, String> kinds = new HashMap<>();
    Matcher head = HEAD.matcher(SCRAPES.getOrDefault(process, ""));
    while (head.find()) {
      (head.group(1).equals("HELP") ? helps : kinds).put(head.group(2), head.group(3));
    }
    return kinds.entrySet().stream()
        .collect(
            toMap(
                Map.Entry::getKey,
                kind -> new Said(kind.getValue(), helps.getOrDefault(kind.getKey(), ""))));
  }
}
