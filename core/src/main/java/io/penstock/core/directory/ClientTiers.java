package io.penstock.core.directory;

import com.github.benmanes.caffeine.cache.Ticker;
import io.penstock.core.client.ClientSource;
import io.penstock.core.client.Lookup;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Redis in front of PostgreSQL, each behind a circuit, so that a dead one costs its time-out about
 * once a second. Thread-safe.
 */
final class ClientTiers implements AutoCloseable {
  /** How long a store that failed is left alone. */
  static final Duration PAUSE = Duration.ofSeconds(1);

  private static final Lookup REDIS_FAILED = new Lookup.Unavailable("Redis failed moments ago");
  private static final Lookup POSTGRES_FAILED =
      new Lookup.Unavailable("PostgreSQL failed moments ago");

  /** What an answer may come from. */
  enum Freshness {
    /** Redis, then PostgreSQL. */
    ANY,
    /** PostgreSQL, and Redis only where PostgreSQL does not answer. */
    PREFER_SOURCE,
    /** PostgreSQL alone: what Redis holds may be from before a change. */
    SOURCE_ONLY
  }

  private final ClientCache cache;
  private final ClientSource source;
  private final Circuit cacheCircuit;
  private final Circuit sourceCircuit;
  private final LookupCounters counters;
  private final Duration timeToLive;
  private final Duration unknownTimeToLive;

  ClientTiers(
      ClientCache cache,
      ClientSource source,
      LookupCounters counters,
      Ticker ticker,
      Duration timeToLive,
      Duration unknownTimeToLive) {
    this.cache = cache;
    this.source = source;
    this.counters = counters;
    this.cacheCircuit = new Circuit(ticker, PAUSE);
    this.sourceCircuit = new Circuit(ticker, PAUSE);
    this.timeToLive = timeToLive;
    this.unknownTimeToLive = unknownTimeToLive;
  }

  /** Whether PostgreSQL answered when last asked. */
  boolean sourceHealthy() {
    return sourceCircuit.closed();
  }

  /** Blocks for the stores' time-outs at most. What PostgreSQL says is put into Redis. */
  Lookup find(String clientId, Freshness freshness) {
    String redisDetail = null;
    if (freshness == Freshness.ANY) {
      Lookup held = askCache(clientId);
      if (held instanceof Lookup.Unavailable(String detail)) {
        redisDetail = detail;
      } else if (held != null) {
        return held;
      }
    }
    Lookup answer = askSource(clientId);
    if (!(answer instanceof Lookup.Unavailable(String postgresDetail))) {
      putIntoCache(clientId, answer);
      return answer;
    }
    if (freshness == Freshness.PREFER_SOURCE) {
      Lookup held = askCache(clientId);
      if (held instanceof Lookup.Found) {
        return held;
      }
    }
    return redisDetail == null
        ? answer
        : new Lookup.Unavailable(postgresDetail + "; " + redisDetail);
  }

  /**
   * Several at once, each store asked once: Redis, then PostgreSQL. Blocks for the stores'
   * time-outs at most. An unknown one is not put into Redis: a flood of made-up ids would fill it.
   *
   * @return an answer for each
   */
  Map<String, Lookup> findAll(Collection<String> clientIds) {
    Map<String, Lookup> answers = new HashMap<>();
    for (var held : askCache(clientIds).entrySet()) {
      if (!(held.getValue() instanceof Lookup.Unavailable)) {
        answers.put(held.getKey(), held.getValue());
      }
    }
    List<String> open = clientIds.stream().filter(id -> !answers.containsKey(id)).toList();
    if (!open.isEmpty()) {
      askSource(open)
          .forEach((clientId, answer) -> {
            answers.put(clientId, answer);
            if (answer instanceof Lookup.Found) {
              putIntoCache(clientId, answer);
            }
          });
    }
    return answers;
  }

  private Map<String, Lookup> askCache(Collection<String> clientIds) {
    Map<String, Lookup> held =
        cacheCircuit.ask(
            () -> cache.getAll(clientIds),
            all -> all.values().stream().allMatch(ClientTiers::answered),
            Map::of);
    for (String clientId : clientIds) {
      counters.redis.count(held.get(clientId));
    }
    return held;
  }

  private Map<String, Lookup> askSource(Collection<String> clientIds) {
    Map<String, Lookup> answers =
        sourceCircuit.ask(
            () -> source.findAll(clientIds),
            all -> all.values().stream().anyMatch(ClientTiers::answered),
            () -> clientIds.stream().collect(Collectors.toMap(id -> id, _ -> POSTGRES_FAILED)));
    answers.values().forEach(counters.postgres::count);
    return answers;
  }

  /** Takes back what {@link #find} put into Redis, because it was read before a change. */
  void takeBack(String clientId) {
    var _ = cacheCircuit.ask(() -> cache.remove(clientId), gone -> gone, () -> false);
  }

  private @Nullable Lookup askCache(String clientId) {
    Lookup held =
        cacheCircuit.ask(() -> cache.get(clientId), ClientTiers::answered, () -> REDIS_FAILED);
    counters.redis.count(held);
    return held;
  }

  private Lookup askSource(String clientId) {
    Lookup answer =
        sourceCircuit.ask(
            () -> source.find(clientId), ClientTiers::answered, () -> POSTGRES_FAILED);
    counters.postgres.count(answer);
    return answer;
  }

  private static boolean answered(@Nullable Lookup said) {
    return !(said instanceof Lookup.Unavailable);
  }

  private void putIntoCache(String clientId, Lookup answer) {
    Duration ttl = answer instanceof Lookup.Found ? timeToLive : unknownTimeToLive;
    var _ = cacheCircuit.ask(() -> cache.put(clientId, answer, ttl), put -> put, () -> false);
  }

  @Override
  public void close() {
    try (source) {
      cache.close();
    }
  }
}
