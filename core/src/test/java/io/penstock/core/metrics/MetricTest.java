package io.penstock.core.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.metrics.Metric.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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
    assertThat(Metric.ALL.stream().map(Metric::name)).doesNotHaveDuplicates();
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
  void anotherKindOrNumberOfLabelsIsABug() {
    Meters meters = new Meters();
    assertThatThrownBy(() -> meters.counter(Metric.LAG)).hasMessageContaining("GAUGE");
    assertThatThrownBy(() -> meters.counter(Metric.EVENTS, "stored"))
        .hasMessageContaining("reason");
  }
}
