package io.penstock.delivery.insert;

import io.penstock.core.clickhouse.ClickHouseErrors;
import io.penstock.core.observe.Problem;
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
 * The breakers of ClickHouse targets that do not answer, or answer and take no rows (a full disk).
 * While rows wait for a target, the topology is paused: Kafka Streams goes on polling, so nothing
 * is rebalanced, memory stays bounded, and the outage costs lag and nothing else. A probe closes
 * the breaker of a target that did not answer. What refuses rows is tried with the rows themselves:
 * after a pause, twice as long each time, the topology goes on until the next insert tells.
 *
 * <p>Clients of several targets share partitions, so rows of a target that is down hold up those of
 * the others. They do so for a bounded time; then they are parked, as long as another target is up.
 * While all are down, everything waits. Thread-safe.
 */
public final class Outages implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Outages.class);

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(2);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  /** If no row comes to try a target with, nobody waits for it. */
  private static final Duration LONGEST_TRY = Duration.ofMinutes(2);

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

  private enum Kind {
    /** It does not answer. */
    SILENT,
    /** It is not known what the target is; its rows wait for PostgreSQL, and are never parked. */
    UNMET,
    /** It answers, and takes no rows; the pause before it is tried again runs. */
    REFUSES,
    /** It refused rows, and the next insert tries it. */
    TRIED
  }

  /**
   * @param pause before the next try of a target that refuses
   * @param until when that pause, or try, is over
   */
  private record Down(Kind kind, long sinceNanos, String detail, Duration pause, long until) {
    Down as(Kind newKind, long newUntil) {
      return new Down(newKind, sinceNanos, detail, pause, newUntil);
    }
  }

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
    if (outage == null || outage.kind == Kind.TRIED) {
      return State.UP;
    }
    return outage.kind != Kind.UNMET
            && othersAreUp()
            && nanoTime.getAsLong() - outage.sinceNanos >= parkAfter.toNanos()
        ? State.PARKS
        : State.WAITS;
  }

  private boolean othersAreUp() {
    return !down.keySet().containsAll(targets.names());
  }

  /**
   * The targets that are known here, and whether each answers and takes rows, as far as is known.
   */
  public synchronized Map<String, Boolean> up() {
    Map<String, Boolean> up = new TreeMap<>();
    targets.names().forEach(target -> up.put(target, true));
    down.keySet().forEach(target -> up.put(target, false));
    return up;
  }

  /** Whether rows wait for a target, so that nothing can be committed. */
  public synchronized boolean isWaiting() {
    return down.keySet().stream().anyMatch(target -> state(target) == State.WAITS);
  }

  /** Whether rows wait, or it is not known yet that they need not any longer. */
  public synchronized boolean isHolding() {
    return isWaiting() || down.values().stream().anyMatch(outage -> outage.kind == Kind.TRIED);
  }

  /** Whether a target refused rows before, and the next insert tells whether that is over. */
  synchronized boolean isTrying(String target) {
    Down outage = down.get(target);
    return outage != null && outage.kind == Kind.TRIED;
  }

  /** Why a target counts as down; "" if it does not. */
  synchronized String detail(String target) {
    Down outage = down.get(target);
    return outage == null ? "" : outage.detail;
  }

  /** What does not answer and what that means, for health reports. */
  public synchronized List<Problem> reasons() {
    List<Problem> reasons = new ArrayList<>();
    down.forEach((target, outage) ->
        reasons.add(
            new Problem(
                "clickhouse-target:" + target,
                "ClickHouse target "
                    + target
                    + switch (outage.kind) {
                      case SILENT -> " does not answer, ";
                      case UNMET -> " is not known here yet, ";
                      case REFUSES, TRIED -> " takes no rows, ";
                    }
                    + switch (state(target)) {
                      case UP -> "it is tried again now: ";
                      case WAITS -> "intake is paused: ";
                      case PARKS -> "its clients' events become dead letters: ";
                    }
                    + outage.detail)));
    return reasons;
  }

  /** A target did not answer for the whole of an attempt. */
  synchronized void open(String target, String detail) {
    open(
        target,
        Kind.SILENT,
        detail,
        Duration.ZERO,
        "ClickHouse does not answer; intake pauses until it does");
  }

  /** A target that was never met, and PostgreSQL cannot be asked what it is. */
  synchronized void openUnknown(String target, String detail) {
    open(
        target,
        Kind.UNMET,
        detail,
        Duration.ZERO,
        "PostgreSQL cannot be asked for a ClickHouse target; intake pauses until it can");
  }

  /** A target answers, and takes no rows, by whatever fault of its own: nobody's are parked. */
  synchronized void refuses(String target, int code, String detail) {
    Down known = down.get(target);
    Duration pause =
        known == null || known.pause.isZero() ? FIRST_PAUSE : known.pause.multipliedBy(2);
    open(
        target,
        Kind.REFUSES,
        ClickHouseErrors.describe(code) + ": " + detail,
        pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause,
        "ClickHouse answers but takes no rows; intake pauses, and they are tried again");
  }

  /** Every row that was to be inserted there has been taken. */
  synchronized void taken(String target) {
    if (isTrying(target)) {
      close(target);
    }
  }

  private synchronized void open(
      String target, Kind kind, String detail, Duration pause, String message) {
    long now = nanoTime.getAsLong();
    Down known = down.get(target);
    if (known != null && known.kind != Kind.TRIED) {
      return;
    }
    down.put(
        target,
        new Down(
            kind, known == null ? now : known.sinceNanos, detail, pause, now + pause.toNanos()));
    if (known != null) {
      pauseOrResume();
      return;
    }
    log.atWarn().addKeyValue("target", target).addKeyValue("cause", detail).log(message);
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
      case Targets.Known(InsertTarget known) ->
          switch (kind(target)) {
            case SILENT -> known.answers();
            case UNMET -> true;
            case REFUSES -> {
              if (isPauseOver(target) && known.answers()) {
                tryAgain(target);
              }
              yield false;
            }
            case TRIED -> isPauseOver(target);
          };
      case Targets.Unknown unknown -> true; // Its rows have nothing to wait for: they are parked.
      case Targets.Unavailable unavailable -> false;
    };
  }

  private synchronized Kind kind(String target) {
    Down outage = down.get(target);
    return outage == null ? Kind.SILENT : outage.kind;
  }

  private synchronized boolean isPauseOver(String target) {
    Down outage = down.get(target);
    return outage != null && nanoTime.getAsLong() - outage.until >= 0;
  }

  private synchronized void tryAgain(String target) {
    long until = nanoTime.getAsLong() + LONGEST_TRY.toNanos();
    down.computeIfPresent(
        target, (_, outage) -> outage.kind == Kind.REFUSES ? outage.as(Kind.TRIED, until) : outage);
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
          .log(
              switch (outage.kind) {
                case SILENT -> "ClickHouse answers again";
                case UNMET -> "PostgreSQL answers again";
                case REFUSES, TRIED -> "ClickHouse takes rows again";
              });
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
