package io.penstock.provisioning.canary;

import io.penstock.core.config.Durations;
import io.penstock.core.config.KafkaConfig;
import io.penstock.core.metrics.Meters;
import io.penstock.core.metrics.Metric;
import io.penstock.core.observe.Problem;
import io.penstock.provisioning.job.StepFailed;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends one event of the client {@value CanaryClient#ID} to each partition of the events topic in
 * every interval, and looks whether they are stored. PostgreSQL, Kafka and ClickHouse are each
 * asked by a thread of its own, so that none of them keeps the others waiting, and whatever fails
 * is tried again: only what is told becomes worse. Thread-safe.
 */
public final class Canary implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Canary.class);

  /** How often is looked while events are on their way: so exact is their freshness. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  private static final Duration CLOSING = Duration.ofSeconds(10);

  private final CanaryConfig config;
  private final CanaryClient client;
  private final CanaryEvents events;
  private final CanaryRows rows = new CanaryRows();
  private final Outstanding outstanding;
  private final Consumer<String> lines;
  private final InstantSource clock;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final List<Thread> threads;

  /** Held while events are sent, and while it changes whether any are to be. */
  private final Object sending = new Object();

  /** As PostgreSQL told last; null: it has not told. */
  private volatile CanaryClient.@Nullable State state;

  /** Why PostgreSQL did not tell; null: it did. */
  private volatile @Nullable String unknown;

  /** Why there is no topic; null: there is one. */
  private volatile @Nullable String noTopic;

  /** Why it is not known what is stored; null: it is known. */
  private volatile @Nullable String blind;

  private String said = "";

  /** Of the thread that sends. */
  private int partitions;

  /** Of the thread that looks, as the next one. */
  private long missingAt = System.nanoTime();

  private boolean missingCome;

  /**
   * Begins to work.
   *
   * @param lines takes what operators should know, a sentence each time
   */
  public Canary(
      CanaryConfig config,
      CanaryClient client,
      KafkaConfig kafka,
      Meters meters,
      Consumer<String> lines,
      InstantSource clock) {
    this.config = config;
    this.client = client;
    this.events = new CanaryEvents(kafka, meters);
    this.lines = lines;
    this.clock = clock;
    this.outstanding =
        new Outstanding(
            config.missingAfter(), System::nanoTime, meters.timer(Metric.CANARY_FRESHNESS)::record);
    meters.counter(Metric.CANARY_SENT, outstanding, Outstanding::sent);
    meters.counter(Metric.CANARY_STORED, outstanding, Outstanding::stored);
    meters.gauge(Metric.CANARY_MISSING, outstanding, Outstanding::missing);
    threads =
        List.of(
            every(config.interval(), "client", this::askForClient),
            every(config.interval(), "sends", this::send),
            every(LOOK, "looks", this::look));
  }

  private Thread every(Duration pause, String name, Runnable task) {
    return Thread.ofPlatform()
        .daemon()
        .name("penstock-canary-" + name)
        .start(() -> {
          try {
            do {
              tried(task);
            } while (!closing.await(pause.toNanos(), TimeUnit.NANOSECONDS));
          } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private void tried(Runnable task) {
    try {
      task.run();
      say();
    } catch (RuntimeException bug) {
      log.atError().setCause(bug).log("The canary failed; it goes on");
    }
  }

  /** What is wrong; none of it keeps this process from its work. */
  public List<Problem> problems() {
    List<String> texts = new ArrayList<>();
    String why = whyNothingIsSent();
    if (why != null) {
      texts.add("no events of " + CanaryClient.ID + " are sent: " + why);
    }
    Outstanding.Sent oldest = outstanding.oldest();
    long missing = outstanding.missing();
    if (missing > 0 && oldest != null) {
      texts.add(
          "%d events of %s are not stored %s after they were sent; the oldest is of %s: ./penstock trace %s"
              .formatted(
                  missing,
                  CanaryClient.ID,
                  Durations.format(config.missingAfter()),
                  Instant.ofEpochMilli(oldest.millis()).truncatedTo(ChronoUnit.SECONDS),
                  oldest.id()));
      Stream.of(events.refusal(), blind).filter(Objects::nonNull).forEach(texts::add);
    }
    return texts.isEmpty() ? List.of() : List.of(new Problem("canary", String.join("; ", texts)));
  }

  private @Nullable String whyNothingIsSent() {
    return switch (state) {
      case null -> unknown;
      case CanaryClient.Silent(String why) -> "it " + why;
      case CanaryClient.Sending able ->
          isExpired(able) ? "its key has expired; " + unknown : noTopic;
    };
  }

  private boolean isExpired(CanaryClient.Sending able) {
    return !clock.instant().isBefore(able.until());
  }

  private void askForClient() {
    try {
      CanaryClient.State now = client.look();
      unknown = null;
      synchronized (sending) {
        state = now;
        if (now instanceof CanaryClient.Silent) {
          forget("are not looked for any more");
        }
      }
    } catch (SQLException e) {
      unknown = "PostgreSQL: " + StepFailed.firstLine(e);
    } catch (IllegalArgumentException e) {
      unknown = "its row in PostgreSQL cannot be read: " + e.getMessage();
    } catch (StepFailed e) {
      unknown = e.reason();
    }
  }

  private void send() {
    if (!(state instanceof CanaryClient.Sending)) {
      return;
    }
    boolean taken = true;
    try {
      CanaryEvents.Topic topic = events.topic();
      partitions = topic.partitions();
      if (topic.anew()) {
        forget("were in a topic that is gone");
      }
      noTopic = null;
    } catch (CanaryEvents.NoTopic e) {
      taken = false;
      noTopic = e.getMessage();
    }
    synchronized (sending) {
      if (!(state instanceof CanaryClient.Sending able) || isExpired(able)) {
        return;
      }
      for (int partition = 0; partition < partitions; partition++) {
        Outstanding.Sent event = outstanding.add(partition, clock.millis());
        if (taken) {
          taken = events.send(event, able.keyHash(), outstanding);
        } else {
          outstanding.refused(event);
        }
      }
    }
  }

  private void look() {
    boolean missing = missingCome || System.nanoTime() - missingAt >= 0;
    if (!(state instanceof CanaryClient.Sending able) || (!missing && !outstanding.hasFresh())) {
      return;
    }
    if (missing) {
      missingAt = System.nanoTime() + config.interval().toNanos();
    }
    List<Outstanding.Sent> wanted = outstanding.wanted(missing);
    if (wanted.isEmpty()) {
      return;
    }
    try {
      Set<UUID> stored = rows.stored(able.target(), able.database(), wanted);
      missingCome = outstanding.stored(stored);
      blind = null;
    } catch (CanaryRows.Unanswered e) {
      missingCome = false;
      blind = e.getMessage();
    }
  }

  private void forget(String why) {
    int forgotten = outstanding.forget();
    if (forgotten > 0) {
      lines.accept("%d events of %s %s".formatted(forgotten, CanaryClient.ID, why));
    }
  }

  /** Says whether events are sent, when that changes. */
  private synchronized void say() {
    String why = whyNothingIsSent();
    if (why == null && state == null) {
      return;
    }
    String line =
        why == null
            ? CanaryClient.ID
                + " sends an event to each partition every "
                + Durations.format(config.interval())
            : "No events of " + CanaryClient.ID + " are sent: " + why;
    if (!line.equals(said)) {
      said = line;
      lines.accept(line);
    }
  }

  /** Ends the work; waits for what is under way, ten seconds at most. */
  @Override
  public void close() {
    closing.countDown();
    long until = System.nanoTime() + CLOSING.toNanos();
    try (events;
        rows) {
      for (Thread thread : threads) {
        boolean _ = thread.join(Duration.ofNanos(Math.max(0, until - System.nanoTime())));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
