package io.penstock.provisioning.target;

import io.penstock.core.config.ClickHouseConfig;
import org.jspecify.annotations.Nullable;

/**
 * A ClickHouse target as it is listed.
 *
 * @param url without user info
 * @param passwordVariable the environment variable that has the password; null: it needs none, or
 *     is the configured target
 * @param cluster null: a single server
 * @param clients how many that are not deprovisioned are placed on it
 * @param config how to connect; null if it cannot be used from here
 * @param problem why it cannot; null if it can
 */
public record TargetRow(
    String name,
    String url,
    String user,
    @Nullable String passwordVariable,
    @Nullable String caFile,
    @Nullable String cluster,
    long clients,
    @Nullable ClickHouseConfig config,
    @Nullable String problem) {
  /** Whether it is configured, and not a row of PostgreSQL. */
  public boolean configured() {
    return name.equals(ClickHouseConfig.TARGET);
  }
}
