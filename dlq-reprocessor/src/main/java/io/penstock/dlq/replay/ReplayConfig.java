package io.penstock.dlq.replay;

import io.penstock.core.config.ConfigKeys;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.config.PostgresConfig;
import io.penstock.core.config.Secret;
import io.penstock.core.event.EventLimits;
import io.penstock.core.kafka.BoundedConsumer;

/**
 * The configuration of a replay.
 *
 * @param routers the routers' consumer group: its offsets tell what became of replayed events
 * @param largest the size in bytes up to which routers can take a letter again whole
 */
public record ReplayConfig(
    KafkaConfig kafka, PostgresConfig postgres, Secret secret, String routers, int largest) {
  /** How many bytes a replayed event has besides its letter. */
  private static final int REPLAY_HEADERS = 64 << 10;

  /** Reads the keys; a missing secret is a problem. */
  public static ReplayConfig from(ConfigReader reader) {
    Secret secret = reader.find(ConfigKeys.REPLAY_SECRET);
    if (secret == null) {
      reader.problem(
          ConfigKeys.REPLAY_SECRET.name()
              + ": is needed to replay; set the same value for the routers (openssl rand -hex 32 makes one)");
    }
    return new ReplayConfig(
        KafkaConfig.from(reader),
        PostgresConfig.from(reader),
        secret == null ? Secret.of("") : secret,
        reader.get(ConfigKeys.ROUTER_APPLICATION_ID),
        largest(EventLimits.from(reader)));
  }

  public static int largest(EventLimits limits) {
    return BoundedConsumer.largestOfEvents(limits.maxRecordBytes()) - REPLAY_HEADERS;
  }
}
