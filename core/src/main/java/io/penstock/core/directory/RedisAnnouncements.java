package io.penstock.core.directory;

import io.penstock.core.config.RedisConfig;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Announcements on {@value RedisClientCache#CHANNEL}. Another virtual thread pings, so that a
 * connection that died silently is noticed.
 */
final class RedisAnnouncements implements ChangeFeed.Way {
  private static final Logger LOG = LoggerFactory.getLogger(RedisAnnouncements.class);
  private static final Duration SILENCE = Duration.ofSeconds(15);
  private static final Duration PING = Duration.ofSeconds(5);

  private final RedisClient redis;
  private final Thread pinger =
      Thread.ofVirtual().name("penstock-changes-ping").unstarted(this::ping);
  private volatile JedisPubSub subscription = new JedisPubSub() {};
  private volatile boolean closed;

  RedisAnnouncements(RedisConfig config) {
    this.redis = RedisConnections.open(config, "penstock-changes", SILENCE);
    pinger.start();
  }

  @Override
  public String name() {
    return "Redis";
  }

  @Override
  public Duration retry() {
    return Duration.ofMillis(500);
  }

  @Override
  public void listen(ChangeFeed feed) {
    subscription =
        new JedisPubSub() {
          @Override
          public void onSubscribe(String channel, int subscribedChannels) {
            feed.listening();
          }

          @Override
          public void onMessage(String channel, String message) {
            feed.heard(message);
          }
        };
    redis.subscribe(subscription, RedisClientCache.CHANNEL);
  }

  @Override
  public void answer(String text) {
    var _ = redis.publish(ConfirmedAnnouncement.CONFIRMATIONS, text);
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
            .addKeyValue("cause", e.getClass().getSimpleName())
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
    LockSupport.unpark(pinger);
    redis.close();
  }
}
