package io.penstock.dlq.replay;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.deadletter.DeadLetter;
import io.penstock.core.deadletter.DeadLetterHeaders;
import io.penstock.core.deadletter.OutstandingLetters;
import io.penstock.core.deadletter.ReplaySignature;
import io.penstock.core.metadata.AdvisoryLock;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import javax.sql.DataSource;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * One replay: partition by partition of the dead-letter topic, letters in the order in which they
 * were written, some thousands in a transaction. A replay can end anywhere, and another one
 * completes it: letters that were moved are no longer outstanding, the others still are.
 *
 * <p>{@link #run} may be called once. {@link #stop} may be called by any thread; all else is not
 * thread-safe.
 */
public final class Replayer {
  /** Why letters are left whose records a router may read again by itself. */
  public static final String UNFINISHED = "of a block that no router has finished yet";

  private static final int CHUNK_LETTERS = 2_000;
  private static final long CHUNK_BYTES = 8L << 20;

  /** How many events may wait for the routers; more would delay what producers send. */
  private static final long MAX_IN_FLIGHT = 50_000;

  /** How many causes of letters that stay the statement tells apart. */
  private static final int MAX_CAUSES = 20;

  private static final Duration REFRESH = Duration.ofMillis(500);
  private static final Duration COMPARE = Duration.ofSeconds(2);
  private static final Duration LOCK_RETRY = Duration.ofMillis(200);

  private final String replayId;
  private final ReplayConfig config;
  private final IntConsumer moved;
  private final Consumer<String> messages;
  private final DataSource postgres;
  private final SortedMap<String, Long> left = new TreeMap<>();
  private volatile boolean stopping;
  private boolean foreign;
  private boolean attempted;

  /**
   * Whether the replay has once waited in vain for the routers to be done with a record; it then
   * waits no more.
   */
  private boolean routersStand;

  private long refreshedAt;
  private long comparedAt = System.nanoTime();

  /** Ends the reading of a partition, and the replay. */
  private static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1;

    Stopped(String why) {
      super(why, null, false, false);
    }
  }

  /** One partition's turn. */
  private final class Turn {
    final ReplayRequest request;
    final RouterProgress routers;
    final Outcomes outcomes;
    final LetterMover mover;
    final ReplayRecords records;
    final Pace pace;
    final int chunkLetters;
    final List<DeadLetter> chunk = new ArrayList<>();
    long chunkBytes;

    Turn(
        ReplayRequest request,
        RouterProgress routers,
        Outcomes outcomes,
        LetterMover mover,
        ReplayRecords records,
        Pace pace) {
      this.request = request;
      this.routers = routers;
      this.outcomes = outcomes;
      this.mover = mover;
      this.records = records;
      this.pace = pace;
      this.chunkLetters = pace.burst(CHUNK_LETTERS);
    }

    void take(DeadLetter letter) {
      if (replayId.equals(letter.text(DeadLetterHeaders.REPLAY))) {
        // Has failed again already, and is counted so.
        return;
      }
      chunk.add(letter);
      chunkBytes += letter.value().length;
      if (chunk.size() >= Math.min(chunkLetters, room()) || chunkBytes >= CHUNK_BYTES) {
        moveChunk();
      }
    }

    /** How many more the limit and the probe let go. */
    private long room() {
      long sent = outcomes.sent();
      long toLimit = request.limit() - sent;
      return sent < request.probe() ? Math.min(toLimit, request.probe() - sent) : toLimit;
    }

    void moveChunk() {
      if (stopping) {
        throw new Stopped("it was told to");
      }
      leaveUnfinished();
      ReplayRecords.sort(chunk);
      List<LetterMover.Move> moves = new ArrayList<>(chunk.size());
      for (DeadLetter letter : chunk) {
        foreign |= letter.lineage() == null;
        switch (request.prepared(letter)) {
          case Prepared.Left(String why) -> leave(why, 1);
          case Prepared.Ready ready ->
              moves.add(
                  new LetterMover.Move(
                      records.event(letter, ready), ReplayRecords.tombstone(letter)));
        }
      }
      chunk.clear();
      chunkBytes = 0;
      stopAtAnotherSecret();
      try {
        request.beforeMove().run();
      } catch (SQLException e) {
        throw new Stopped("PostgreSQL failed: " + e.getMessage());
      }
      attempted = true;
      LetterMover.Moved moved = mover.move(moves);
      if (moved.tooLarge() > 0) {
        leave("too large for the events topic", moved.tooLarge());
      }
      List<RecordMetadata> places = moved.places();
      outcomes.sent(places);
      Replayer.this.moved.accept(places.size());
      if (outcomes.sent() >= request.limit()) {
        throw new Stopped("");
      }
      pace.spent(places.size(), () -> stopping);
      watch();
    }

    /**
     * Stops the replay if a router with another secret runs, which may have been started meanwhile.
     */
    private void stopAtAnotherSecret() {
      if (System.nanoTime() - comparedAt > COMPARE.toNanos()) {
        String objection = routers.compare(config.secret()).objection();
        comparedAt = System.nanoTime();
        if (objection != null) {
          throw new Stopped(objection);
        }
      }
    }

    /** Waits for the routers to be done with the records that the letters were made of. */
    private void leaveUnfinished() {
      long until =
          System.nanoTime()
              + (request.waitsForTurn() && !routersStand ? request.patience().toNanos() : 0);
      boolean refreshed = false;
      while (!chunk.stream().allMatch(routers::isDoneWith)) {
        if (refreshed && (stopping || System.nanoTime() - until >= 0)) {
          int before = chunk.size();
          chunk.removeIf(letter -> !routers.isDoneWith(letter));
          leave(UNFINISHED, before - chunk.size());
          routersStand = true;
          return;
        }
        if (refreshed) {
          LockSupport.parkNanos(REFRESH.toNanos());
        }
        routers.refresh();
        refreshed = true;
      }
    }

    /** Learns what has become of the events so far, and waits while too many are in flight. */
    private void watch() {
      boolean probed = outcomes.sent() >= request.probe();
      if (outcomes.sent() == request.probe()) {
        awaitInFlight(outcomes, 0, request.patience());
        if (stopping) {
          throw new Stopped("it was told to");
        }
        if (outcomes.stored() + outcomes.deadAgain() == 0) {
          throw new Stopped(
              "no router has taken up the first %,d events within %s: is one running?"
                  .formatted(outcomes.sent(), text(request.patience())));
        }
      } else if (outcomes.inFlight() > MAX_IN_FLIGHT) {
        awaitInFlight(outcomes, MAX_IN_FLIGHT / 2, request.patience());
        if (stopping) {
          throw new Stopped("it was told to");
        }
        if (outcomes.inFlight() > MAX_IN_FLIGHT) {
          throw new Stopped(
              "%,d events are in flight, and routers have finished none for %s"
                  .formatted(outcomes.inFlight(), text(request.patience())));
        }
      } else if (System.nanoTime() - refreshedAt > REFRESH.toNanos()) {
        refresh(outcomes);
      }
      long known = outcomes.stored() + outcomes.deadAgain();
      if (probed && outcomes.deadAgain() > request.maxFailures() * known) {
        throw new Stopped(
            "%,d of the first %,d failed again, more than %.0f %%"
                .formatted(outcomes.deadAgain(), known, 100 * request.maxFailures()));
      }
    }
  }

  /**
   * Connects when it runs.
   *
   * @param postgres whose locks keep replays apart; takes one connection at a time; not closed here
   * @param replayId stands on what this replay moves; no other replay's
   * @param moved told how many more letters were moved, on the thread that runs it
   * @param messages told what a person may want to know meanwhile
   */
  public Replayer(
      ReplayConfig config,
      DataSource postgres,
      String replayId,
      IntConsumer moved,
      Consumer<String> messages) {
    this.config = config;
    this.replayId = replayId;
    this.moved = moved;
    this.messages = messages;
    this.postgres = postgres;
  }

  /** Ends the replay after the transaction under way, without waiting for outcomes. */
  public void stop() {
    stopping = true;
  }

  /**
   * Replays the letters, and waits for the outcomes.
   *
   * @return how it ended, also where Kafka or PostgreSQL failed on the way
   * @throws KafkaException if Kafka failed before it was asked to move anything
   * @throws CommandFailure if a router has another secret; then nothing was moved
   */
  public ReplayStatement run(ReplayRequest request) {
    try (RouterProgress routers = new RouterProgress(config.kafka(), config.routers());
        Outcomes outcomes = new Outcomes(config.kafka(), routers)) {
      requireSameSecret(config, routers);
      String stopped = null;
      try {
        replay(request, routers, outcomes);
      } catch (Stopped e) {
        stopped = String.valueOf(e.getMessage());
      } catch (SQLException e) {
        stopped = "PostgreSQL, whose locks keep two replays apart, failed: " + e.getMessage();
      } catch (KafkaException e) {
        if (!attempted) {
          throw e;
        }
        stopped =
            "Kafka failed: %s (up to %,d letters more may have been moved)"
                .formatted(e.getMessage(), CHUNK_LETTERS);
      }
      String notice = null;
      try {
        awaitInFlight(outcomes, 0, stopping ? Duration.ZERO : request.patience());
      } catch (KafkaException e) {
        notice = "what became of the last events could not be read: " + e.getMessage();
      }
      if (outcomes.unproven() && !foreign) {
        notice =
            "routers took replays for new events: they have another penstock.replay.secret, or none";
      }
      return new ReplayStatement(
          replayId,
          outcomes.sent(),
          outcomes.stored(),
          outcomes.deadByReason(),
          outcomes.clientsFailedAgain(),
          outcomes.inFlight(),
          Collections.unmodifiableSortedMap(left),
          stopped == null || stopped.isEmpty() ? null : stopped,
          notice);
    }
  }

  /**
   * Makes sure that every running router would recognise this reprocessor's replays.
   *
   * @throws CommandFailure if a router has another secret
   * @throws KafkaException if Kafka does not tell
   */
  public static void requireSameSecret(ReplayConfig config) {
    try (RouterProgress routers = new RouterProgress(config.kafka(), config.routers())) {
      requireSameSecret(config, routers);
    }
  }

  private static void requireSameSecret(ReplayConfig config, RouterProgress routers) {
    String objection = routers.compare(config.secret()).objection();
    if (objection != null) {
      throw CommandFailure.usage(
          objection
              + ". Nothing is replayed; give routers and dlq the same value, and restart those that had another.");
    }
  }

  private void replay(ReplayRequest request, RouterProgress routers, Outcomes outcomes)
      throws SQLException {
    TopicPartition only = request.partition();
    List<TopicPartition> partitions = only == null ? outcomes.partitions() : List.of(only);
    ReplayRecords records =
        new ReplayRecords(
            config.kafka().eventsTopic(),
            routers.partitions(),
            new ReplaySignature(config.secret()),
            replayId);
    Pace pace = new Pace(request.perSecond());
    for (TopicPartition partition : partitions) {
      try (Connection connection = postgres.getConnection();
          AdvisoryLock _ = lock(connection, partition, request.waitsForTurn());
          LetterMover mover = new LetterMover(config.kafka(), partition)) {
        // After the mover is open: from now on nobody else moves letters of this partition.
        OutstandingLetters letters =
            new OutstandingLetters(config.kafka(), request.meant(), covered -> {}, partition)
                .whole(config.largest());
        Turn turn = new Turn(request, routers, outcomes, mover, records, pace);
        letters.read(turn::take);
        if (!turn.chunk.isEmpty()) {
          turn.moveChunk();
        }
      }
    }
  }

  /**
   * It keeps the peace only; that no letter is moved twice is {@link LetterMover}'s part, also
   * where a connection and its lock are lost.
   */
  private AdvisoryLock lock(Connection connection, TopicPartition partition, boolean waits)
      throws SQLException {
    AdvisoryLock.Key key = AdvisoryLock.Key.ofPartition(partition.topic(), partition.partition());
    boolean told = false;
    while (true) {
      AdvisoryLock lock = AdvisoryLock.tryTake(connection, key, LOCK_RETRY);
      if (lock != null) {
        return lock;
      }
      if (!waits) {
        throw new Stopped("it is another one's turn");
      }
      if (stopping) {
        throw new Stopped("it was told to");
      }
      if (!told) {
        messages.accept(
            "waiting for %s, which %s works on"
                .formatted(partition, AdvisoryLock.holder(connection, key)));
        told = true;
      }
    }
  }

  private void leave(String why, long letters) {
    String cause = left.size() < MAX_CAUSES || left.containsKey(why) ? why : "other causes";
    left.merge(cause, letters, Long::sum);
  }

  /**
   * Waits until at most {@code few} events are in flight, or no outcome has become known for {@code
   * patience}.
   */
  private void awaitInFlight(Outcomes outcomes, long few, Duration patience) {
    refresh(outcomes);
    long known = outcomes.sent() - outcomes.inFlight();
    long changedAt = System.nanoTime();
    while (outcomes.inFlight() > few
        && !stopping
        && System.nanoTime() - changedAt < patience.toNanos()) {
      LockSupport.parkNanos(REFRESH.toNanos());
      refresh(outcomes);
      if (outcomes.sent() - outcomes.inFlight() != known) {
        known = outcomes.sent() - outcomes.inFlight();
        changedAt = System.nanoTime();
      }
    }
  }

  private void refresh(Outcomes outcomes) {
    outcomes.refresh();
    refreshedAt = System.nanoTime();
  }

  private static String text(Duration duration) {
    return duration.toSeconds() + " s";
  }
}
