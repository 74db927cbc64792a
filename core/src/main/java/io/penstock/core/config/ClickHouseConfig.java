package io.penstock.core.config;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * How to reach one ClickHouse target.
 *
 * @param url {@code http://} or {@code https://}
 * @param password empty where the server asks for none
 * @param caFile a certificate (PEM) to trust; null: the JVM's
 * @param cluster where databases and tables are created with replicated engines; null: a single
 *     server
 */
public record ClickHouseConfig(
    URI url, String user, Secret password, @Nullable String caFile, @Nullable String cluster) {
  /**
   * The target that is configured, and that a client has unless its row names another. All others
   * stand in PostgreSQL's table {@code targets} (docs/adr/0009).
   */
  public static final String TARGET = "default";

  /** Reads the keys, and checks that a CA comes with TLS. */
  public static ClickHouseConfig from(ConfigReader reader) {
    Secret password = reader.find(ConfigKeys.CLICKHOUSE_PASSWORD);
    ClickHouseConfig config =
        new ClickHouseConfig(
            reader.get(ConfigKeys.CLICKHOUSE_URL),
            reader.get(ConfigKeys.CLICKHOUSE_USER),
            password == null ? Secret.of("") : password,
            reader.find(ConfigKeys.CLICKHOUSE_SSL_CA_FILE),
            reader.find(ConfigKeys.CLICKHOUSE_CLUSTER));
    if (config.caFile != null && "http".equals(config.url.getScheme())) {
      reader.problem(
          ConfigKeys.CLICKHOUSE_SSL_CA_FILE.name()
              + ": is of use with https:// only, the URL is "
              + config.url);
    }
    return config;
  }
}
