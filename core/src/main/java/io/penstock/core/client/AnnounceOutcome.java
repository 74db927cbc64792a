package io.penstock.core.client;

/**
 * What is known of the routers after {@link RedisClientCache#announceAndAwait}.
 *
 * <p>PUBLISH counts who is subscribed at that moment. A router that is cut off from Redis is not
 * among them; it looks a client in use up again within {@code penstock.client.cache.refresh}, and
 * before it next uses anything it holds once it is subscribed again, as long as PostgreSQL answers
 * it. So whoever knows from Kafka's consumer group that there are more routers than were heard
 * waits for that interval.
 */
public sealed interface AnnounceOutcome {
  /**
   * All that were subscribed hold nothing of the client from before the announcement, and Redis
   * neither. A look-up that a router had begun before may still serve the one record that waits for
   * it: records below the partitions' end offsets as they are now.
   *
   * @param routers how many there were; 0: nobody was subscribed
   */
  record Confirmed(int routers) implements AnnounceOutcome {}

  /**
   * The announcement went out, and not all have answered in time: a router that has just died, that
   * is frozen or cut off, or a subscriber that is none. Wait for the refresh interval, or announce
   * again.
   *
   * @param heard how many were subscribed
   * @param confirmed how many of them have answered
   */
  record Unconfirmed(int heard, int confirmed) implements AnnounceOutcome {}

  /**
   * Redis did not answer: what it holds may have stayed, and nobody may have heard.
   *
   * @param detail the kind of failure
   */
  record Failed(String detail) implements AnnounceOutcome {}
}
