package io.penstock.core.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.ConfigSource;
import io.penstock.core.config.KafkaConfig;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandClientsTest {
  private static final String PROPERTY = "penstock.kafka.property.";

  /**
   * Kafka's admin client refuses an API's time-out below a request's, its producer a delivery's.
   */
  @ParameterizedTest
  @CsvSource({",", "120000,", ",60000", "120000,60000", "1000,", "1000,500"})
  void timeoutsFitEachOtherWhateverTheOperatorPassesThrough(String delivery, String request) {
    Map<String, String> properties = new HashMap<>();
    properties.put("penstock.kafka.bootstrap.servers", "127.0.0.1:9092");
    if (delivery != null) {
      properties.put(PROPERTY + "delivery.timeout.ms", delivery);
    }
    if (request != null) {
      properties.put(PROPERTY + "request.timeout.ms", request);
    }
    KafkaConfig kafka = ConfigReader.load(ConfigSource.of(properties), KafkaConfig::from).config();

    for (int seconds : new int[] {1, 2, 30, 600}) {
      Map<String, Object> settings = CommandClients.settings(kafka, Duration.ofSeconds(seconds));

      long oneRequest = millis(settings, "request.timeout.ms");
      assertThat(millis(settings, "default.api.timeout.ms"))
          .isGreaterThanOrEqualTo(oneRequest)
          .isGreaterThanOrEqualTo(seconds * 1_000L);
      assertThat(millis(settings, "delivery.timeout.ms")).isGreaterThanOrEqualTo(oneRequest);
      if (request != null) {
        assertThat(oneRequest).isEqualTo(Long.parseLong(request));
      }
    }
  }

  private static long millis(Map<String, Object> settings, String name) {
    return Long.parseLong(String.valueOf(settings.get(name)));
  }
}
