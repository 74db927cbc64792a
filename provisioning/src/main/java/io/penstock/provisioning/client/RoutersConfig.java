package io.penstock.provisioning.client;

import io.penstock.core.config.ClientDirectoryConfig;
import io.penstock.core.config.ConfigKeys;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.KafkaConfig;
import java.time.Duration;

/**
 * What the jobs know of the routers, from their own configuration; the routers' may differ.
 *
 * @param group their consumer group
 * @param refresh age from which they look a client in use up again
 * @param maxStaleness how long they go on with a client that nobody can confirm
 * @param redisTtl how long Redis keeps a client
 */
public record RoutersConfig(
    KafkaConfig kafka, String group, Duration refresh, Duration maxStaleness, Duration redisTtl) {
  /** Reads the keys. */
  public static RoutersConfig from(ConfigReader reader) {
    return of(
        KafkaConfig.from(reader),
        reader.get(ConfigKeys.ROUTER_APPLICATION_ID),
        ClientDirectoryConfig.from(reader));
  }

  /** Takes it from configurations that were read before. */
  public static RoutersConfig of(KafkaConfig kafka, String group, ClientDirectoryConfig directory) {
    return new RoutersConfig(
        kafka, group, directory.refreshAfter(), directory.maxStaleness(), directory.redisTtl());
  }

  /**
   * How long a router that was not told may go on with what was before, as long as PostgreSQL
   * answers it: what is older than twice the interval is asked for before it is used, and a look-up
   * is repeated after a second.
   */
  public Duration noticedWithin() {
    return refresh.multipliedBy(2).plusSeconds(1);
  }
}
