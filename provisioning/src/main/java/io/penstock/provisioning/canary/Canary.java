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
 * every interval, and looks whether they are stored. Works in a thread of its own, and goes on
 * whatever fails: only what it tells becomes worse. Thread-safe.
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
  private final Thread thread;

  /** Of the working thread, as the three below. */
  private CanaryClient.@Nullable State state;

  private int partitions;
  private boolean missingCome;
  private String said = "";

  /** Why nothing is sent; null: nothing keeps it. */
  private volatile @Nullable String silent;

  /** Why it is not known what is stored; null: it is known. */
  private volatile @Nullable String blind;

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
    this.events = new CanaryEvents(kafka);
    this.lines = lines;
    this.clock = clock;
    this.outstanding =
        new Outstanding(
            config.missingAfter(), System::nanoTime, meters.timer(Metric.CANARY_FRESHNESS)::record);
    meters.counter(Metric.CANARY_SENT, outstanding, Outstanding::sent);
    meters.counter(Metric.CANARY_STORED, outstanding, Outstanding::stored);
    meters.gauge(Metric.CANARY_MISSING, outstanding, Outstanding::missing);
    this.thread = Thread.ofPlatform().daemon().name("penstock-canary").start(this::work);
  }

  /** What is wrong; none of it keeps this process from its work. */
  public List<Problem> problems() {
    List<String> texts = new ArrayList<>();
    String why = silent;
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

  private void work() {
    try (events;
        rows) {
      long roundAt = System.nanoTime();
      do {
        boolean due = System.nanoTime() - roundAt >= 0;
        if (due) {
          roundAt = System.nanoTime() + config.interval().toNanos();
        }
        try {
          if (due) {
            round();
          }
          look(due || missingCome);
        } catch (RuntimeException bug) {
          log.atError().setCause(bug).log("The canary failed; it goes on");
        }
      } while (!closing.await(
          Math.min(LOOK.toNanos(), Math.max(0, roundAt - System.nanoTime())),
          TimeUnit.NANOSECONDS));
    } catch (InterruptedException ending) {
      Thread.currentThread().interrupt();
    }
  }

  private void round() {
    String trouble = null;
    try {
      state = client.look();
    } catch (SQLException e) {
      trouble = "PostgreSQL: " + StepFailed.firstLine(e);
    } catch (IllegalArgumentException e) {
      trouble = "its row in PostgreSQL cannot be read: " + e.getMessage();
    } catch (StepFailed e) {
      trouble = e.reason();
    }
    switch (state) {
      case CanaryClient.Sending sending when clock.instant().isBefore(sending.until()) ->
          send(sending);
      case CanaryClient.Sending _ -> silent("its key has expired; " + trouble);
      case CanaryClient.Silent(String why) -> {
        forget("are not looked for any more");
        silent("it " + why);
      }
      case null -> silent(String.valueOf(trouble));
    }
  }

  private void send(CanaryClient.Sending sending) {
    boolean taken = true;
    try {
      CanaryEvents.Topic topic = events.topic();
      partitions = topic.partitions();
      if (topic.anew()) {
        forget("were in a topic that is gone");
      }
      silent(null);
    } catch (CanaryEvents.NoTopic e) {
      taken = false;
      silent(e.getMessage());
    }
    for (int partition = 0; partition < partitions; partition++) {
      Outstanding.Sent event = outstanding.add(partition, clock.millis());
      if (taken) {
        taken = events.send(event, sending.keyHash(), outstanding);
      } else {
        outstanding.refused(event);
      }
    }
  }

  private void look(boolean missing) {
    if (!(state instanceof CanaryClient.Sending sending) || (!missing && !outstanding.hasFresh())) {
      return;
    }
    List<Outstanding.Sent> wanted = outstanding.wanted(missing);
    if (wanted.isEmpty()) {
      return;
    }
    try {
      Set<UUID> stored = rows.stored(sending.target(), sending.database(), wanted);
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

  private void silent(@Nullable String why) {
    silent = why;
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
    try {
      boolean _ = thread.join(CLOSING);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
