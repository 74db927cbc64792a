package io.penstock.core.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.penstock.core.metrics.Metric.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rewrites the page instead of comparing when {@code -Dpenstock.docs.write=true} is given. */
class MetricTest {
  private static final Path PAGE = Path.of("..", "docs", "reference", "metrics.md");

  @Test
  void pageIsWhatTheCatalogueSays() throws IOException {
    if (Boolean.getBoolean("penstock.docs.write")) {
      Files.writeString(PAGE, MetricsDocument.markdown());
    }

    assertThat(PAGE)
        .as("rewrite it: mvn -pl core test -Dtest=MetricTest -Dpenstock.docs.write=true")
        .hasContent(MetricsDocument.markdown());
  }

  static List<Metric> all() {
    return Metric.ALL;
  }

  @Test
  void noNameIsDeclaredTwice() {
    assertThat(
            Stream.concat(
                Metric.ALL.stream().map(Metric::name),
                LibraryMetric.ALL.stream().map(LibraryMetric::name)))
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @MethodSource("all")
  void namesAreInPrometheusStyle(Metric metric) {
    assertThat(metric.name())
        .matches("penstock(_[a-z]+)+")
        .doesNotMatch(".*_(bucket|sum|count|created|max)");
    assertThat(metric.name().endsWith("_total")).isEqualTo(metric.kind() == Kind.COUNTER);
    String name = metric.name().replaceFirst("_total$", "");
    for (String unit : new String[] {"seconds", "bytes"}) {
      assertThat(name.endsWith("_" + unit)).as(unit).isEqualTo(metric.unit().equals(unit));
    }
    assertThat(metric.help()).isNotBlank().doesNotEndWith(".").doesNotContain("\n");
    assertThat(metric.buckets().isEmpty()).isEqualTo(metric.kind() != Kind.HISTOGRAM);
    assertThat(metric.buckets()).isSorted();
  }

  @Test
  void metersAreShownAsDeclared() {
    Meters meters = new Meters();
    meters.counter(Metric.EVENTS, "stored", "none").increment(3);
    meters.timer(Metric.INSERT, "written").record(Duration.ofMillis(20));
    meters.summary(Metric.INSERT_ROWS).record(7);
    meters.gauge(Metric.LAG, 5, Integer::doubleValue);
    meters.counter(Metric.CLIENT_CACHE_REFUSED, 6, Integer::doubleValue);

    assertThat(meters.registry().scrape())
        .contains("# HELP penstock_events_total " + Metric.EVENTS.help())
        .contains("penstock_events_total{outcome=\"stored\",reason=\"none\"} 3.0")
        .contains("penstock_insert_seconds_bucket{outcome=\"written\",le=\"0.01\"} 0")
        .contains("penstock_insert_seconds_bucket{outcome=\"written\",le=\"0.05\"} 1")
        .contains("penstock_insert_rows_bucket{le=\"10.0\"} 1")
        .contains("penstock_lag_records 5.0")
        .contains("penstock_client_cache_refused_total 6.0");
  }

  @Test
  void ofLibrariesMetersThoseOfTheCatalogueAreKeptWithItsHelp() {
    Meters meters = new Meters();
    PrometheusMeterRegistry registry = meters.registry();
    registry.gauge("system.cpu.usage", 0.5);
    TimeGauge _ =
        TimeGauge.builder("process.uptime", () -> 1_500, TimeUnit.MILLISECONDS).register(registry);
    registry.counter("cache.evictions", "cache", "clients").increment();
    registry.counter("cache.evictions", "cache", "clients", "cause", "size").increment();
    registry.timer("hikaricp.connections.creation", "pool", "a").record(Duration.ofMillis(1));
    registry.counter("kafka.consumer.request.total", kafka("router-1-consumer")).increment();
    registry.counter("kafka.consumer.request.total", kafka("1-restore-consumer")).increment();

    assertThat(registry.scrape().lines().filter(line -> !line.startsWith("# TYPE")))
        .containsExactlyInAnyOrder(
            "# HELP system_cpu_usage Share that all processes use",
            "system_cpu_usage 0.5",
            "# HELP process_uptime_seconds For how long it has run",
            "process_uptime_seconds 1.5",
            "# HELP cache_evictions_total Entries dropped because the cache was full or they were too old",
            "cache_evictions_total{cache=\"clients\"} 1.0",
            "# HELP kafka_consumer_request_total Requests sent",
            "kafka_consumer_request_total{client_id=\"router-1-consumer\",kafka_version=\"4\"} 1.0");
  }

  private static Tags kafka(String client) {
    return Tags.of("client.id", client, "kafka.version", "4");
  }

  @Test
  void anotherKindOrNumberOfLabelsIsABug() {
    Meters meters = new Meters();
    assertThatThrownBy(() -> meters.counter(Metric.LAG)).hasMessageContaining("GAUGE");
    assertThatThrownBy(() -> meters.counter(Metric.EVENTS, "stored"))
        .hasMessageContaining("reason");
  }
}
