package io.penstock.core.config;

import java.time.Duration;

/**
 * What a process holds of clients and how long it trusts it.
 *
 * @param maxEntries clients in memory
 * @param refreshAfter age from which a client in use is looked up again in the background
 * @param maxStaleness age from which what is held no longer counts
 * @param unknownMaxEntries unknown clients in memory
 * @param unknownTtl how long a client stays unknown, in memory and in Redis
 * @param redisTtl how long Redis keeps a client
 */
public record ClientDirectoryConfig(
    int maxEntries,
    Duration refreshAfter,
    Duration maxStaleness,
    int unknownMaxEntries,
    Duration unknownTtl,
    Duration redisTtl) {
  /** Reads the keys, and checks that what is held is refreshed before it is too old. */
  public static ClientDirectoryConfig from(ConfigReader reader) {
    ClientDirectoryConfig config =
        new ClientDirectoryConfig(
            reader.get(ConfigKeys.CLIENT_CACHE_MAX_ENTRIES),
            reader.get(ConfigKeys.CLIENT_CACHE_REFRESH),
            reader.get(ConfigKeys.CLIENT_CACHE_MAX_STALENESS),
            reader.get(ConfigKeys.CLIENT_CACHE_UNKNOWN_MAX_ENTRIES),
            reader.get(ConfigKeys.CLIENT_CACHE_UNKNOWN_TTL),
            reader.get(ConfigKeys.CLIENT_CACHE_REDIS_TTL));
    if (config.maxStaleness.compareTo(config.refreshAfter) < 0) {
      reader.problem(
          ConfigKeys.CLIENT_CACHE_MAX_STALENESS.name()
              + ": "
              + Durations.format(config.maxStaleness)
              + " is shorter than "
              + ConfigKeys.CLIENT_CACHE_REFRESH.name()
              + ", "
              + Durations.format(config.refreshAfter));
    }
    return config;
  }
}
