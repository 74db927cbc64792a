package io.penstock.core.metrics;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.metrics.micrometer.MicrometerMetricsTrackerFactory;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.penstock.core.metrics.Metric.Kind;
import io.prometheus.metrics.model.registry.Collector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * Makes meters as the catalogue declares them. To be asked once for each, and not per event: every
 * call looks the meter up. Thread-safe.
 */
public final class Meters {
  private final PrometheusMeterRegistry registry;

  public Meters() {
    registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    registry.config().meterFilter(new LibraryFilter(registry.config().namingConvention()));
  }

  /**
   * Where they are registered. What libraries register here is kept as far as {@link LibraryMetric}
   * has it.
   */
  public PrometheusMeterRegistry registry() {
    return registry;
  }

  /**
   * A counter.
   *
   * @param labels values of the metric's labels, in their order; so everywhere below
   */
  public Counter counter(Metric metric, String... labels) {
    return Counter.builder(name(metric, Kind.COUNTER))
        .description(metric.help())
        .tags(tags(metric, labels))
        .register(registry);
  }

  /** A counter that reads {@code source}, which only grows, when it is scraped. */
  public <T> void counter(Metric metric, T source, ToDoubleFunction<T> value, String... labels) {
    FunctionCounter.builder(name(metric, Kind.COUNTER), source, value)
        .description(metric.help())
        .tags(tags(metric, labels))
        .register(registry);
  }

  /** A gauge that reads {@code source}, which it keeps, when it is scraped. */
  public <T> void gauge(Metric metric, T source, ToDoubleFunction<T> value, String... labels) {
    Gauge.builder(name(metric, Kind.GAUGE), source, value)
        .description(metric.help())
        .tags(tags(metric, labels))
        .strongReference(true)
        .register(registry);
  }

  /** A histogram of durations. */
  public Timer timer(Metric metric, String... labels) {
    return Timer.builder(name(metric, Kind.HISTOGRAM))
        .description(metric.help())
        .tags(tags(metric, labels))
        .serviceLevelObjectives(
            metric.buckets().stream()
                .map(seconds -> Duration.ofNanos(Math.round(seconds * 1e9)))
                .toArray(Duration[]::new))
        .register(registry);
  }

  /** A histogram of sizes. */
  public DistributionSummary summary(Metric metric, String... labels) {
    return DistributionSummary.builder(name(metric, Kind.HISTOGRAM))
        .description(metric.help())
        .tags(tags(metric, labels))
        .serviceLevelObjectives(metric.buckets().stream().mapToDouble(bound -> bound).toArray())
        .register(registry);
  }

  /** Measures a pool of connections as long as it is open; once for each pool. */
  public void measure(HikariDataSource pool) {
    pool.setMetricsTrackerFactory(new MicrometerMetricsTrackerFactory(registry));
  }

  /**
   * A gauge whose series come and go.
   *
   * @param series asked when it is scraped: the values by those of the labels, in their order
   */
  public void gauges(Metric metric, Supplier<Map<List<String>, Double>> series) {
    Families.require(metric, Kind.GAUGE);
    registry
        .getPrometheusRegistry()
        .register((Collector) () -> Families.gauges(metric, series.get()));
  }

  private static String name(Metric metric, Kind wanted) {
    Families.require(metric, wanted);
    return metric.name();
  }

  private static List<Tag> tags(Metric metric, String... values) {
    List<String> names = metric.labelNames(values.length);
    List<Tag> tags = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      tags.add(Tag.of(names.get(i), values[i]));
    }
    return tags;
  }
}
