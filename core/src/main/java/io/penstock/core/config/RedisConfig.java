package io.penstock.core.config;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How to reach Redis.
 *
 * @param url {@code redis://} or {@code rediss://}
 * @param user null: Redis's default user
 * @param password null: none
 * @param caFile certificates (PEM) to trust; null: the JVM's
 * @param timeout for a connection, and again for each answer
 * @param signingSecret signs clients in Redis; null: none that stands there is believed
 * @param previousSigningSecret believed, too, while the secret is exchanged; null: none
 */
public record RedisConfig(
    URI url,
    @Nullable String user,
    @Nullable Secret password,
    @Nullable String caFile,
    Duration timeout,
    @Nullable Secret signingSecret,
    @Nullable Secret previousSigningSecret) {
  /** Reads the keys, and checks that a user comes with a password and a CA with TLS. */
  public static RedisConfig from(ConfigReader reader) {
    RedisConfig config =
        new RedisConfig(
            reader.get(ConfigKeys.REDIS_URL),
            reader.find(ConfigKeys.REDIS_USER),
            reader.find(ConfigKeys.REDIS_PASSWORD),
            reader.find(ConfigKeys.REDIS_SSL_CA_FILE),
            reader.get(ConfigKeys.REDIS_TIMEOUT),
            reader.find(ConfigKeys.REDIS_SIGNING_SECRET),
            reader.find(ConfigKeys.REDIS_SIGNING_SECRET_PREVIOUS));
    if (config.user != null && config.password == null) {
      reader.problem(
          ConfigKeys.REDIS_USER.name() + ": needs " + ConfigKeys.REDIS_PASSWORD.name() + " too");
    }
    if (config.caFile != null && "redis".equals(config.url.getScheme())) {
      reader.problem(
          ConfigKeys.REDIS_SSL_CA_FILE.name()
              + ": is of use with rediss:// only, the URL is "
              + config.url);
    }
    if (config.previousSigningSecret != null && config.signingSecret == null) {
      reader.problem(
          ConfigKeys.REDIS_SIGNING_SECRET_PREVIOUS.name()
              + ": needs "
              + ConfigKeys.REDIS_SIGNING_SECRET.name()
              + " too");
    }
    return config;
  }

  /** The same with another time-out. */
  public RedisConfig within(Duration otherTimeout) {
    return new RedisConfig(
        url, user, password, caFile, otherTimeout, signingSecret, previousSigningSecret);
  }
}
