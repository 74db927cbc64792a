package io.penstock.core.directory;

import io.penstock.core.config.RedisConfig;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Hears the announcements of changed clients, and confirms those that ask for it, on two virtual
 * threads: one listens and subscribes anew when the connection is lost, the other pings, so that a
 * connection that died silently is noticed.
 */
final class ChangeFeed implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ChangeFeed.class);
  private static final Duration SILENCE = Duration.ofSeconds(15);
  private static final Duration PING = Duration.ofSeconds(5);
  private static final Duration RETRY = Duration.ofMillis(500);

  private final RedisClient redis;
  private final String router;
  private final Consumer<String> onChange;
  private final Runnable onSubscribed;
  private final Subscription subscription = new Subscription();
  private final Thread listener =
      Thread.ofVirtual().name("penstock-changes").unstarted(this::listen);
  private final Thread pinger =
      Thread.ofVirtual().name("penstock-changes-ping").unstarted(this::ping);
  private volatile boolean closed;

  private ChangeFeed(
      RedisClient redis, String router, Consumer<String> onChange, Runnable onSubscribed) {
    this.redis = redis;
    this.router = router;
    this.onChange = onChange;
    this.onSubscribed = onSubscribed;
  }

  /**
   * Begins at once and keeps trying while Redis is down.
   *
   * @param router the name of this process, as the consumer group has it
   * @param onChange drops what is held of the client, before it returns
   * @param onSubscribed called each time a subscription begins: announcements made before it were
   *     missed
   */
  static ChangeFeed start(
      RedisConfig config, String router, Consumer<String> onChange, Runnable onSubscribed) {
    ChangeFeed feed =
        new ChangeFeed(
            RedisConnections.open(config, "penstock-changes", SILENCE),
            router,
            onChange,
            onSubscribed);
    feed.listener.start();
    feed.pinger.start();
    return feed;
  }

  private final class Subscription extends JedisPubSub {
    @Override
    public void onSubscribe(String channel, int subscribedChannels) {
      LOG.info("Following announcements of changed clients");
      onSubscribed.run();
    }

    @Override
    public void onMessage(String channel, String message) {
      onChange.accept(DropRequest.clientIn(message));
      if (DropRequest.asksForAnswer(message)) {
        confirm(message);
      }
    }
  }

  private void confirm(String message) {
    try {
      redis.publish(ConfirmedAnnouncement.CONFIRMATIONS, DropRequest.answer(message, router));
    } catch (JedisException e) {
      // Whoever waits for it counts this process as one that has not answered.
      LOG.atWarn()
          .addKeyValue("client", DropRequest.clientIn(message))
          .addKeyValue("error", e.getClass().getSimpleName())
          .log("An announcement of a changed client could not be confirmed");
    }
  }

  private void listen() {
    boolean told = false;
    while (!closed) {
      try {
        redis.subscribe(
            subscription,
            RedisClientCache.CHANNEL); // returns when unsubscribed, throws when cut off
        told = false;
      } catch (RuntimeException e) {
        // Jedis may also trip over what it reads: whatever it is, the next subscription may hear.
        if (!closed && !told) {
          told = true;
          LOG.atWarn()
              .addKeyValue("error", e.getClass().getSimpleName())
              .log("Announcements of changed clients are not heard; trying again");
        }
      }
      if (!closed) {
        LockSupport.parkNanos(RETRY.toNanos());
      }
    }
  }

  private void ping() {
    while (!closed) {
      LockSupport.parkNanos(PING.toNanos());
      try {
        if (!closed && subscription.isSubscribed()) {
          subscription.ping();
        }
      } catch (RuntimeException e) {
        LOG.atDebug()
            .addKeyValue("error", e.getClass().getSimpleName())
            .log("Ping on the subscription failed");
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      if (subscription.isSubscribed()) {
        subscription.unsubscribe();
      }
    } catch (JedisException e) {
      LOG.debug("The subscription was cut off already");
    }
    LockSupport.unpark(listener);
    LockSupport.unpark(pinger);
    redis.close();
  }
}
