package io.penstock.dlq.heal;

import io.penstock.core.config.ConfigKeys;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.Durations;
import io.penstock.core.config.HttpConfig;
import io.penstock.dlq.replay.ReplayConfig;
import java.time.Duration;

/**
 * The service's configuration.
 *
 * @param perSecond letters a second that one process replays at most
 * @param pause after a client's letters have failed again for the first time; it doubles each time
 * @param longestPause the pause doubles up to this
 */
public record HealConfig(
    ReplayConfig replay, HttpConfig http, int perSecond, Duration pause, Duration longestPause) {
  /** Reads the keys. */
  public static HealConfig from(ConfigReader reader) {
    HealConfig config =
        new HealConfig(
            ReplayConfig.from(reader),
            HttpConfig.from(reader, ConfigKeys.DLQ_HTTP_PORT),
            reader.get(ConfigKeys.HEAL_RATE),
            reader.get(ConfigKeys.HEAL_PAUSE),
            reader.get(ConfigKeys.HEAL_PAUSE_MAX));
    if (config.longestPause.compareTo(config.pause) < 0) {
      reader.problem(
          "%s: %s is shorter than %s, %s"
              .formatted(
                  ConfigKeys.HEAL_PAUSE_MAX.name(),
                  Durations.format(config.longestPause),
                  ConfigKeys.HEAL_PAUSE.name(),
                  Durations.format(config.pause)));
    }
    return config;
  }
}
