package io.penstock.provisioning.client;

import static java.util.stream.Collectors.joining;

import io.penstock.core.config.ConfigKeys;
import io.penstock.core.config.Durations;
import io.penstock.core.directory.Confirmations;
import io.penstock.core.directory.PostgresAnnouncement;
import io.penstock.core.directory.RedisClientCache;
import io.penstock.provisioning.client.Announcement.Unconfirmed;
import io.penstock.provisioning.client.RunningRouters.Members;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Tells the routers that a client changed, and learns which of them know: through Redis, and if
 * some do not confirm, through PostgreSQL (docs/adr/0018). Kafka says who has to confirm.
 * Thread-safe.
 */
public final class Announcer implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final String STALENESS = ConfigKeys.CLIENT_CACHE_MAX_STALENESS.name();

  private final RedisClientCache redis;
  private final PostgresAnnouncement postgres;
  private final RunningRouters group;
  private final RoutersConfig config;
  private final Clock clock;
  private final Executor asking = task -> Thread.ofVirtual().name("penstock-members").start(task);

  /** Does not own the cache. */
  public Announcer(
      RedisClientCache redis, PostgresAnnouncement postgres, RoutersConfig config, Clock clock) {
    this.redis = redis;
    this.postgres = postgres;
    this.group = new RunningRouters(config.kafka(), config.group());
    this.config = config;
    this.clock = clock;
  }

  /**
   * Tells the routers and does not wait, for changes after which a client's events are still
   * refused. To be called after the change is committed.
   */
  public Announcement tell(String clientId) {
    String failed = redis.announceChange(clientId);
    return new Announcement(
        0,
        List.of(),
        null,
        failed == null
            ? null
            : "routers were not told: %s; they notice within penstock.client.cache.unknown.ttl"
                .formatted(failed));
  }

  /**
   * Tells the routers and waits until all have confirmed that they hold nothing older, for three
   * seconds at most on each of the two channels. Kafka's answer may take longer; the routers have
   * been told by then. To be called after the change is committed.
   */
  public Announcement announce(String clientId) {
    CompletableFuture<Members> asked = CompletableFuture.supplyAsync(group::members, asking);
    Confirmations first = redis.announceAndAwait(clientId, PATIENCE);
    Members members = asked.join();
    Set<String> confirmed = new HashSet<>(first.routers());
    String failed = null;
    if (lacks(members, confirmed)) {
      Confirmations second =
          postgres.announceAndAwait(
              clientId,
              also -> {
                Set<String> all = new HashSet<>(confirmed);
                all.addAll(also);
                return !lacks(members, all);
              },
              PATIENCE);
      confirmed.addAll(second.routers());
      failed = second.failure();
    }
    Failures failures = new Failures(first.failure(), failed);
    return switch (members) {
      case Members.Known(List<RunningRouters.Router> all) -> ofKnown(all, confirmed, failures);
      case Members.Unknown(String why) -> ofUnknown(why, confirmed, failures);
    };
  }

  private static boolean lacks(Members members, Set<String> confirmed) {
    return switch (members) {
      case Members.Known(List<RunningRouters.Router> routers) ->
          !routers.stream().allMatch(router -> confirmed.contains(router.name()));
      case Members.Unknown _ -> true;
    };
  }

  /** What went wrong on each channel; null: nothing. */
  private record Failures(@Nullable String redis, @Nullable String postgres) {}

  private Announcement ofKnown(
      List<RunningRouters.Router> all, Set<String> confirmed, Failures failures) {
    List<Unconfirmed> unconfirmed =
        all.stream()
            .filter(router -> !confirmed.contains(router.name()))
            .map(router -> new Unconfirmed(router.name(), router.host()))
            .toList();
    int know = all.size() - unconfirmed.size();
    if (!unconfirmed.isEmpty()) {
      String lacking =
          "%d of %d routers know; not confirmed by %s"
              .formatted(
                  know,
                  all.size(),
                  unconfirmed.stream().map(Unconfirmed::toString).collect(joining(", ")));
      return lacking(know, unconfirmed, lacking, failures);
    }
    String redis = failures.redis();
    return new Announcement(
        know,
        List.of(),
        null,
        redis == null ? null : Announcement.known(know) + "; " + cached(redis));
  }

  private Announcement ofUnknown(String why, Set<String> confirmed, Failures failures) {
    int know = confirmed.size();
    String names = confirmed.stream().sorted().collect(joining(", "));
    String lacking =
        "%s; which routers run is unknown (group %s): %s"
            .formatted(
                know == 0 ? "no router confirmed" : Announcement.known(know) + " (" + names + ")",
                group.name(),
                why);
    return lacking(know, List.of(), lacking, failures);
  }

  private Announcement lacking(
      int know, List<Unconfirmed> unconfirmed, String lacking, Failures failures) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    Instant knownBy = now.plus(config.noticedWithin());
    List<String> warnings = new ArrayList<>();
    warnings.add(lacking);
    if (failures.postgres() != null) {
      warnings.add("asked through PostgreSQL in vain: " + failures.postgres());
    }
    warnings.add(
        "who has not may go on with what was before until %s, and while PostgreSQL does not answer it until %s (%s); run this again, or stop it"
            .formatted(knownBy, now.plus(config.maxStaleness()), STALENESS));
    if (failures.redis() != null) {
      warnings.add(cached(failures.redis()));
    }
    return new Announcement(know, unconfirmed, knownBy, String.join("; ", warnings));
  }

  private String cached(String failed) {
    return "Redis was not told (%s): a router that starts within %s may believe what it holds; run this again"
        .formatted(failed, Durations.format(config.redisTtl()));
  }

  @Override
  public void close() {
    group.close();
  }
}
