package io.penstock.core.directory;

import io.penstock.core.client.Lookup;
import io.penstock.core.config.RedisConfig;
import io.penstock.core.directory.RedisSignature.Opened;
import io.penstock.core.run.CommandRun;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.SetParams;

/**
 * Clients in Redis, under {@code penstock:client:{client_id}} (see {@link ClientCodec}), signed
 * (see {@link RedisSignature}), and the announcements of changes. Thread-safe.
 */
public final class RedisClientCache implements ClientCache {
  /**
   * Where changes are announced; the message is the client's id, with {@code #} and a number behind
   * it where an answer is awaited.
   */
  public static final String CHANNEL = "penstock:client-changed";

  /** Before the id of each client that Redis holds. */
  public static final String KEY_PREFIX = "penstock:client:";

  /** First word of what Redis refuses with, as {@code READONLY} of a replica. */
  private static final Pattern ERROR_CODE = Pattern.compile("[A-Z]{2,20}\\b");

  private static final Duration PATIENT_TIMEOUT = Duration.ofSeconds(3);

  private final RedisConfig config;
  private final RedisClient redis;
  private final @Nullable RedisSignature signature;
  private final RefusedEntries refused = new RefusedEntries();

  /** Connects when first used. Without a signing secret it holds nothing, and still announces. */
  public RedisClientCache(RedisConfig config) {
    this.config = config;
    this.signature = RedisSignature.of(config);
    this.redis = RedisConnections.open(config, "penstock-cache", config.timeout());
  }

  /**
   * Tells every router that the client changed: what Redis holds goes, then the announcement, which
   * goes out even if the former stays. Call it after the change is committed in PostgreSQL.
   *
   * @return null if it arrived, else what failed; routers then notice within their refresh interval
   */
  public @Nullable String announceChange(String clientId) {
    try (CommandRun.Wait _ = waiting()) {
      String failed = delete(redis, clientId);
      try {
        redis.publish(CHANNEL, clientId);
        return failed;
      } catch (JedisException e) {
        return failed == null ? describe(e) : failed;
      }
    }
  }

  /** Null if it is gone, else what failed. */
  private static @Nullable String delete(RedisClient redis, String clientId) {
    try {
      redis.del(KEY_PREFIX + clientId);
      return null;
    } catch (JedisException e) {
      return describe(e);
    }
  }

  /**
   * The same, and waits until every router that hears it has confirmed that it holds nothing of the
   * client any more. Blocks for {@code patience} and, if Redis does not answer, some seconds more
   * at most; an interrupt ends it early.
   */
  public Confirmations announceAndAwait(String clientId, Duration patience) {
    // Connections of its own: the subscription may hear nothing for as long as the patience lasts,
    // and operators wait for Redis longer than routers do.
    Duration timeout = patience.compareTo(PATIENT_TIMEOUT) < 0 ? patience : PATIENT_TIMEOUT;
    RedisConfig patient =
        config.within(timeout.compareTo(config.timeout()) < 0 ? config.timeout() : timeout);
    try (CommandRun.Wait _ = waiting();
        RedisClient own =
            RedisConnections.open(patient, "penstock-announcement", patience.plus(timeout))) {
      AtomicReference<@Nullable String> stayed = new AtomicReference<>();
      Confirmations answers =
          new ConfirmedAnnouncement(clientId)
              .announce(
                  own,
                  message -> {
                    stayed.set(delete(own, clientId));
                    return Math.toIntExact(own.publish(CHANNEL, message));
                  },
                  patience);
      String failed = stayed.get();
      return failed == null ? answers : new Confirmations(answers.routers(), failed);
    } catch (JedisException e) {
      return new Confirmations(Set.of(), describe(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Confirmations(Set.of(), "interrupted");
    }
  }

  private CommandRun.Wait waiting() {
    return CommandRun.current().waitFor("Redis at " + config.url());
  }

  /** How many entries were not believed so far. */
  long refused() {
    return refused.count();
  }

  @Override
  public @Nullable Lookup get(String clientId) {
    if (signature == null) {
      return null;
    }
    try {
      return believed(signature, clientId, redis.get(KEY_PREFIX + clientId));
    } catch (JedisException e) {
      return new Lookup.Unavailable(describe(e));
    }
  }

  private @Nullable Lookup believed(RedisSignature ours, String clientId, @Nullable String text) {
    if (text == null) {
      return null;
    }
    return switch (ours.open(clientId, text, Instant.now())) {
      case Opened.Valid(String value) -> {
        Lookup lookup = ClientCodec.decode(clientId, value);
        if (lookup == null) {
          refused.add(clientId, "this version does not read it");
        }
        yield lookup;
      }
      case Opened.Refused(String reason) -> {
        refused.add(clientId, reason);
        yield null;
      }
    };
  }

  @Override
  public Map<String, Lookup> getAll(Collection<String> clientIds) {
    Map<String, Lookup> all = new HashMap<>();
    if (signature == null) {
      return all;
    }
    try {
      List<String> texts =
          redis.mget(clientIds.stream().map(id -> KEY_PREFIX + id).toArray(String[]::new));
      Iterator<String> text = texts.iterator();
      for (String clientId : clientIds) {
        Lookup held = believed(signature, clientId, text.next());
        if (held != null) {
          all.put(clientId, held);
        }
      }
    } catch (JedisException e) {
      Lookup failed = new Lookup.Unavailable(describe(e));
      clientIds.forEach(clientId -> all.put(clientId, failed));
    }
    return all;
  }

  @Override
  public boolean put(String clientId, Lookup lookup, Duration timeToLive) {
    if (signature == null) {
      return true;
    }
    try {
      redis.set(
          KEY_PREFIX + clientId,
          signature.sign(clientId, Instant.now().plus(timeToLive), ClientCodec.encode(lookup)),
          SetParams.setParams().px(timeToLive.toMillis()));
      return true;
    } catch (JedisException e) {
      return false;
    }
  }

  @Override
  public boolean remove(String clientId) {
    return delete(redis, clientId) == null;
  }

  /** The kind of failure alone: messages of failed authentication could repeat what was sent. */
  private static String describe(JedisException e) {
    String kind = e.getClass().getSimpleName();
    if (e instanceof JedisDataException) {
      Matcher code = ERROR_CODE.matcher(String.valueOf(e.getMessage()));
      kind = code.lookingAt() ? code.group() : kind;
    }
    return "Redis: " + kind;
  }

  @Override
  public void close() {
    redis.close();
  }
}
