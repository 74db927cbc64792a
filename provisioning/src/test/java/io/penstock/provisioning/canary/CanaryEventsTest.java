package io.penstock.provisioning.canary;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.ConfigSource;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.event.EventLimits;
import io.penstock.core.event.EventParser;
import io.penstock.core.metrics.Meters;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CanaryEventsTest {
  @Test
  void anEventKeepsTheContract() {
    ConfigSource source = ConfigSource.of(Map.of("penstock.kafka.bootstrap.servers", "kafka:9092"));
    EventParser parser = new EventParser(ConfigReader.load(source, EventLimits::from).config());
    Outstanding.Sent event =
        new Outstanding(Duration.ofMinutes(1), System::nanoTime, _ -> {})
            .add(3, 1_800_000_000_123L);
    String value;
    try (CanaryEvents events =
        new CanaryEvents(ConfigReader.load(source, KafkaConfig::from).config(), new Meters())) {
      value = events.value(event, ApiKeyHash.ofKey("any").toHex());
    }

    assertThat(parser.parse(value.getBytes(UTF_8), null, null, event.millis())).isNull();
    assertThat(parser.claimedClientId()).isEqualTo("penstock-canary");
    assertThat(value)
        .contains("\"event_id\":\"" + event.id() + "\"")
        .contains("\"event_time\":1800000000123,")
        .endsWith("\"event_properties\":{\"partition\":3}}");
  }
}
