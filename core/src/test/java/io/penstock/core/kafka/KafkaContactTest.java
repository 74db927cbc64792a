package io.penstock.core.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.KafkaMetric;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.common.metrics.stats.CumulativeSum;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;

class KafkaContactTest {
  private final AtomicLong nanos = new AtomicLong();
  private final Metrics metrics = new Metrics();
  private final Sensor fetches =
      count("fetch-total", "consumer-fetch-manager-metrics", Map.of("client-id", "a"));
  private final Sensor heartbeats =
      count("heartbeat-total", "consumer-coordinator-metrics", Map.of("client-id", "a"));
  private final KafkaContact contact = new KafkaContact(metrics::metrics, nanos::get);

  private Sensor count(String name, String group, Map<String, String> tags) {
    Sensor sensor = metrics.sensor(name + tags);
    var _ = sensor.add(new MetricName(name, group, "", tags), new CumulativeSum());
    return sensor;
  }

  private void after(Duration time) {
    nanos.addAndGet(time.toNanos());
    contact.look();
  }

  @Test
  void fetchesAloneAndHeartbeatsAloneAreContact() {
    for (Sensor answer : List.of(fetches, heartbeats)) {
      answer.record(1);
      after(Duration.ofMinutes(1));
      assertThat(contact.silence()).isZero();
      assertThat(contact.isLost()).isFalse();
    }
  }

  @Test
  void fifteenSecondsWithoutAnAnswerAreTooLong() {
    fetches.record(1);
    after(Duration.ofSeconds(1));
    after(KafkaContact.PATIENCE.minusMillis(1));
    assertThat(contact.isLost()).isFalse();
    after(Duration.ofSeconds(6));
    assertThat(contact.isLost()).isTrue();
    assertThat(contact.problem().text())
        .isEqualTo("Kafka does not answer: no fetch and no heartbeat for 20 s");

    heartbeats.record(1);
    after(Duration.ofSeconds(1));
    assertThat(contact.isLost()).isFalse();
  }

  @Test
  void aConsumerThatIsClosedOrMadeIsNoAnswer() {
    fetches.record(5);
    after(Duration.ofSeconds(1));
    metrics.removeSensor("fetch-total" + Map.of("client-id", "a"));
    Sensor _ = count("fetch-total", "consumer-fetch-manager-metrics", Map.of("client-id", "b"));
    after(KafkaContact.PATIENCE);
    assertThat(contact.isLost()).isTrue();
  }

  @Test
  void whatAnotherClientHeardCounts() {
    after(KafkaContact.PATIENCE);
    contact.answered();
    assertThat(contact.isLost()).isFalse();
  }

  /** Their names are public, and no compiler checks them. */
  @Test
  void aRealConsumerHasTheMetricsThatAreLookedAt() {
    try (Consumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", "127.0.0.1:1", "group.id", "g"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      assertThat(consumer.metrics().values())
          .filteredOn(KafkaMetric.class::isInstance)
          .extracting(metric -> metric.metricName().group() + " " + metric.metricName().name())
          .contains(
              "consumer-fetch-manager-metrics fetch-total",
              "consumer-coordinator-metrics heartbeat-total");
    }
  }
}
