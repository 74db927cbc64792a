package io.penstock.core.client;

import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisException;

/**
 * One announcement that asks for an answer: {@code {client_id}#{number}} on {@value
 * RedisClientCache#CHANNEL}, which every listener repeats on {@value #CONFIRMATIONS} once it has
 * dropped the client. The number keeps the answers to two announcements of one client apart.
 */
final class ConfirmedAnnouncement {
  /** Where listeners say that they hold nothing of the client any more. */
  static final String CONFIRMATIONS = "penstock:client-dropped";

  private static final char NUMBER_MARK = '#';

  private final String message;
  private final CountDownLatch subscribed = new CountDownLatch(1);

  /** One permit for each answer. */
  private final Semaphore answers = new Semaphore(0);

  private volatile boolean cutOff;

  private final JedisPubSub subscription =
      new JedisPubSub() {
        @Override
        public void onSubscribe(String channel, int subscribedChannels) {
          subscribed.countDown();
        }

        @Override
        public void onMessage(String channel, String answer) {
          if (answer.equals(message)) {
            answers.release();
          }
        }
      };

  ConfirmedAnnouncement(String clientId) {
    this.message =
        clientId + NUMBER_MARK + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
  }

  /** The client that a message is about. */
  static String clientIn(String message) {
    int mark = message.indexOf(NUMBER_MARK);
    return mark < 0 ? message : message.substring(0, mark);
  }

  /** Whether somebody waits for an answer to the message. */
  static boolean asksForAnswer(String message) {
    return message.indexOf(NUMBER_MARK) >= 0;
  }

  /**
   * Blocks for {@code patience} at most, and Redis's time-out.
   *
   * @param redis its subscriptions may keep silent for longer than {@code patience}
   * @param publish announces the message and returns how many have heard it
   */
  AnnounceOutcome announce(RedisClient redis, ToIntFunction<String> publish, Duration patience)
      throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    Thread listener = Thread.ofVirtual().name("penstock-dropped").start(() -> listen(redis));
    try {
      if (!subscribed.await(patience.toNanos(), TimeUnit.NANOSECONDS) || cutOff) {
        return new AnnounceOutcome.Failed("Redis: no subscription to " + CONFIRMATIONS);
      }
      int heard = publish.applyAsInt(message);
      return answers.tryAcquire(heard, deadline - System.nanoTime(), TimeUnit.NANOSECONDS)
          ? new AnnounceOutcome.Confirmed(heard)
          : new AnnounceOutcome.Unconfirmed(heard, Math.min(heard, answers.availablePermits()));
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
