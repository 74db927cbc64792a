package io.penstock.core.kafka;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;

/**
 * Since when Kafka has not answered. Its clients try again for ever and tell nobody; but their
 * metrics count each fetch and each heartbeat that was answered. A consumer with nothing to read
 * has an answer twice a second, a paused one every three seconds. Thread-safe.
 */
public final class KafkaContact {
  /** Silence that is longer than a request lost, and than a broker that is restarted quickly. */
  public static final Duration PATIENCE = Duration.ofSeconds(15);

  private static final Set<String> ANSWERS = Set.of("fetch-total", "heartbeat-total");
  private static final Set<String> GROUPS =
      Set.of("consumer-fetch-manager-metrics", "consumer-coordinator-metrics");

  private final Supplier<? extends Map<MetricName, ? extends Metric>> metrics;
  private final LongSupplier nanoTime;
  private double answers;
  private long answeredNanos;

  /**
   * @param metrics of one consumer or of several; safe to be asked by any thread
   */
  public KafkaContact(
      Supplier<? extends Map<MetricName, ? extends Metric>> metrics, LongSupplier nanoTime) {
    this.metrics = metrics;
    this.nanoTime = nanoTime;
    this.answeredNanos = nanoTime.getAsLong();
  }

  /** Looks whether there were answers since the last look; it is to be called every few seconds. */
  public synchronized void look() {
    double now = 0;
    for (Map.Entry<MetricName, ? extends Metric> metric : metrics.get().entrySet()) {
      MetricName name = metric.getKey();
      if (ANSWERS.contains(name.name())
          && GROUPS.contains(name.group())
          && metric.getValue().metricValue() instanceof Double count) {
        now += count;
      }
    }
    // Fewer: a consumer was closed, which tells nothing.
    if (now > answers) {
      answered();
    }
    answers = now;
  }

  /** Kafka has answered another client of this process. */
  public synchronized void answered() {
    answeredNanos = nanoTime.getAsLong();
  }

  /** How long ago the last answer was seen; at first, since this was made. */
  public synchronized Duration silence() {
    return Duration.ofNanos(nanoTime.getAsLong() - answeredNanos);
  }

  /** Whether it has been silent for too long. */
  public boolean isLost() {
    return silence().compareTo(PATIENCE) >= 0;
  }

  /** What is wrong while {@link #isLost}, for a person. */
  public String problem() {
    return "Kafka does not answer: no fetch and no heartbeat for %d s"
        .formatted(silence().toSeconds());
  }
}
