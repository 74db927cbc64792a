package io.penstock.core.directory;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.client.ApiKey;
import io.penstock.core.client.ApiKeyHash;
import io.penstock.core.client.ClientMetadata;
import io.penstock.core.client.ClientSource;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.client.Lookup;
import io.penstock.core.config.ClientDirectoryConfig;
import io.penstock.core.metrics.Meters;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClientDirectoryTest {
  private static final ClientDirectoryConfig CONFIG =
      new ClientDirectoryConfig(
          100,
          Duration.ofSeconds(30),
          Duration.ofHours(24),
          100,
          Duration.ofSeconds(10),
          Duration.ofMinutes(10));

  private final AtomicLong nanos = new AtomicLong();
  private final FakeSource source = new FakeSource();
  private final FakeCache cache = new FakeCache();
  private final Queue<Runnable> background = new ArrayDeque<>();
  private final Meters meters = new Meters();
  private final ClientDirectory directory =
      new ClientDirectory(CONFIG, cache, source, meters, background::add, nanos::get);

  @AfterEach
  void close() {
    directory.close();
    assertThat(source.closed && cache.closed).isTrue();
  }

  @Test
  void aHitIsTheVeryObjectThatIsHeldAndAsksNobody() {
    source.put(client("acme", ClientStatus.ACTIVE));
    Lookup first = directory.lookup("acme");

    Lookup second = directory.lookup("acme");

    assertThat(second)
        .isSameAs(first)
        .isEqualTo(new Lookup.Found(client("acme", ClientStatus.ACTIVE)));
    assertThat(source.asked).hasValue(1);
    assertThat(count("memory", "found")).isEqualTo(1);
    assertThat(count("memory", "miss")).isEqualTo(1);
    assertThat(count("redis", "miss")).isEqualTo(1);
    assertThat(count("postgres", "found")).isEqualTo(1);
  }

  @Test
  void whatPostgresSaidIsLeftInRedisAndRedisIsAskedFirst() {
    source.put(client("acme", ClientStatus.ACTIVE));
    directory.lookup("acme");
    assertThat(cache.held)
        .containsEntry("acme", new Lookup.Found(client("acme", ClientStatus.ACTIVE)));
    assertThat(cache.timesToLive).containsEntry("acme", Duration.ofMinutes(10));

    cache.held.put("globex", new Lookup.Found(client("globex", ClientStatus.SUSPENDED)));

    assertThat(directory.lookup("globex"))
        .isEqualTo(new Lookup.Found(client("globex", ClientStatus.SUSPENDED)));
    assertThat(source.asked).hasValue(1);
  }

  @Test
  void unknownClientIsRememberedBrieflyInMemoryAndInRedis() {
    assertThat(directory.lookup("stranger")).isEqualTo(new Lookup.Unknown());
    assertThat(directory.lookup("stranger")).isEqualTo(new Lookup.Unknown());

    assertThat(source.asked).hasValue(1);
    assertThat(cache.timesToLive).containsEntry("stranger", Duration.ofSeconds(10));
    assertThat(count("memory", "unknown")).isEqualTo(1);

    cache.held.clear();
    source.put(client("stranger", ClientStatus.PENDING));
    pass(Duration.ofSeconds(11));

    assertThat(directory.lookup("stranger")).isInstanceOf(Lookup.Found.class);
  }

  @Test
  void manyAreLookedUpInOneQuestionToEachStoreAndStrangersStayOutOfRedis() {
    source.put(client("acme", ClientStatus.ACTIVE));
    cache.held.put("globex", new Lookup.Found(client("globex", ClientStatus.SUSPENDED)));

    Map<String, Lookup> answers = directory.lookupAll(List.of("acme", "globex", "stranger"));

    assertThat(answers)
        .containsEntry("acme", new Lookup.Found(client("acme", ClientStatus.ACTIVE)))
        .containsEntry("globex", new Lookup.Found(client("globex", ClientStatus.SUSPENDED)))
        .containsEntry("stranger", new Lookup.Unknown());
    assertThat(source.together).containsExactly(2);
    assertThat(cache.held).containsOnlyKeys("acme", "globex");
    assertThat(directory.inMemory("acme")).isEqualTo(answers.get("acme"));
    assertThat(directory.inMemory("stranger")).isEqualTo(new Lookup.Unknown());
    assertThat(count("redis", "found")).isEqualTo(1);
    assertThat(count("postgres", "unknown")).isEqualTo(1);
  }

  @Test
  void aChangeOutdatesTheLookUpOfManyThatIsUnderWay() {
    source.put(client("acme", ClientStatus.ACTIVE));
    source.beforeAnswer =
        () -> {
          source.put(client("acme", ClientStatus.SUSPENDED));
          directory.clientChanged("acme");
        };

    Map<String, Lookup> _ = directory.lookupAll(List.of("acme", "globex"));

    source.beforeAnswer = () -> {};
    assertThat(directory.inMemory("acme")).isNull();
    assertThat(cache.held).doesNotContainKey("acme");
    assertThat(directory.lookup("acme"))
        .isEqualTo(new Lookup.Found(client("acme", ClientStatus.SUSPENDED)));
  }

  @Test
  void withTheStoresGoneNoneOfManyIsUnknown() {
    source.down = true;
    cache.down = true;
    assertThat(directory.lookupAll(List.of("acme", "globex")).values())
        .hasSize(2)
        .allSatisfy(answer -> assertThat(answer).isInstanceOf(Lookup.Unavailable.class));
    assertThat(directory.isInMemory("acme")).isFalse();
  }

  @Test
  void strangersInMemoryAreBounded() {
    for (int i = 0; i < 1_000; i++) {
      directory.lookup("stranger-" + i);
    }

    // Caffeine trims on threads of its own, soon after; a cache without a bound never would.
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (meters.registry().get("penstock_client_held").tag("kind", "unknown").gauge().value()
        >= 300) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  @Test
  void announcementEvictsAtOnceAndTheNextLookupPassesRedisBy() {
    source.put(client("acme", ClientStatus.ACTIVE));
    directory.lookup("acme");
    source.put(client("acme", ClientStatus.SUSPENDED)); // Redis still holds the old row

    directory.clientChanged("acme");

    assertThat(directory.lookup("acme"))
        .isEqualTo(new Lookup.Found(client("acme", ClientStatus.SUSPENDED)));
    assertThat(cache.held)
        .containsEntry("acme", new Lookup.Found(client("acme", ClientStatus.SUSPENDED)));
  }

  @Test
  void announcementOfAClientInUseRenewsRedisWithoutWaitingForAnEvent() {
    source.put(client("acme", ClientStatus.ACTIVE));
    directory.lookup("acme");
    source.put(client("acme", ClientStatus.SUSPENDED));

    directory.clientChanged("acme");
    runBackground();

    assertThat(cache.held)
        .containsEntry("acme", new Lookup.Found(client("acme", ClientStatus.SUSPENDED)));
  }

  @Test
  void announcementEndsBeingUnknown() {
    directory.lookup("new");
    source.put(client("new", ClientStatus.PENDING));

    directory.clientChanged("new");

    assertThat(directory.lookup("new"))
        .isEqualTo(new Lookup.Found(client("new", ClientStatus.PENDING)));
  }

  @Test
  void answerReadBeforeAnAnnouncementIsNeitherHeldNorLeftInRedis() throws Exception {
    source.put(client("acme", ClientStatus.ACTIVE));
    CountDownLatch reached = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    source.beforeAnswer =
        () -> {
          reached.countDown();
          join(release);
        };
    CompletableFuture<Lookup> slow = CompletableFuture.supplyAsync(() -> directory.lookup("acme"));
    reached.await();
    source.beforeAnswer = () -> {};
    source.put(client("acme", ClientStatus.SUSPENDED));

    directory.clientChanged("acme");
    release.countDown();

    assertThat(slow.get(5, TimeUnit.SECONDS)).isInstanceOf(Lookup.Found.class);
    assertThat(cache.held).doesNotContainKey("acme");
    assertThat(directory.lookup("acme"))
        .isEqualTo(new Lookup.Found(client("acme", ClientStatus.SUSPENDED)));
    assertThat(cache.held)
        .containsEntry("acme", new Lookup.Found(client("acme", ClientStatus.SUSPENDED)));
  }

  @Test
  void callersOfOneClientShareOneLookup() throws Exception {
    source.put(client("acme", ClientStatus.ACTIVE));
    CountDownLatch release = new CountDownLatch(1);
    source.beforeAnswer = () -> join(release);
    List<CompletableFuture<Lookup>> callers = new ArrayList<>();
    try (var threads = java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 50; i++) {
        callers.add(CompletableFuture.supplyAsync(() -> directory.lookup("acme"), threads));
      }
      release.countDown();
      for (CompletableFuture<Lookup> caller : callers) {
        assertThat(caller.get(5, TimeUnit.SECONDS)).isInstanceOf(Lookup.Found.class);
      }
    }

    assertThat(source.asked).hasValue(1);
  }

  @Test
  void clientInUseIsLookedUpAgainInTheBackgroundAndNeverWaits() {
    source.put(client("acme", ClientStatus.ACTIVE));
    directory.lookup("acme");
    source.put(client("acme", ClientStatus.SUSPENDED));
    pass(Duration.ofSeconds(31));

    assertThat(directory.lookup("acme"))
        .isEqualTo(new Lookup.Found(client("acme", ClientStatus.ACTIVE)));
    directory.lookup("acme");
    assertThat(background).hasSize(1);
    runBackground();

    assertThat(directory.lookup("acme"))
        .isEqualTo(new Lookup.Found(client("acme", ClientStatus.SUSPENDED)));
  }

  @Test
  void clientOutOfUseIsAskedForAtOnceWhilePostgresAnswers() {
    source.put(client("acme", ClientStatus.ACTIVE));
    directory.lookup("acme");
    source.put(client("acme", ClientStatus.SUSPENDED));
    pass(Duration.ofMinutes(5));

    assertThat(directory.lookup("acme"))
        .isEqualTo(new Lookup.Found(client("acme", ClientStatus.SUSPENDED)));
  }

  @Test
  void deletedClientBecomesUnknownAtTheNextRefresh() {
    source.put(client("acme", ClientStatus.ACTIVE));
    directory.lookup("acme");
    source.rows.clear();
    pass(Duration.ofSeconds(31));
    directory.lookup("acme");
    runBackground();

    assertThat(directory.lookup("acme")).isEqualTo(new Lookup.Unknown());
  }

  @Test
  void lostAnnouncementsMakeEverythingHeldBeLookedUpBeforeItIsUsedAgain() {
    source.put(client("acme", ClientStatus.ACTIVE));
    directory.lookup("acme");
    directory.lookup("stranger");
    source.put(client("acme", ClientStatus.SUSPENDED));
    source.put(client("stranger", ClientStatus.ACTIVE));
    cache.held.remove("stranger");

    directory.announcementsMayBeLost();

    assertThat(directory.lookup("acme"))
        .isEqualTo(new Lookup.Found(client("acme", ClientStatus.SUSPENDED)));
    assertThat(directory.lookup("stranger")).isInstanceOf(Lookup.Found.class);
    assertThat(background).isEmpty();
  }

  @Test
  void lostAnnouncementsDoNotStopClientsThatAreHeldWhilePostgresIsGone() {
    source.put(client("acme", ClientStatus.ACTIVE));
    directory.lookup("acme");
    source.down = true;

    directory.announcementsMayBeLost();

    assertThat(directory.lookup("acme")).isInstanceOf(Lookup.Found.class);
    source.down = false;
    source.put(client("acme", ClientStatus.SUSPENDED));
    pass(Duration.ofSeconds(31));
    directory.lookup("acme");
    runBackground();
    assertThat(directory.lookup("acme"))
        .isEqualTo(new Lookup.Found(client("acme", ClientStatus.SUSPENDED)));
  }

  @Test
  void withRedisGonePostgresAnswersAndRedisIsLeftAlone() {
    cache.down = true;
    source.put(client("a", ClientStatus.ACTIVE));
    source.put(client("b", ClientStatus.ACTIVE));

    assertThat(directory.lookup("a")).isInstanceOf(Lookup.Found.class);
    assertThat(directory.lookup("b")).isInstanceOf(Lookup.Found.class);
    assertThat(cache.calls).hasValue(1);

    cache.down = false;
    pass(Duration.ofSeconds(2));
    directory.lookup("c");
    assertThat(cache.held).containsKey("c");
  }

  @Test
  void withPostgresGoneRedisAndMemoryAnswer() {
    source.put(client("acme", ClientStatus.ACTIVE));
    directory.lookup("acme");
    cache.held.put("globex", new Lookup.Found(client("globex", ClientStatus.ACTIVE)));
    source.down = true;
    pass(Duration.ofSeconds(31));

    assertThat(directory.lookup("globex")).isInstanceOf(Lookup.Found.class);
    assertThat(directory.lookup("acme")).isInstanceOf(Lookup.Found.class);
    runBackground();
    assertThat(directory.lookup("stranger"))
        .isInstanceOfSatisfying(
            Lookup.Unavailable.class, u -> assertThat(u.detail()).contains("PostgreSQL"));
  }

  @Test
  void withBothGoneKnownClientsGoOnUntilTheyAreTooOldAndTheRestIsUnavailable() {
    source.put(client("acme", ClientStatus.ACTIVE));
    directory.lookup("acme");
    source.down = true;
    cache.down = true;

    pass(Duration.ofHours(23));
    assertThat(directory.lookup("acme")).isInstanceOf(Lookup.Found.class);
    runBackground();
    int asked = source.asked.get();
    for (int i = 0; i < 100; i++) {
      assertThat(directory.lookup("acme")).isInstanceOf(Lookup.Found.class);
      assertThat(directory.lookup("stranger")).isInstanceOf(Lookup.Unavailable.class);
    }
    assertThat(source.asked.get() - asked)
        .as("the circuit spares the time-outs")
        .isLessThanOrEqualTo(1);
    assertThat(staleness()).isEqualTo(23 * 3_600.0);

    pass(Duration.ofHours(2));
    assertThat(staleness()).as("nothing was answered so lately").isZero();
    assertThat(directory.lookup("acme")).isInstanceOf(Lookup.Unavailable.class);

    source.down = false;
    pass(Duration.ofSeconds(2));
    assertThat(directory.lookup("acme")).isInstanceOf(Lookup.Found.class);
  }

  @Test
  void announcedClientIsUnavailableRatherThanOldWhilePostgresIsGone() {
    source.put(client("acme", ClientStatus.ACTIVE));
    directory.lookup("acme");
    source.down = true;

    directory.clientChanged("acme");

    assertThat(directory.lookup("acme")).isInstanceOf(Lookup.Unavailable.class);
  }

  @Test
  void failedBackgroundLookupIsTriedAgainAfterAWhileAndNotForEveryEvent() {
    source.put(client("acme", ClientStatus.ACTIVE));
    directory.lookup("acme");
    source.down = true;
    cache.down = true;
    pass(Duration.ofSeconds(31));

    for (int i = 0; i < 100; i++) {
      directory.lookup("acme");
      runBackground();
    }
    assertThat(source.asked).hasValue(2);

    pass(Duration.ofMillis(1_100));
    directory.lookup("acme");
    runBackground();
    assertThat(source.asked).hasValue(3);
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private void runBackground() {
    for (Runnable task = background.poll(); task != null; task = background.poll()) {
      task.run();
    }
  }

  private double staleness() {
    return meters.registry().get("penstock_client_staleness_seconds").gauge().value();
  }

  private double count(String tier, String result) {
    return meters
        .registry()
        .get("penstock_client_lookups_total")
        .tags("tier", tier, "result", result)
        .functionCounter()
        .count();
  }

  private static void join(CountDownLatch latch) {
    try {
      assertThat(latch.await(5, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static ClientMetadata client(String id, ClientStatus status) {
    ApiKey key = new ApiKey(ApiKeyHash.ofKey("key of " + id), Instant.EPOCH, null, null);
    return new ClientMetadata(id, status, "client_" + id, "default", List.of(key));
  }

  private static final class FakeSource implements ClientSource {
    final Map<String, ClientMetadata> rows = new ConcurrentHashMap<>();
    final AtomicInteger asked = new AtomicInteger();
    final List<Integer> together = new ArrayList<>();
    volatile boolean down;
    volatile boolean closed;
    volatile Runnable beforeAnswer = () -> {};

    void put(ClientMetadata client) {
      rows.put(client.clientId(), client);
    }

    @Override
    public Map<String, Lookup> findAll(Collection<String> clientIds) {
      together.add(clientIds.size());
      return ClientSource.super.findAll(clientIds);
    }

    @Override
    public Lookup find(String clientId) {
      asked.incrementAndGet();
      ClientMetadata row = rows.get(clientId);
      beforeAnswer.run();
      if (down) {
        return new Lookup.Unavailable("PostgreSQL: down");
      }
      return row == null ? new Lookup.Unknown() : new Lookup.Found(row);
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private static final class FakeCache implements ClientCache {
    final Map<String, Lookup> held = new ConcurrentHashMap<>();
    final Map<String, Duration> timesToLive = new ConcurrentHashMap<>();
    final AtomicInteger calls = new AtomicInteger();
    volatile boolean down;
    volatile boolean closed;

    @Override
    public @Nullable Lookup get(String clientId) {
      calls.incrementAndGet();
      return down ? new Lookup.Unavailable("Redis: down") : held.get(clientId);
    }

    @Override
    public boolean put(String clientId, Lookup lookup, Duration timeToLive) {
      calls.incrementAndGet();
      if (!down) {
        held.put(clientId, lookup);
        timesToLive.put(clientId, timeToLive);
      }
      return !down;
    }

    @Override
    public boolean remove(String clientId) {
      calls.incrementAndGet();
      if (!down) {
        held.remove(clientId);
      }
      return !down;
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
