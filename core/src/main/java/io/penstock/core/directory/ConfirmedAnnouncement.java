package io.penstock.core.directory;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Sends one {@link DropRequest} through Redis and counts the routers' answers on {@value
 * #CONFIRMATIONS}.
 */
final class ConfirmedAnnouncement {
  /** Where listeners say that they hold nothing of the client any more. */
  static final String CONFIRMATIONS = "penstock:client-dropped";

  private final DropRequest request;
  private final CountDownLatch subscribed = new CountDownLatch(1);

  /** One permit for each answer. */
  private final Semaphore answers = new Semaphore(0);

  private final Set<String> routers = ConcurrentHashMap.newKeySet();
  private volatile boolean cutOff;

  private final JedisPubSub subscription =
      new JedisPubSub() {
        @Override
        public void onSubscribe(String channel, int subscribedChannels) {
          subscribed.countDown();
        }

        @Override
        public void onMessage(String channel, String answer) {
          String router = request.routerIn(answer);
          if (router != null) {
            if (!router.isEmpty()) {
              routers.add(router);
            }
            answers.release();
          }
        }
      };

  ConfirmedAnnouncement(String clientId) {
    this.request = DropRequest.of(clientId);
  }

  /**
   * Blocks for {@code patience} at most, and Redis's time-out. Ends early once as many have
   * answered as have heard.
   *
   * @param redis its subscriptions may keep silent for longer than {@code patience}
   * @param publish announces the message and returns how many have heard it
   */
  Confirmations announce(RedisClient redis, ToIntFunction<String> publish, Duration patience)
      throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    Thread listener = Thread.ofVirtual().name("penstock-dropped").start(() -> listen(redis));
    try {
      boolean listens = subscribed.await(patience.toNanos(), TimeUnit.NANOSECONDS) && !cutOff;
      int heard = publish.applyAsInt(request.text());
      if (!listens) {
        return new Confirmations(Set.of(), "Redis: no subscription to " + CONFIRMATIONS);
      }
      var _ = answers.tryAcquire(heard, deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      return new Confirmations(routers, null);
    } finally {
      stop(listener);
    }
  }

  private void listen(RedisClient redis) {
    try {
      redis.subscribe(subscription, CONFIRMATIONS);
    } catch (JedisException e) {
      cutOff = true;
    } finally {
      subscribed.countDown();
    }
  }

  private void stop(Thread listener) throws InterruptedException {
    try {
      if (subscription.isSubscribed()) {
        subscription.unsubscribe();
      }
    } catch (JedisException e) {
      // Cut off already: the listener ends by itself.
    }
    listener.join(Duration.ofMillis(500));
  }
}
