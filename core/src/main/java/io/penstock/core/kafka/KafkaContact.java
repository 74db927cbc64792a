package io.penstock.core.kafka;

import io.penstock.core.observe.Problem;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;

/**
 * Measures for how long Kafka has not answered. Kafka's clients retry for ever without reporting
 * it, but their metrics count every answered fetch and heartbeat. A consumer with nothing to read
 * has an answer twice a second, a paused one every three seconds. Thread-safe.
 */
public final class KafkaContact {
  /**
   * The silence that counts as lost contact: longer than one lost request or a quick restart of a
   * broker causes.
   */
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

  /** Looks whether there were answers since the last call; call it every few seconds. */
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

  /** The lost contact; valid while {@link #isLost}. */
  public Problem problem() {
    return new Problem(
        "kafka-silent",
        "Kafka does not answer: no fetch and no heartbeat for %d s"
            .formatted(silence().toSeconds()));
  }
}
