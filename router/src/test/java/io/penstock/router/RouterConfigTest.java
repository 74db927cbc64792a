package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.core.config.ConfigException;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.ConfigSource;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;

class RouterConfigTest {
  private final long heap = Runtime.getRuntime().maxMemory();

  private static RouterConfig load(String key, String value) {
    Map<String, String> properties = new HashMap<>();
    properties.put("penstock.kafka.bootstrap.servers", "kafka:9092");
    properties.put("penstock.postgres.url", "jdbc:postgresql://postgres/penstock");
    properties.put("penstock.postgres.user", "penstock");
    properties.put("penstock.redis.url", "redis://redis");
    properties.put("penstock.clickhouse.url", "http://clickhouse:8123");
    properties.put(key, value);
    return ConfigReader.load(ConfigSource.of(properties), RouterConfig::from).config();
  }

  @Test
  void aQuarterOfTheHeapIsForRows() {
    assertThat(load("penstock.router.threads", "3").bufferSize().bytes()).isEqualTo(heap / 4);
  }

  @Test
  void rowsMayNotTakeMoreThanHalfOfTheHeap() {
    long half = (heap / 2) >> 10;

    assertThat(load("penstock.router.buffer.size", half + "KiB").bufferSize().bytes())
        .isEqualTo(half << 10);
    assertThatThrownBy(() -> load("penstock.router.buffer.size", half + 1 + "KiB"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("penstock.router.buffer.size is")
        .hasMessageContaining("more than half of the heap")
        .hasMessageContaining("-Xmx");
  }

  @Test
  void threadsBearTheRoutersNameWhateverClientIdIsPassedThrough() {
    assertThat(
            StreamsSettings.of(load("penstock.kafka.property.client.id", "all-the-same"), "one")
                .get(StreamsConfig.CLIENT_ID_CONFIG))
        .isEqualTo("one");
  }

  @Test
  void aPartitionMayStandStillForLongerThanABlockMayTake() {
    assertThat(load("penstock.router.threads", "3").stalledAfter()).hasMinutes(1);
    assertThat(load("penstock.router.attempt.timeout", "90s").stalledAfter()).hasSeconds(125);
    assertThat(load("penstock.router.stalled.after", "36s").stalledAfter()).hasSeconds(36);
    assertThatThrownBy(() -> load("penstock.router.stalled.after", "35s"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "penstock.router.stalled.after must be longer than penstock.router.attempt.timeout and"
                + " penstock.router.linger.max together, which are 35 s");
  }
}
