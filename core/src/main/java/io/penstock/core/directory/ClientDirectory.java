package io.penstock.core.directory;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.binder.cache.CaffeineCacheMetrics;
import io.penstock.core.client.ClientSource;
import io.penstock.core.client.Clients;
import io.penstock.core.client.Lookup;
import io.penstock.core.config.ClientDirectoryConfig;
import io.penstock.core.config.ConfigKeys;
import io.penstock.core.config.PostgresConfig;
import io.penstock.core.config.RedisConfig;
import io.penstock.core.directory.ClientTiers.Freshness;
import io.penstock.core.metadata.PostgresClientSource;
import io.penstock.core.metadata.PostgresConnections;
import io.penstock.core.metrics.Meters;
import io.penstock.core.metrics.Metric;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers "who is this client?" from memory, Redis or PostgreSQL, once per event: a hit returns the
 * very object that is held.
 *
 * <p>A change announced on {@value RedisClientCache#CHANNEL}, or notified by PostgreSQL, evicts the
 * client at once. A client in use is looked up again in the background, in PostgreSQL, every {@link
 * ClientDirectoryConfig#refreshAfter()}, so that a lost announcement or a change by plain SQL
 * counts soon. With the stores gone, clients held go on for {@link
 * ClientDirectoryConfig#maxStaleness()}; all else is {@link Lookup.Unavailable}, never {@link
 * Lookup.Unknown}.
 *
 * <p>A look-up that asked PostgreSQL before a change must not leave the old row behind. An
 * announcement therefore outdates the look-ups under way: their answers are neither held in memory
 * nor left in Redis, and the next look-up asks PostgreSQL even if Redis has an entry.
 *
 * <p>Thread-safe. Callers of one client that is not held share one look-up. {@link #lookup} blocks
 * for the stores' time-outs at most.
 */
public final class ClientDirectory implements Clients, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ClientDirectory.class);

  /** Background look-ups at once; more wait for the client's next event. */
  private static final int MAX_REFRESHES = 8;

  /** When a background look-up that failed is tried again. */
  private static final Duration REFRESH_RETRY = Duration.ofSeconds(1);

  private static final Lookup.Unknown UNKNOWN = new Lookup.Unknown();

  private final Cache<String, Held> held;
  private final Cache<String, Lookup> unknown;

  /**
   * Clients that changed and were not read from PostgreSQL since; kept as long as Redis may hold
   * them.
   */
  private final Cache<String, Boolean> changed;

  private final ConcurrentHashMap<String, Load> loads = new ConcurrentHashMap<>();
  private final ClientTiers tiers;
  private final LookupCounters counters;
  private final Executor background;
  private final Semaphore refreshes = new Semaphore(MAX_REFRESHES);
  private final Ticker ticker;
  private final long refreshNanos;
  private final long maxStalenessNanos;

  /**
   * Grows with each subscription: a client that was read before the subscription may miss a change
   * that was announced in between.
   */
  private final AtomicInteger subscription = new AtomicInteger();

  private @Nullable ChangeFeed changes;
  private @Nullable ChangeFeed notifications;
  private volatile boolean closed;

  /** A client in memory. */
  private static final class Held {
    final Lookup.Found answer;
    final long confirmedAt;
    final int subscription;

    /** When the next background look-up is due. */
    final AtomicLong refreshAt;

    Held(Lookup.Found answer, int subscription, long now, long refreshNanos) {
      this.answer = answer;
      this.subscription = subscription;
      this.confirmedAt = now;
      this.refreshAt = new AtomicLong(now + refreshNanos);
    }
  }

  /** A look-up under way. */
  private static final class Load {
    final CompletableFuture<Lookup> answer = new CompletableFuture<>();
    final int subscription;

    /** The client changed since it began. */
    volatile boolean outdated;

    Load(int subscription) {
      this.subscription = subscription;
    }
  }

  ClientDirectory(
      ClientDirectoryConfig config,
      ClientCache cache,
      ClientSource source,
      Meters meters,
      Executor background,
      Ticker ticker) {
    this.background = background;
    this.ticker = ticker;
    this.refreshNanos = config.refreshAfter().toNanos();
    this.maxStalenessNanos = config.maxStaleness().toNanos();
    this.counters = new LookupCounters(meters, ticker);
    this.tiers =
        new ClientTiers(cache, source, counters, ticker, config.redisTtl(), config.unknownTtl());
    this.held =
        Caffeine.newBuilder().maximumSize(config.maxEntries()).recordStats(Evictions::new).build();
    this.unknown =
        Caffeine.newBuilder()
            .maximumSize(config.unknownMaxEntries())
            .recordStats(Evictions::new)
            .expireAfterWrite(config.unknownTtl())
            .ticker(ticker)
            .build();
    this.changed =
        Caffeine.newBuilder()
            .maximumSize(config.maxEntries())
            .expireAfterWrite(config.redisTtl())
            .ticker(ticker)
            .build();
    var _ = CaffeineCacheMetrics.monitor(meters.registry(), held, "known-clients");
    var _ = CaffeineCacheMetrics.monitor(meters.registry(), unknown, "unknown-clients");
    meters.gauge(Metric.CLIENT_HELD, held, Cache::estimatedSize, "known");
    meters.gauge(Metric.CLIENT_HELD, unknown, Cache::estimatedSize, "unknown");
  }

  /**
   * Opens the stores and follows the announcements, in Redis and in PostgreSQL. Succeeds while the
   * stores are down: look-ups then tell.
   *
   * @param router the name of this process, as the consumer group has it; confirms announcements
   * @param background runs look-ups that block, a handful at a time; not closed here
   */
  public static ClientDirectory open(
      String router,
      ClientDirectoryConfig config,
      RedisConfig redis,
      PostgresConfig postgres,
      Meters meters,
      Executor background,
      Ticker ticker) {
    if (redis.signingSecret() == null) {
      LOG.atWarn()
          .addKeyValue("setting", ConfigKeys.REDIS_SIGNING_SECRET.name())
          .log("Without this setting no client is read from Redis; PostgreSQL is asked instead");
    }
    RedisClientCache cache = new RedisClientCache(redis);
    meters.counter(Metric.CLIENT_CACHE_REFUSED, cache, RedisClientCache::refused);
    // Waits as long as look-ups do.
    HikariDataSource pool =
        PostgresConnections.open(
            postgres, "penstock-directory", postgres.timeout(), postgres.timeout());
    meters.measure(pool);
    ClientDirectory directory =
        new ClientDirectory(
            config, cache, new PostgresClientSource(pool), meters, background, ticker);
    directory.changes =
        ChangeFeed.start(
            new RedisAnnouncements(redis),
            router,
            directory::clientChanged,
            directory::announcementsMayBeLost);
    directory.notifications =
        ChangeFeed.start(
            new PostgresAnnouncements(postgres),
            router,
            directory::clientChanged,
            directory::announcementsMayBeLost);
    return directory;
  }

  @Override
  public Lookup lookup(String clientId) {
    Lookup known = inMemory(clientId);
    if (known != null) {
      return known;
    }
    counters.memory.miss.increment();
    return load(clientId, Freshness.ANY);
  }

  @Override
  public boolean isInMemory(String clientId) {
    return held.getIfPresent(clientId) != null || unknown.getIfPresent(clientId) != null;
  }

  @Override
  public @Nullable Lookup inMemory(String clientId) {
    Held client = held.getIfPresent(clientId);
    if (client != null) {
      long now = ticker.read();
      if (now - client.refreshAt.get() < 0) {
        counters.memory.found.increment();
        return client.answer;
      }
      return lookupDue(clientId, client, now);
    }
    Lookup stranger = unknown.getIfPresent(clientId);
    if (stranger != null) {
      counters.memory.unknown.increment();
    }
    return stranger;
  }

  /**
   * Looks up a held client whose next look-up is due. A client in use never waits: it is looked up
   * in the background. A client that was out of use for a while, or whose announcement may have
   * been missed, is looked up before it is used, if PostgreSQL answers.
   */
  private Lookup lookupDue(String clientId, Held client, long now) {
    long age = now - client.confirmedAt;
    boolean recent = age < 2 * refreshNanos && client.subscription == subscription.get();
    if (age < maxStalenessNanos && (recent || !tiers.sourceHealthy())) {
      refreshInBackground(clientId, client, now);
      counters.memory.found.increment();
      if (!recent) {
        counters.stale(age);
      }
      return client.answer;
    }
    Lookup fresh = load(clientId, Freshness.PREFER_SOURCE);
    if (fresh instanceof Lookup.Unavailable && age < maxStalenessNanos) {
      counters.memory.found.increment();
      counters.stale(age);
      return client.answer;
    }
    return fresh;
  }

  /** Called for an announcement: what is held of the client no longer counts. */
  void clientChanged(String clientId) {
    boolean[] inUse = new boolean[1];
    held.asMap()
        .compute(
            clientId,
            (id, client) -> {
              // The mark first: a look-up that begins in between sees it, an earlier one is
              // outdated below.
              changed.put(id, true);
              Load underway = loads.remove(id);
              if (underway != null) {
                underway.outdated = true;
              }
              inUse[0] = client != null || underway != null;
              unknown.invalidate(id);
              return null;
            });
    if (inUse[0]) {
      // Puts the new row into Redis too, over an old one that a slower reader may have left there.
      inBackground(clientId, Freshness.SOURCE_ONLY);
    }
  }

  /**
   * Called when announcements may have been missed: every held client is looked up before it is
   * used again, unless PostgreSQL is down too, and unknown clients are forgotten.
   */
  void announcementsMayBeLost() {
    long now = ticker.read();
    subscription.incrementAndGet();
    unknown.invalidateAll();
    held.asMap().values().forEach(client -> client.refreshAt.set(now));
  }

  private void refreshInBackground(String clientId, Held client, long now) {
    long due = client.refreshAt.get();
    if (now - due >= 0 && client.refreshAt.compareAndSet(due, now + REFRESH_RETRY.toNanos())) {
      inBackground(clientId, Freshness.PREFER_SOURCE);
    }
  }

  private void inBackground(String clientId, Freshness freshness) {
    if (closed || !refreshes.tryAcquire()) {
      return;
    }
    try {
      background.execute(() -> {
        try {
          load(clientId, freshness);
        } catch (RuntimeException e) {
          LOG.atWarn().addKeyValue("client", clientId).setCause(e).log("Background look-up failed");
        } finally {
          refreshes.release();
        }
      });
    } catch (RuntimeException e) {
      refreshes.release();
      LOG.atWarn()
          .addKeyValue("client", clientId)
          .setCause(e)
          .log("Background look-up was refused");
    }
  }

  private Lookup load(String clientId, Freshness freshness) {
    Load mine = new Load(subscription.get());
    Load underway = loads.putIfAbsent(clientId, mine);
    if (underway != null) {
      return underway.answer.join();
    }
    Lookup answer = new Lookup.Unavailable("the look-up ended unexpectedly");
    try {
      // Read after the look-up is registered, so that an announcement either shows here or outdates
      // it.
      Freshness needed = changed.getIfPresent(clientId) == null ? freshness : Freshness.SOURCE_ONLY;
      answer = tiers.find(clientId, needed);
      hold(clientId, mine, answer, needed);
    } finally {
      loads.remove(clientId, mine);
      mine.answer.complete(answer);
    }
    return answer;
  }

  /**
   * Looks up several clients at once. Clients that another thread is looking up, or that changed,
   * are left to {@link #lookup}.
   */
  @Override
  public Map<String, Lookup> lookupAll(Collection<String> clientIds) {
    Map<String, Load> mine = new HashMap<>();
    Map<String, Lookup> answers = Map.of();
    try {
      for (String clientId : clientIds) {
        Load load = new Load(subscription.get());
        if (loads.putIfAbsent(clientId, load) == null) {
          mine.put(clientId, load);
        }
      }
      // Asked after the look-ups are registered, as above.
      List<String> asked =
          mine.keySet().stream().filter(id -> changed.getIfPresent(id) == null).toList();
      if (!asked.isEmpty()) {
        answers = tiers.findAll(asked);
      }
      answers.forEach((id, answer) -> {
        Load load = mine.get(id);
        if (load != null) {
          hold(id, load, answer, Freshness.ANY);
        }
      });
    } finally {
      Map<String, Lookup> found = answers;
      mine.forEach((id, load) -> {
        loads.remove(id, load);
        load.answer.complete(
            found.getOrDefault(id, new Lookup.Unavailable("the client has just changed")));
      });
    }
    return answers;
  }

  private void hold(String clientId, Load load, Lookup answer, Freshness asked) {
    long now = ticker.read();
    held.asMap()
        .compute(
            clientId,
            (id, client) -> {
              if (load.outdated || answer instanceof Lookup.Unavailable) {
                return client;
              }
              if (asked == Freshness.SOURCE_ONLY) {
                changed.invalidate(id);
              }
              if (answer instanceof Lookup.Found found) {
                unknown.invalidate(id);
                return new Held(found, load.subscription, now, refreshNanos);
              }
              unknown.put(id, UNKNOWN);
              return null;
            });
    if (load.outdated && !(answer instanceof Lookup.Unavailable)) {
      tiers.takeBack(clientId);
    }
  }

  /** Stops following announcements and closes the stores. */
  @Override
  public void close() {
    closed = true;
    ChangeFeed feed = changes;
    ChangeFeed secondFeed = notifications;
    try (tiers;
        secondFeed) {
      if (feed != null) {
        feed.close();
      }
    }
  }
}
