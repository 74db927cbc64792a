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
  /**
   * Where changes are announced; the message is the client's id, with {@code #} and a number behind
   * it where an answer is awaited.
   */
  public static final String CHANNEL = "penstock:client-changed";

  static final String KEY_PREFIX = "penstock:client:";
  private static final Duration PATIENT_TIMEOUT = Duration.ofSeconds(3);

  private final RedisConfig config;
  private final RedisClient redis;

  /** Connects when first used. */
  public RedisClientCache(RedisConfig config) {
    this.config = config;
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

  /**
   * The same, and waits until every router that hears it has confirmed that it holds nothing of the
   * client any more. Blocks for {@code patience} and, if Redis does not answer, some seconds more
   * at most; an interrupt ends it early. See the outcomes for what each is worth.
   */
  public AnnounceOutcome announceAndAwait(String clientId, Duration patience) {
    // Connections of its own: the subscription may hear nothing for as long as the patience lasts,
    // and operators wait for Redis longer than routers do.
    Duration timeout = patience.compareTo(PATIENT_TIMEOUT) < 0 ? patience : PATIENT_TIMEOUT;
    RedisConfig patient =
        new RedisConfig(
            config.url(),
            config.user(),
            config.password(),
            config.caFile(),
            timeout.compareTo(config.timeout()) < 0 ? config.timeout() : timeout);
    try (RedisClient own =
        RedisConnections.open(patient, "penstock-announcement", patience.plus(timeout))) {
      return new ConfirmedAnnouncement(clientId)
          .announce(
              own,
              message -> {
                own.del(KEY_PREFIX + clientId);
                return Math.toIntExact(own.publish(CHANNEL, message));
              },
              patience);
    } catch (JedisException e) {
      return new AnnounceOutcome.Failed(describe(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new AnnounceOutcome.Failed("interrupted");
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
