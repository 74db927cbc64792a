package io.penstock.core.metrics;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Arrays;

/**
 * Counts durations by the buckets of a metric, in whole milliseconds, so that sums of histograms
 * are exact. One observation may count for many. Not thread-safe.
 */
public final class Histogram {
  private final double[] upperSeconds;
  private final long[] upperMillis;

  /** By bucket; the last one has no bound. */
  private final long[] counts;

  private long sumMillis;

  /** Empty, with the buckets of {@code metric}, which is measured in seconds. */
  public Histogram(Metric metric) {
    int bounded = metric.buckets().size();
    upperSeconds = new double[bounded + 1];
    upperMillis = new long[bounded];
    counts = new long[bounded + 1];
    for (int i = 0; i < bounded; i++) {
      upperSeconds[i] = metric.buckets().get(i);
      upperMillis[i] = Math.round(upperSeconds[i] * 1e3);
    }
    upperSeconds[bounded] = Double.POSITIVE_INFINITY;
  }

  /** Counts {@code times} observations of the same duration. */
  public void record(long millis, long times) {
    int bucket = 0;
    while (bucket < upperMillis.length && millis > upperMillis[bucket]) {
      bucket++;
    }
    counts[bucket] += times;
    sumMillis += millis * times;
  }

  /** Adds all that another one of the same buckets has counted. */
  public void add(Histogram other) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
    sumMillis += other.sumMillis;
  }

  /** How many observations there are. */
  public long count() {
    return Arrays.stream(counts).sum();
  }

  HistogramDataPointSnapshot snapshot(Labels labels) {
    return HistogramDataPointSnapshot.builder()
        .labels(labels)
        .classicHistogramBuckets(ClassicHistogramBuckets.of(upperSeconds, counts.clone()))
        .sum(sumMillis / 1e3)
        .build();
  }
}
