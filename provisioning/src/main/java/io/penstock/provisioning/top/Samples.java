package io.penstock.provisioning.top;

import io.penstock.core.metrics.Metric;
import io.penstock.core.metrics.Metric.Kind;
import java.text.ParseException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Samples of Penstock's own metrics: those of a process at one moment, or what can be reckoned from
 * several of these. Immutable.
 */
final class Samples {
  /** Of no process. */
  static final Samples NONE = new Samples(Map.of());

  private static final String OWN = "penstock_";
  private static final String BUCKET = "_bucket";

  /** What grows in a histogram. */
  private static final List<String> GROWING = List.of(BUCKET, "_count", "_sum");

  /**
   * What a sample is of.
   *
   * @param name with what the series of a histogram end in
   */
  private record Series(String name, Map<String, String> labels) {}

  /** A value with the labels of its series. */
  record Labelled(Map<String, String> labels, double value) {
    /** Of a label that the metric has. */
    String label(String name) {
      return labels.getOrDefault(name, "");
    }
  }

  private final Map<Series, Double> values;

  private Samples(Map<Series, Double> values) {
    this.values = Map.copyOf(values);
  }

  /**
   * Reads an answer of {@code /metrics} in Prometheus's text format 0.0.4.
   *
   * @throws ParseException if a line that begins like one of Penstock's metrics is none; others are
   *     passed over
   */
  static Samples parse(String text) throws ParseException {
    Map<Series, Double> found = new HashMap<>();
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      if (line.startsWith(OWN)) {
        SampleLine sample = SampleLine.parse(line, number);
        if (found.put(new Series(sample.name(), sample.labels()), sample.value()) != null) {
          throw new ParseException("line %d: a series that was there before".formatted(number), 0);
        }
      }
    }
    return new Samples(found);
  }

  /** Added up, series by series. */
  static Samples sum(Collection<Samples> all) {
    Map<Series, Double> sums = new HashMap<>();
    all.forEach(
        one -> one.values.forEach((series, value) -> sums.merge(series, value, Double::sum)));
    return new Samples(sums);
  }

  /**
   * By how much counters and histograms of one process have grown; its gauges are left out. A
   * process in which a total has become less was started anew: all that it has counted is growth.
   * So is what a series has that was not there before.
   */
  Samples since(Samples earlier) {
    Set<String> growing = growing();
    boolean anew =
        values.entrySet().stream()
            .filter(one -> growing.contains(one.getKey().name))
            // Series of clients come and go while a process runs.
            .filter(one -> !one.getKey().labels.containsKey("client"))
            .anyMatch(one -> one.getValue() < earlier.values.getOrDefault(one.getKey(), 0.0));
    Map<Series, Double> growth = new HashMap<>();
    values.forEach((series, value) -> {
      if (growing.contains(series.name)) {
        double before = anew ? 0 : earlier.values.getOrDefault(series, 0.0);
        growth.put(series, before <= value ? value - before : value);
      }
    });
    return new Samples(growth);
  }

  private static Set<String> growing() {
    Set<String> names = new HashSet<>();
    for (Metric metric : Metric.ALL) {
      switch (metric.kind()) {
        case COUNTER -> names.add(metric.name());
        case HISTOGRAM -> GROWING.forEach(end -> names.add(metric.name() + end));
        // Summaries are libraries', whose metrics are not read.
        case GAUGE, SUMMARY -> {}
      }
    }
    return names;
  }

  /** Whether there is any sample of it. */
  boolean has(Metric metric) {
    return of(metric, Map.of()).findAny().isPresent();
  }

  /** All of a counter or a gauge, less those that are not known yet, in no order. */
  List<Labelled> all(Metric metric) {
    return of(metric, Map.of())
        .filter(one -> !Double.isNaN(one.getValue()))
        .map(one -> new Labelled(one.getKey().labels, one.getValue()))
        .toList();
  }

  /** Those that have a label, by its value. */
  Map<String, Samples> by(String label) {
    Map<String, Map<Series, Double>> split = new HashMap<>();
    values.forEach((series, value) -> {
      String key = series.labels.get(label);
      if (key != null) {
        split.computeIfAbsent(key, _ -> new HashMap<>()).put(series, value);
      }
    });
    Map<String, Samples> by = new HashMap<>();
    split.forEach((key, part) -> by.put(key, new Samples(part)));
    return by;
  }

  /** The sum of a counter, a gauge or a histogram's count; 0 if there is none. */
  double sum(Metric metric) {
    return sum(metric, Map.of());
  }

  /**
   * The same of those series that have these labels.
   *
   * @param labels names and values
   */
  double sum(Metric metric, Map<String, String> labels) {
    return of(metric, labels)
        .mapToDouble(Map.Entry::getValue)
        .filter(value -> !Double.isNaN(value))
        .sum();
  }

  /** A histogram, those series that have these labels added up. */
  Buckets buckets(Metric metric, Map<String, String> labels) {
    TreeMap<Double, Double> upTo = new TreeMap<>();
    named(metric.name() + BUCKET, labels)
        .forEach(one ->
            upTo.merge(
                SampleLine.number(one.getKey().labels.getOrDefault("le", "+Inf")),
                one.getValue(),
                Double::sum));
    return new Buckets(upTo);
  }

  private Stream<Map.Entry<Series, Double>> of(Metric metric, Map<String, String> labels) {
    return named(
        metric.kind() == Kind.HISTOGRAM ? metric.name() + "_count" : metric.name(), labels);
  }

  private Stream<Map.Entry<Series, Double>> named(String name, Map<String, String> labels) {
    return values.entrySet().stream()
        .filter(one -> one.getKey().name.equals(name))
        .filter(one -> one.getKey().labels.entrySet().containsAll(labels.entrySet()));
  }
}
