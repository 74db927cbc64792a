package io.penstock.core.config;

import java.net.URI;
import java.util.Collections;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
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
  /** The target that a client has unless its row names another. */
  public static final String TARGET = "default";

  /** Reads the default target's keys, and checks that a CA comes with TLS. */
  public static ClickHouseConfig from(ConfigReader reader) {
    return read(reader, TARGET);
  }

  /**
   * Reads all targets, by name: the one named {@value #TARGET} and those that have keys of their
   * own.
   */
  public static Map<String, ClickHouseConfig> targets(ConfigReader reader) {
    Map<String, ClickHouseConfig> targets = new TreeMap<>();
    targets.put(TARGET, from(reader));
    for (String name : reader.targets()) {
      targets.put(name, read(reader, name));
    }
    return Collections.unmodifiableMap(targets);
  }

  /** The names of all targets, for those that do not connect to any. */
  public static SortedSet<String> targetNames(ConfigReader reader) {
    SortedSet<String> names = new TreeSet<>(reader.targets());
    names.add(TARGET);
    return names;
  }

  private static ClickHouseConfig read(ConfigReader reader, String target) {
    Secret password = reader.find(ConfigKeys.ofTarget(ConfigKeys.CLICKHOUSE_PASSWORD, target));
    ConfigKey<String> caFile = ConfigKeys.ofTarget(ConfigKeys.CLICKHOUSE_SSL_CA_FILE, target);
    ClickHouseConfig config =
        new ClickHouseConfig(
            reader.get(ConfigKeys.ofTarget(ConfigKeys.CLICKHOUSE_URL, target)),
            reader.get(ConfigKeys.ofTarget(ConfigKeys.CLICKHOUSE_USER, target)),
            password == null ? Secret.of("") : password,
            reader.find(caFile),
            reader.find(ConfigKeys.ofTarget(ConfigKeys.CLICKHOUSE_CLUSTER, target)));
    if (config.caFile != null && "http".equals(config.url.getScheme())) {
      reader.problem(caFile.name() + ": is of use with https:// only, the URL is " + config.url);
    }
    return config;
  }
}
