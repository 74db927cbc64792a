package io.penstock.router.delivery;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The breaker for a ClickHouse target that does not answer. While it is open the topology is
 * paused: Kafka Streams goes on polling, so nothing is rebalanced and memory stays bounded, and the
 * outage costs lag and nothing else. A probe closes it. Thread-safe.
 */
public final class Outage implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Outage.class);

  private final Predicate<String> answers;
  private final Duration probeInterval;
  private final AtomicReference<@Nullable String> open = new AtomicReference<>();
  private volatile Runnable pause = () -> {};
  private volatile Runnable resume = () -> {};
  private volatile @Nullable Thread prober;

  /**
   * @param answers whether the target of a name answers now
   */
  public Outage(Predicate<String> answers, Duration probeInterval) {
    this.answers = answers;
    this.probeInterval = probeInterval;
  }

  /** Connects it with the topology that it pauses and resumes. */
  public void controls(Runnable newPause, Runnable newResume) {
    pause = newPause;
    resume = newResume;
  }

  boolean isOpen() {
    return open.get() != null;
  }

  /** What does not answer, for health reports. */
  public Optional<String> reason() {
    return Optional.ofNullable(open.get());
  }

  /** A target did not answer for the whole of an attempt. */
  void open(String target, String detail) {
    if (!open.compareAndSet(null, "ClickHouse target " + target + " does not answer: " + detail)) {
      return;
    }
    log.atWarn()
        .addKeyValue("target", target)
        .addKeyValue("detail", detail)
        .log("ClickHouse does not answer; intake pauses until it does");
    pause.run();
    prober = Thread.ofVirtual().name("clickhouse-probe").start(() -> probe(target));
  }

  private void probe(String target) {
    long started = System.nanoTime();
    try {
      do {
        Thread.sleep(probeInterval);
      } while (!answers.test(target));
    } catch (InterruptedException closing) {
      return;
    }
    open.set(null);
    log.atInfo()
        .addKeyValue("target", target)
        .addKeyValue("outageSeconds", Duration.ofNanos(System.nanoTime() - started).toSeconds())
        .log("ClickHouse answers again; intake goes on");
    resume.run();
  }

  @Override
  public void close() {
    Thread probing = prober;
    if (probing != null) {
      probing.interrupt();
    }
  }
}
