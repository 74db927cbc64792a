package io.penstock.provisioning.canary;

import io.penstock.core.config.ConfigKeys;
import io.penstock.core.config.ConfigReader;
import io.penstock.core.config.Toggle;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How often the canary's events are sent.
 *
 * @param interval between two events of one partition
 * @param missingAfter how long an event may be on its way until it is missing
 */
public record CanaryConfig(Duration interval, Duration missingAfter) {
  /** Reads the keys; null: there is to be no canary. */
  public static @Nullable CanaryConfig from(ConfigReader reader) {
    CanaryConfig config =
        new CanaryConfig(
            reader.get(ConfigKeys.CANARY_INTERVAL), reader.get(ConfigKeys.CANARY_MISSING_AFTER));
    return reader.get(ConfigKeys.CANARY) == Toggle.ON ? config : null;
  }
}
