package io.penstock.core.kafka;

import io.penstock.core.config.KafkaConfig;
import io.penstock.core.run.CommandRun;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.producer.ProducerConfig;

/** What Kafka's clients in commands have in common: they wait as patiently as the command. */
public final class CommandClients {
  private static final long MIN_REQUEST_MILLIS = 1_000;

  private CommandClients() {}

  /**
   * Settings that a client begins with; what the operator passes through wins. A new, mutable map.
   */
  public static Map<String, Object> settings(KafkaConfig kafka) {
    return settings(kafka, CommandRun.current().patience().answer());
  }

  /**
   * The same.
   *
   * @param patience about how long a client tries before it gives up
   */
  static Map<String, Object> settings(KafkaConfig kafka, Duration patience) {
    Map<String, Object> settings = kafka.clientProperties();
    int whole = Math.toIntExact(patience.toMillis());
    int request = (int) Math.min(whole, Math.max(whole / 2, MIN_REQUEST_MILLIS));
    settings.putIfAbsent(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, whole);
    settings.putIfAbsent(ProducerConfig.MAX_BLOCK_MS_CONFIG, whole);
    // A producer refuses a delivery time-out below that of a request: both are set, or none is.
    if (!settings.containsKey(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG)
        && !settings.containsKey(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG)) {
      settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, whole + request);
      settings.put(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, request);
    }
    return settings;
  }

  /** Begins to wait for the brokers. */
  public static CommandRun.Wait waitFor(KafkaConfig kafka) {
    return waitFor(kafka.bootstrapServers());
  }

  static CommandRun.Wait waitFor(Object bootstrapServers) {
    return CommandRun.current().waitFor("Kafka at " + bootstrapServers);
  }
}
