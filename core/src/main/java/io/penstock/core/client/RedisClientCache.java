package io.penstock.core.client;

import io.penstock.core.config.RedisConfig;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.SetParams;

/**
 * Clients in Redis, under {@code penstock:client:{client_id}} (see {@link ClientCodec}), and the
 * announcements of changes. Thread-safe.
 */
public final class RedisClientCache implements ClientCache {
  /** Where changes are announced; the message is the client's id. */
  public static final String CHANNEL = "penstock:client-changed";

  static final String KEY_PREFIX = "penstock:client:";

  private final RedisClient redis;

  /** Connects when first used. */
  public RedisClientCache(RedisConfig config) {
    this.redis = RedisConnections.open(config, "penstock-cache", config.timeout());
  }

  /**
   * Tells every router that the client changed: what Redis holds goes, then the announcement. Call
   * it after the change is committed in PostgreSQL.
   *
   * @return null if it arrived, else what failed; routers then notice within their refresh interval
   */
  public @Nullable String announceChange(String clientId) {
    try {
      redis.del(KEY_PREFIX + clientId);
      redis.publish(CHANNEL, clientId);
      return null;
    } catch (JedisException e) {
      return describe(e);
    }
  }

  @Override
  public @Nullable Lookup get(String clientId) {
    try {
      String text = redis.get(KEY_PREFIX + clientId);
      return text == null ? null : ClientCodec.decode(clientId, text);
    } catch (JedisException e) {
      return new Lookup.Unavailable(describe(e));
    }
  }

  @Override
  public boolean put(String clientId, Lookup lookup, Duration timeToLive) {
    try {
      redis.set(
          KEY_PREFIX + clientId,
          ClientCodec.encode(lookup),
          SetParams.setParams().px(timeToLive.toMillis()));
      return true;
    } catch (JedisException e) {
      return false;
    }
  }

  @Override
  public boolean remove(String clientId) {
    try {
      redis.del(KEY_PREFIX + clientId);
      return true;
    } catch (JedisException e) {
      return false;
    }
  }

  /** The kind of failure alone: messages of failed authentication could repeat what was sent. */
  private static String describe(JedisException e) {
    return "Redis: " + e.getClass().getSimpleName();
  }

  @Override
  public void close() {
    redis.close();
  }
}
