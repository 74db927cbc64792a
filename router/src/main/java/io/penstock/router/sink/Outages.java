package io.penstock.router.sink;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The breakers of ClickHouse targets that do not answer. While rows wait for a target, the topology
 * is paused: Kafka Streams goes on polling, so nothing is rebalanced, memory stays bounded, and the
 * outage costs lag and nothing else. A probe closes each breaker.
 *
 * <p>Clients of several targets share partitions, so rows of a target that is down hold up those of
 * the others. They do so for a bounded time; then they are parked, as long as another target is up.
 * While all are down, everything waits. Thread-safe.
 */
public final class Outages implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Outages.class);

  private final Targets targets;
  private final Duration probeInterval;
  private final Duration parkAfter;
  private final LongSupplier nanoTime;
  private final Map<String, Down> down = new TreeMap<>();
  private Runnable pause = () -> {};
  private Runnable resume = () -> {};
  private boolean paused;
  private @Nullable Thread prober;

  /** What is to be done with rows of a target now. */
  public enum State {
    /** Insert them. */
    UP,
    /** Keep them, and commit nothing. */
    WAITS,
    /** Park them: other targets' rows shall not wait any longer. */
    PARKS
  }

  /**
   * @param met whether it is known what the target is; if not, its rows wait for PostgreSQL, and
   *     are never parked
   */
  private record Down(long sinceNanos, boolean met, String detail) {}

  /**
   * @param targets not closed here
   * @param probeInterval between two questions to a target that is down
   * @param parkAfter how long rows of one target may hold up those of the others
   */
  public Outages(
      Targets targets, Duration probeInterval, Duration parkAfter, LongSupplier nanoTime) {
    this.targets = targets;
    this.probeInterval = probeInterval;
    this.parkAfter = parkAfter;
    this.nanoTime = nanoTime;
  }

  /** Connects them with the topology that they pause and resume. */
  public synchronized void controls(Runnable newPause, Runnable newResume) {
    pause = newPause;
    resume = newResume;
  }

  /** What is to be done with rows of a target. */
  public synchronized State state(String target) {
    Down outage = down.get(target);
    if (outage == null) {
      return State.UP;
    }
    return outage.met
            && othersAreUp()
            && nanoTime.getAsLong() - outage.sinceNanos >= parkAfter.toNanos()
        ? State.PARKS
        : State.WAITS;
  }

  private boolean othersAreUp() {
    return !down.keySet().containsAll(targets.names());
  }

  /** Whether rows wait for a target, so that nothing can be committed. */
  public synchronized boolean isWaiting() {
    return down.keySet().stream().anyMatch(target -> state(target) == State.WAITS);
  }

  /** Why a target counts as down; "" if it does not. */
  synchronized String detail(String target) {
    Down outage = down.get(target);
    return outage == null ? "" : outage.detail;
  }

  /** What does not answer and what that means, for health reports. */
  public synchronized List<String> reasons() {
    List<String> reasons = new ArrayList<>();
    down.forEach((target, outage) ->
        reasons.add(
            "ClickHouse target "
                + target
                + (outage.met ? " does not answer, " : " is not known here yet, ")
                + (state(target) == State.WAITS
                    ? "intake is paused: "
                    : "its clients' events become dead letters: ")
                + outage.detail));
    return reasons;
  }

  /** A target did not answer for the whole of an attempt. */
  void open(String target, String detail) {
    open(target, true, detail, "ClickHouse does not answer; intake pauses until it does");
  }

  /** A target that was never met, and PostgreSQL cannot be asked what it is. */
  void openUnknown(String target, String detail) {
    open(
        target,
        false,
        detail,
        "PostgreSQL cannot be asked for a ClickHouse target; intake pauses until it can");
  }

  private synchronized void open(String target, boolean met, String detail, String message) {
    if (down.putIfAbsent(target, new Down(nanoTime.getAsLong(), met, detail)) != null) {
      return;
    }
    log.atWarn().addKeyValue("target", target).addKeyValue("detail", detail).log(message);
    pauseOrResume();
    if (prober == null) {
      prober = Thread.ofVirtual().name("clickhouse-probe").start(this::probe);
    }
  }

  private void probe() {
    try {
      List<String> asked;
      do {
        Thread.sleep(probeInterval);
        asked = targetsDown();
        for (String target : asked) {
          if (isOver(target)) {
            close(target);
          }
        }
      } while (goesOnProbing());
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isOver(String target) {
    return switch (targets.find(target)) {
      case Targets.Known(InsertTarget known) -> !wasMet(target) || known.answers();
      case Targets.Unknown unknown -> true; // Its rows have nothing to wait for: they are parked.
      case Targets.Unavailable unavailable -> false;
    };
  }

  private synchronized boolean wasMet(String target) {
    Down outage = down.get(target);
    return outage == null || outage.met;
  }

  private synchronized List<String> targetsDown() {
    return List.copyOf(down.keySet());
  }

  private synchronized void close(String target) {
    Down outage = down.remove(target);
    if (outage != null) {
      Duration lasted = Duration.ofNanos(nanoTime.getAsLong() - outage.sinceNanos);
      log.atInfo()
          .addKeyValue("target", target)
          .addKeyValue("outageSeconds", lasted.toSeconds())
          .log(outage.met ? "ClickHouse answers again" : "PostgreSQL answers again");
    }
  }

  /** Also takes up what time alone changes: rows may begin to be parked. */
  private synchronized boolean goesOnProbing() {
    pauseOrResume();
    if (down.isEmpty()) {
      prober = null;
    }
    return prober != null;
  }

  private void pauseOrResume() {
    boolean wanted = isWaiting();
    if (wanted != paused) {
      paused = wanted;
      (wanted ? pause : resume).run();
    }
  }

  @Override
  public void close() {
    Thread probing;
    synchronized (this) {
      probing = prober;
    }
    if (probing != null) {
      probing.interrupt();
    }
  }
}
