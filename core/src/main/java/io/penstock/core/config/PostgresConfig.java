package io.penstock.core.config;

import java.time.Duration;

/**
 * How to reach PostgreSQL.
 *
 * @param url a JDBC URL without user and password
 * @param password empty where the server asks for none
 * @param poolSize connections at most
 * @param timeout for a connection, and again for an answer, on look-ups
 */
public record PostgresConfig(
    String url, String user, Secret password, int poolSize, Duration timeout) {
  /** Reads the keys. */
  public static PostgresConfig from(ConfigReader reader) {
    Secret password = reader.find(ConfigKeys.POSTGRES_PASSWORD);
    return new PostgresConfig(
        reader.get(ConfigKeys.POSTGRES_URL),
        reader.get(ConfigKeys.POSTGRES_USER),
        password == null ? Secret.of("") : password,
        reader.get(ConfigKeys.POSTGRES_POOL_SIZE),
        reader.get(ConfigKeys.POSTGRES_TIMEOUT));
  }

  /** The same with so many connections at least. */
  public PostgresConfig withAtLeast(int connections) {
    return new PostgresConfig(url, user, password, Math.max(poolSize, connections), timeout);
  }
}
