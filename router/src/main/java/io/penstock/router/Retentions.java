package io.penstock.router;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** For how long topics keep their records, as far as Kafka tells. Thread-safe. */
final class Retentions {
  private static final Logger log = LoggerFactory.getLogger(Retentions.class);

  private final Admin admin;
  private final List<ConfigResource> topics;
  private final Map<String, Double> seconds = new ConcurrentHashMap<>();

  /**
   * @param admin not closed here
   */
  Retentions(Admin admin, List<String> topics) {
    this.admin = admin;
    this.topics =
        topics.stream().map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic)).toList();
  }

  /** By topic; without those that keep records for ever, or that Kafka does not tell of. */
  Map<String, Double> seconds() {
    return Map.copyOf(seconds);
  }

  /** Asks again, and does not wait for the answers. */
  void ask() {
    admin
        .describeConfigs(topics)
        .values()
        .forEach((topic, answer) -> {
          KafkaFuture<Config> _ =
              answer.whenComplete((config, failed) -> told(topic.name(), config, failed));
        });
  }

  private void told(String topic, @Nullable Config config, @Nullable Throwable failed) {
    if (config != null) {
      note(topic, config);
    } else {
      // What is known stays.
      log.atDebug()
          .setCause(failed)
          .addKeyValue("topic", topic)
          .log("Kafka does not tell how long the topic keeps records");
    }
  }

  private void note(String topic, Config config) {
    String millis = value(config, TopicConfig.RETENTION_MS_CONFIG);
    String cleanup = value(config, TopicConfig.CLEANUP_POLICY_CONFIG);
    boolean isBounded =
        millis != null
            && !millis.startsWith("-")
            && cleanup != null
            && cleanup.contains(TopicConfig.CLEANUP_POLICY_DELETE);
    if (isBounded) {
      seconds.put(topic, Long.parseLong(millis) / 1e3);
    } else {
      seconds.remove(topic);
    }
  }

  private static @Nullable String value(Config config, String name) {
    ConfigEntry entry = config.get(name);
    return entry == null ? null : entry.value();
  }
}
