package io.penstock.core.directory;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Hears the announcements of changed clients on one way, and confirms those that ask for it. One
 * virtual thread, which begins anew when it is cut off.
 */
final class ChangeFeed implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ChangeFeed.class);

  private final Way way;
  private final String router;
  private final Consumer<String> onChange;
  private final Runnable onListening;
  private final Thread listener =
      Thread.ofVirtual().name("penstock-changes").unstarted(this::follow);
  private volatile boolean closed;

  /** Whether the present silence was logged. */
  private volatile boolean told;

  /** How announcements come: through Redis or PostgreSQL. */
  interface Way extends AutoCloseable {
    /** For a log line. */
    String name();

    /** How long to wait before it is listened to again. */
    Duration retry();

    /**
     * Listens until it is closed or cut off.
     *
     * @param feed told when it listens, and of each announcement
     */
    void listen(ChangeFeed feed) throws Exception;

    /** Sends an answer to an announcement. */
    void answer(String text) throws Exception;

    @Override
    void close();
  }

  private ChangeFeed(Way way, String router, Consumer<String> onChange, Runnable onListening) {
    this.way = way;
    this.router = router;
    this.onChange = onChange;
    this.onListening = onListening;
  }

  /**
   * Begins at once and keeps trying while the way is down.
   *
   * @param way closed with the feed
   * @param router the name of this process, as the consumer group has it
   * @param onChange drops what is held of the client, before it returns
   * @param onListening called each time it begins to listen: announcements made before were missed
   */
  static ChangeFeed start(Way way, String router, Consumer<String> onChange, Runnable onListening) {
    ChangeFeed feed = new ChangeFeed(way, router, onChange, onListening);
    feed.listener.start();
    return feed;
  }

  private void follow() {
    while (!closed) {
      try {
        way.listen(this);
      } catch (Exception e) {
        // Jedis may also trip over what it reads: whatever it is, the next try may hear.
        if (!closed && !told) {
          told = true;
          warn(e).log("Announcements of changed clients are not heard; trying again");
        }
      }
      if (!closed) {
        LockSupport.parkNanos(way.retry().toNanos());
      }
    }
  }

  /** It listens from now on. */
  void listening() {
    told = false;
    LOG.atInfo().addKeyValue("way", way.name()).log("Following announcements of changed clients");
    onListening.run();
  }

  /** An announcement came. */
  void heard(String announcement) {
    onChange.accept(DropRequest.clientIn(announcement));
    if (DropRequest.asksForAnswer(announcement)) {
      try {
        way.answer(DropRequest.answer(announcement, router));
      } catch (Exception e) {
        // Whoever waits for it counts this process as one that has not answered.
        warn(e)
            .addKeyValue("client", DropRequest.clientIn(announcement))
            .log("An announcement of a changed client could not be confirmed");
      }
    }
  }

  private LoggingEventBuilder warn(Exception e) {
    return LOG.atWarn()
        .addKeyValue("way", way.name())
        .addKeyValue("cause", e.getClass().getSimpleName());
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public void close() {
    closed = true;
    way.close();
    LockSupport.unpark(listener);
  }
}
