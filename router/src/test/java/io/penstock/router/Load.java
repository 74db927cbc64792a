package io.penstock.router;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Events that go on being sent while something is broken: good ones of all clients by turns, spread
 * over the partitions, and among them one in twenty that must become a dead letter.
 */
final class Load implements AutoCloseable {
  private static final int TICKS_PER_SECOND = 50;

  private final Scenario scenario;
  private final List<String> clients;
  private final int perTick;
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final Thread thread;
  private volatile boolean ending;

  Load(Scenario scenario, List<String> clients, int eventsPerSecond) {
    this.scenario = scenario;
    this.clients = List.copyOf(clients);
    this.perTick = Math.max(1, eventsPerSecond / TICKS_PER_SECOND);
    thread =
        Thread.ofPlatform()
            .daemon()
            .name("load")
            .uncaughtExceptionHandler((_, thrown) -> failure.set(thrown))
            .start(this::run);
  }

  private void run() {
    long next = System.nanoTime();
    for (int n = 0; !ending; ) {
      for (int i = 0; i < perTick; i++, n++) {
        String client = clients.get(n % clients.size());
        if (n % 20 == 19) {
          scenario.sendWrongKey(client);
        } else {
          scenario.sendGood(client);
        }
      }
      next += TimeUnit.SECONDS.toNanos(1) / TICKS_PER_SECOND;
      Scenario.pause(TimeUnit.NANOSECONDS.toMillis(Math.max(0, next - System.nanoTime())));
    }
  }

  /** Sends nothing more; returns when all that was sent has been acknowledged. */
  @Override
  public void close() {
    ending = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    Throwable failed = failure.get();
    if (failed != null) {
      throw new AssertionError("the load ended early", failed);
    }
    scenario.flush();
  }
}
