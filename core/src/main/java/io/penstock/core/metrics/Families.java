package io.penstock.core.metrics;

import io.penstock.core.metrics.Metric.Kind;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.List;
import java.util.Map;

/**
 * Whole metrics with all their series, as they are at one moment. The keys of the maps are the
 * values of the metric's labels, in their order.
 */
public final class Families {
  private Families() {}

  public static CounterSnapshot counters(Metric metric, Map<List<String>, Long> series) {
    require(metric, Kind.COUNTER);
    CounterSnapshot.Builder family =
        CounterSnapshot.builder()
            .name(metric.name().replaceFirst("_total$", ""))
            .help(metric.help());
    series.forEach((labels, value) ->
        family.dataPoint(
            CounterDataPointSnapshot.builder()
                .labels(labels(metric, labels))
                .value((double) value)
                .build()));
    return family.build();
  }

  public static GaugeSnapshot gauges(Metric metric, Map<List<String>, Double> series) {
    require(metric, Kind.GAUGE);
    GaugeSnapshot.Builder family = GaugeSnapshot.builder().name(metric.name()).help(metric.help());
    series.forEach((labels, value) ->
        family.dataPoint(
            GaugeDataPointSnapshot.builder().labels(labels(metric, labels)).value(value).build()));
    return family.build();
  }

  public static HistogramSnapshot histograms(Metric metric, Map<List<String>, Histogram> series) {
    require(metric, Kind.HISTOGRAM);
    HistogramSnapshot.Builder family =
        HistogramSnapshot.builder().name(metric.name()).help(metric.help());
    series.forEach((labels, value) -> family.dataPoint(value.snapshot(labels(metric, labels))));
    return family.build();
  }

  static void require(Metric metric, Kind kind) {
    if (metric.kind() != kind) {
      throw new IllegalArgumentException(metric.name() + " is declared as a " + metric.kind());
    }
  }

  private static Labels labels(Metric metric, List<String> values) {
    return Labels.of(
        metric.labelNames(values.size()).toArray(String[]::new), values.toArray(String[]::new));
  }
}
