package io.penstock.provisioning;

import com.zaxxer.hikari.HikariDataSource;
import io.penstock.core.client.PostgresConnections;
import io.penstock.core.client.RedisClientCache;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.config.PostgresConfig;
import io.penstock.core.config.RedisConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** Puts the jobs together; the way in for other programs, too. Thread-safe. */
public final class ProvisioningApp implements AutoCloseable {
  /** Operators wait rather than fail, unlike the router's look-ups. */
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);

  private final PostgresConfig postgres;
  private final String actor;
  private final HikariDataSource metadata;
  private final RedisClientCache cache;

  /**
   * Connects when first used.
   *
   * @param actor stands in the audit log for whoever runs the jobs
   */
  public ProvisioningApp(PostgresConfig postgres, RedisConfig redis, String actor) {
    this.postgres = postgres;
    this.actor = actor;
    this.metadata =
        PostgresConnections.open(
            postgres, "penstock-provisioning", CONNECT_TIMEOUT, ANSWER_TIMEOUT);
    this.cache = new RedisClientCache(redis);
  }

  /** Creates and shows clients. */
  public ClientRegistry registry() {
    return new ClientRegistry(metadata, cache, new SecureRandom(), actor);
  }

  /**
   * Makes pending clients active on their targets.
   *
   * @param targets by name
   * @param home the root folder, with {@code clickhouse/migrations}
   * @throws IOException if the migrations cannot be read
   * @throws Migration.MigrationException if they are not what they should be
   */
  public Provisioner provisioner(Map<String, ClickHouseConfig> targets, Path home)
      throws IOException {
    return provisionerOf(targets, home.resolve("clickhouse").resolve("migrations"));
  }

  /** The same with the migrations of another folder. */
  Provisioner provisionerOf(Map<String, ClickHouseConfig> targets, Path migrations)
      throws IOException {
    Map<String, ClickHouseServer> servers = new TreeMap<>();
    targets.forEach((name, target) -> servers.put(name, new ClickHouseServer(target)));
    return new Provisioner(
        metadata, servers, Migration.load(migrations), cache, postgres.poolSize(), actor);
  }

  @Override
  public void close() {
    try (metadata) {
      cache.close();
    }
  }
}
