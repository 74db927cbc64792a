package io.penstock.provisioning.target;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.penstock.core.config.ClickHouseConfig;
import org.jspecify.annotations.Nullable;

/**
 * A ClickHouse target as it is listed.
 *
 * @param target its name
 * @param url without user info
 * @param user to connect as
 * @param passwordVariable the environment variable that has the password; null: it needs none, or
 *     is the configured target
 * @param caFile a certificate to trust; null: those that the JVM trusts
 * @param cluster null: a single server
 * @param clients how many that are not deprovisioned are placed on it
 * @param usable whether it can be used from here
 * @param problem why it cannot; null if it can
 * @param config how to connect; null if it cannot be used from here
 */
public record TargetRow(
    String target,
    String url,
    String user,
    @Nullable String passwordVariable,
    @Nullable String caFile,
    @Nullable String cluster,
    long clients,
    boolean usable,
    @Nullable String problem,
    @JsonIgnore @Nullable ClickHouseConfig config) {
  /** Whether it is configured, and not a row of PostgreSQL. */
  public boolean configured() {
    return target.equals(ClickHouseConfig.TARGET);
  }
}
