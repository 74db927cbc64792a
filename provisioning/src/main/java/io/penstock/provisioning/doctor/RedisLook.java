package io.penstock.provisioning.doctor;

import io.penstock.core.client.ClientMetadata;
import io.penstock.core.config.RedisConfig;
import io.penstock.core.directory.CachedClient;
import io.penstock.core.directory.RedisClientCache;
import io.penstock.core.directory.RedisConnections;
import io.penstock.core.directory.RedisSignature;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.SetParams;

/**
 * What an examination asks of Redis, without the short time limit of the routers' look-ups.
 * Thread-safe.
 */
final class RedisLook implements AutoCloseable {
  private static final String KEY_PREFIX = "penstock:doctor:";
  private static final Duration KEY_LIFETIME = Duration.ofSeconds(10);

  /** Keys of one MGET: Redis serves nobody else meanwhile. */
  private static final int BATCH = 500;

  private final RedisClient redis;
  private final @Nullable RedisSignature signature;

  /**
   * Redis as it answers.
   *
   * @param roundTrip of a command on a connection that is open
   * @param listeners connections that are subscribed to the announcements of changes: one for each
   *     router; -1 where the user may not ask
   * @param refused what Redis said when a key was to be written and deleted; null: it did so
   * @param primary host and port of the server that it is a replica of; null: of none, or it does
   *     not tell
   */
  public record Facts(
      String version,
      Duration roundTrip,
      ClockReading clock,
      long listeners,
      @Nullable String refused,
      @Nullable String primary) {}

  /**
   * Redis did not answer; the message says how. What Redis said itself is left out: it may repeat
   * what was sent, as a password.
   */
  public static final class RedisFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    RedisFailure(JedisException cause) {
      super(
          "Redis: "
              + cause.getClass().getSimpleName()
              + (cause instanceof JedisConnectionException ? ", " + cause.getMessage() : ""));
    }
  }

  /**
   * Connects when first used.
   *
   * @param patience how long to wait for a connection and for an answer
   */
  public RedisLook(RedisConfig config, Duration patience) {
    this.signature = RedisSignature.of(config);
    this.redis = RedisConnections.open(config.within(patience), "penstock-doctor", patience);
  }

  /**
   * Asks for everything, and writes and deletes a key of its own.
   *
   * @throws RedisFailure if Redis does not answer
   */
  public Facts look() {
    try {
      redis.ping(); // opens the connection, so that what follows measures Redis alone
      long begin = System.nanoTime();
      redis.ping();
      Duration roundTrip = Duration.ofNanos(System.nanoTime() - begin);
      Instant askedAt = Instant.now();
      ClockReading clock = new ClockReading(askedAt, time(), Instant.now());
      return new Facts(version(), roundTrip, clock, listeners(), writeAndDelete(), primary());
    } catch (JedisException e) {
      throw new RedisFailure(e);
    }
  }

  /**
   * What Redis holds of clients, by their ids.
   *
   * @param stale those of which it holds something else than PostgreSQL
   * @param foreign those of which it holds what no process of Penstock's signed
   */
  public record Comparison(List<String> stale, List<String> foreign) {}

  /**
   * Compares Redis with PostgreSQL; without a signing secret there is nothing to compare.
   *
   * @param clients as PostgreSQL has them
   * @throws RedisFailure if Redis does not answer
   */
  public Comparison compare(List<ClientMetadata> clients) {
    List<String> stale = new ArrayList<>();
    List<String> foreign = new ArrayList<>();
    RedisSignature ours = signature;
    if (ours == null) {
      return new Comparison(stale, foreign);
    }
    try {
      for (int from = 0; from < clients.size(); from += BATCH) {
        List<ClientMetadata> batch = clients.subList(from, Math.min(from + BATCH, clients.size()));
        List<String> values =
            redis.mget(
                batch.stream()
                    .map(client -> RedisClientCache.KEY_PREFIX + client.clientId())
                    .toArray(String[]::new));
        for (int i = 0; i < batch.size(); i++) {
          String clientId = batch.get(i).clientId();
          switch (CachedClient.compare(ours, batch.get(i), values.get(i))) {
            case AGREES -> {}
            case DIFFERS -> stale.add(clientId);
            case FOREIGN -> foreign.add(clientId);
          }
        }
      }
    } catch (JedisException e) {
      throw new RedisFailure(e);
    }
    return new Comparison(stale, foreign);
  }

  private Instant time() {
    List<?> answer = (List<?>) redis.executeCommand(new CommandArguments(Protocol.Command.TIME));
    return Instant.ofEpochSecond(number(answer.get(0)), number(answer.get(1)) * 1_000);
  }

  private String version() {
    return info("server").getOrDefault("redis_version", "unknown");
  }

  private @Nullable String primary() {
    Map<String, String> replication = info("replication");
    String host = replication.get("master_host");
    return host == null ? null : host + ":" + replication.get("master_port");
  }

  private Map<String, String> info(String section) {
    try {
      return redis
          .info(section)
          .lines()
          .filter(line -> line.contains(":"))
          .map(line -> line.split(":", 2))
          .collect(Collectors.toMap(field -> field[0], field -> field[1], (one, other) -> one));
    } catch (JedisDataException notAllowed) {
      return Map.of();
    }
  }

  private long listeners() {
    try {
      List<?> answer =
          (List<?>)
              redis.executeCommand(
                  new CommandArguments(Protocol.Command.PUBSUB)
                      .add("NUMSUB")
                      .add(RedisClientCache.CHANNEL));
      return number(answer.get(1));
    } catch (JedisDataException notAllowed) {
      return -1;
    }
  }

  private @Nullable String writeAndDelete() {
    String key = KEY_PREFIX + UUID.randomUUID();
    try {
      redis.set(key, "", SetParams.setParams().px(KEY_LIFETIME.toMillis()));
      redis.del(key);
      return null;
    } catch (JedisDataException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static long number(Object answer) {
    return answer instanceof byte[] text
        ? Long.parseLong(new String(text, StandardCharsets.US_ASCII))
        : (Long) answer;
  }

  @Override
  public void close() {
    redis.close();
  }
}
