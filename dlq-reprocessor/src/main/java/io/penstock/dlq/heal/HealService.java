package io.penstock.dlq.heal;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import io.penstock.core.cli.CommandFailure;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.metadata.ClientRow;
import io.penstock.core.metrics.Meters;
import io.penstock.core.metrics.Metric;
import io.penstock.core.observe.Health;
import io.penstock.core.observe.Problem;
import io.penstock.core.refusal.Reason;
import io.penstock.dlq.replay.Prepared;
import io.penstock.dlq.replay.ReplayRequest;
import io.penstock.dlq.replay.ReplayStatement;
import io.penstock.dlq.replay.Replayer;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import javax.sql.DataSource;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replays letters that heal by themselves, once their client can take events: a few letters of a
 * client first, and ten times as many after each success. Several processes share the partitions of
 * the dead-letter topic. Every failure is tried again, except one that somebody has to mend in the
 * configuration ({@link #failed}). Thread-safe.
 */
public final class HealService implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HealService.class);
  private static final Duration ROUND = Duration.ofMillis(500);
  private static final Duration RETRY = Duration.ofSeconds(2);
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration OUTCOME_PATIENCE = Duration.ofSeconds(30);

  private final HealConfig config;
  private final Meters meters;
  private final Counter replayed;
  private final Counter stored;
  private final Map<String, Counter> deadAgain = new ConcurrentHashMap<>();
  private final Consumer<String> log;
  private final DataSource postgres;
  private final ClientStates states;
  private final RetrySchedule schedule;
  private final OutstandingCounts outstanding = new OutstandingCounts(InstantSource.system());
  private final List<Thread> threads = new ArrayList<>();
  private volatile @Nullable LetterTail tail;
  private volatile @Nullable Replayer replayer;
  private final Map<Job, String> troubles = new ConcurrentHashMap<>();
  private final CompletableFuture<CommandFailure> failed = new CompletableFuture<>();
  private volatile boolean closed;

  /** What each client's letters in one round come to. */
  private static final class Tally {
    final long allowance;
    long ready;
    boolean more;
    boolean overQuota;

    Tally(long allowance) {
      this.allowance = allowance;
    }
  }

  /**
   * Connects when it is started.
   *
   * @param postgres gives three connections at once; not closed here
   * @param log told in a line what was done, or what is wrong
   */
  public HealService(HealConfig config, DataSource postgres, Meters meters, Consumer<String> log) {
    this.config = config;
    this.postgres = postgres;
    this.meters = meters;
    this.log = log;
    this.states = new ClientStates(postgres);
    this.schedule =
        new RetrySchedule(
            config.pause(), config.longestPause(), System::nanoTime, RandomGenerator.getDefault());
    meters.gauge(Metric.DLQ_CLIENTS_WAITING, schedule, RetrySchedule::waiting);
    meters.gauges(Metric.DEAD_LETTERS_OUTSTANDING, outstanding::outstanding);
    meters.gauges(Metric.DEAD_LETTERS_OLDEST, outstanding::oldestSeconds);
    this.replayed = meters.counter(Metric.DLQ_REPLAYED);
    this.stored = meters.counter(Metric.DLQ_STORED);
    for (Reason reason : Reason.values()) {
      Counter _ = deadAgain(reason.name());
    }
  }

  /**
   * Completes with the failure that ends the service for good; never if the service is closed
   * before that.
   */
  public CompletableFuture<CommandFailure> failed() {
    return failed;
  }

  /** What the service does at the same time, each on a thread of its own. */
  private enum Job {
    FOLLOW_LETTERS,
    FOLLOW_CLIENTS,
    HEAL
  }

  /** Begins, and returns at once. */
  public void start() {
    Map<Job, Work> jobs =
        Map.of(
            Job.FOLLOW_LETTERS, this::followLetters,
            Job.FOLLOW_CLIENTS, this::followClients,
            Job.HEAL, this::heal);
    jobs.forEach((job, work) -> {
      troubles.put(job, "not begun yet");
      String name = "penstock-" + name(job);
      threads.add(Thread.ofPlatform().name(name).start(() -> repeat(job, work)));
    });
  }

  private static String name(Job job) {
    return job.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Work that goes on until it fails or the service is closed. */
  private interface Work {
    void run() throws SQLException;
  }

  private void repeat(Job job, Work work) {
    while (!closed) {
      try {
        work.run();
      } catch (SQLException e) {
        troubled(job, "PostgreSQL: " + e.getMessage());
      } catch (KafkaException e) {
        troubled(job, "Kafka: " + e.getMessage());
      } catch (CommandFailure e) {
        boolean _ = failed.complete(e);
        return;
      } catch (RuntimeException e) {
        LOG.atError().setCause(e).addKeyValue("work", job).log("A bug of the service");
        troubled(job, "a bug: " + e);
      }
      if (!closed) {
        LockSupport.parkNanos(RETRY.toNanos());
      }
    }
  }

  private void troubled(Job job, String trouble) {
    if (!trouble.equals(troubles.put(job, trouble))) {
      log.accept(trouble + "; trying again");
    }
  }

  private void followLetters() {
    try (LetterTail following =
            new LetterTail(
                config.replay().kafka(),
                config.replay().routers() + "-dlq",
                schedule,
                outstanding);
        KafkaClientMetrics measured = following.measured()) {
      measured.bindTo(meters.registry());
      tail = following;
      following.run(() -> closed, () -> troubles.remove(Job.FOLLOW_LETTERS));
    } finally {
      tail = null;
    }
  }

  private void followClients() throws SQLException {
    states.follow(schedule, () -> closed, () -> troubles.remove(Job.FOLLOW_CLIENTS));
  }

  private void heal() throws SQLException {
    Replayer.requireSameSecret(config.replay());
    while (!closed) {
      for (RetrySchedule.Due due : schedule.due()) {
        round(due);
      }
      troubles.remove(Job.HEAL);
      LockSupport.parkNanos(ROUND.toNanos());
    }
  }

  private void round(RetrySchedule.Due due) throws SQLException {
    Map<String, ClientRow> known = states.of(due.allowances().keySet());
    Map<String, Tally> tallies = new HashMap<>();
    due.allowances()
        .forEach((client, allowance) -> {
          ClientRow state = known.get(client);
          if (state != null && state.status() == ClientStatus.DEPROVISIONED) {
            schedule.gone(due.partition(), client);
          } else if (state == null || state.status() != ClientStatus.ACTIVE) {
            schedule.postponed(due.partition(), client, MINUTE);
          } else {
            tallies.put(client, new Tally(allowance));
          }
        });
    if (tallies.isEmpty() || closed) {
      return;
    }
    ReplayStatement statement = replay(due.partition(), tallies, known);
    boolean interrupted = statement.stopped() != null;
    boolean open =
        interrupted
            || statement.inFlight() > 0
            || statement.left().containsKey(Replayer.UNFINISHED);
    tallies.forEach((client, tally) -> {
      long failed = statement.clientsFailedAgain().getOrDefault(client, 0L);
      RetrySchedule.Result result = new RetrySchedule.Result(tally.ready, failed, open, tally.more);
      schedule.tried(due.partition(), client, result, tally.overQuota ? MINUTE : Duration.ZERO);
    });
    count(statement);
    if (statement.replayed() > 0 || interrupted) {
      log.accept(
          "partition %d: %,d replayed, %,d stored, dead again %s, %,d in flight%s"
              .formatted(
                  due.partition(),
                  statement.replayed(),
                  statement.stored(),
                  statement.deadAgain(),
                  statement.inFlight(),
                  interrupted ? "; ended early: " + statement.stopped() : ""));
    }
  }

  private ReplayStatement replay(
      int partition, Map<String, Tally> tallies, Map<String, ClientRow> states) {
    ReplayRequest request =
        new ReplayRequest(
            letter -> {
              String client = LetterTail.healing(letter);
              return client != null && tallies.containsKey(client);
            },
            new TopicPartition(config.replay().kafka().deadLettersTopic(), partition),
            false,
            letter -> admit(letter, tallies, states),
            Long.MAX_VALUE,
            config.perSecond(),
            Integer.MAX_VALUE,
            1.0,
            Integer.MAX_VALUE,
            () -> {},
            OUTCOME_PATIENCE);
    Replayer running =
        new Replayer(config.replay(), postgres, UUID.randomUUID().toString(), _ -> {}, log);
    replayer = running;
    try {
      if (closed) {
        running.stop();
      }
      return running.run(request);
    } finally {
      replayer = null;
    }
  }

  /**
   * Admits as many letters of a client as its allowance says; for a client over its limit, as many
   * as the limit allows in half a minute.
   */
  private static Prepared admit(
      DeadLetter letter, Map<String, Tally> tallies, Map<String, ClientRow> states) {
    String client = String.valueOf(letter.text(DeadLetterHeaders.CLIENT));
    Tally tally = tallies.get(client);
    if (!LetterTail.isWhole(letter)) {
      return ReplayRequest.unchanged(letter);
    }
    if (tally == null) {
      return new Prepared.Left("of a client that does not take events");
    }
    long most = tally.allowance;
    ClientRow state = states.get(client);
    if (Reason.QUOTA_EXCEEDED.name().equals(letter.text(DeadLetterHeaders.REASON))
        && state != null
        && state.maxEventsPerMinute() != null) {
      tally.overQuota = true;
      most = Math.min(most, Math.max(1, state.maxEventsPerMinute() / 2));
    }
    if (tally.ready >= most) {
      tally.more = true;
      return new Prepared.Left("later");
    }
    tally.ready++;
    return ReplayRequest.unchanged(letter);
  }

  private void count(ReplayStatement statement) {
    replayed.increment((double) statement.replayed());
    stored.increment((double) statement.stored());
    statement
        .deadAgain()
        .forEach((reason, letters) -> deadAgain(reason).increment((double) letters));
  }

  /** A router of a later release may have a reason that is not known here. */
  private Counter deadAgain(String reason) {
    return deadAgain.computeIfAbsent(reason, one -> meters.counter(Metric.DLQ_DEAD_AGAIN, one));
  }

  /** Whether Kafka and PostgreSQL answer, and it follows the letters and the clients. */
  public Health ready() {
    Map<String, Problem> byText = new TreeMap<>();
    for (Job job : Job.values()) {
      String trouble = troubles.get(job);
      if (trouble != null) {
        Problem _ = byText.computeIfAbsent(trouble, text -> new Problem(name(job), text));
      }
    }
    List<Problem> problems = new ArrayList<>(byText.values());
    LetterTail following = tail;
    if (following != null) {
      problems.addAll(following.problems());
    }
    return Health.of(problems);
  }

  /** Ends after the transaction under way. */
  @Override
  public void close() {
    closed = true;
    Replayer running = replayer;
    if (running != null) {
      running.stop();
    }
    for (Thread thread : threads) {
      LockSupport.unpark(thread);
      try {
        boolean _ = thread.join(Duration.ofSeconds(20));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
