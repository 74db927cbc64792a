package io.penstock.core.run;

import io.penstock.core.config.Durations;
import io.penstock.core.config.Patience;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks a server for what may rightly take long, such as a statement that changes a large table, and
 * yet notices soon if the server hangs: while the call is under way, the server is asked for a sign
 * of life besides. The call runs on a thread of its own, which is interrupted and left when it is
 * given up. Thread-safe.
 */
public final class GuardedCall {
  private final String server;
  private final Patience patience;
  private final SignOfLife life;

  /** Asks whether a server lives. */
  public interface SignOfLife {
    /** Whether it answers at all, if only by a refusal; never throws. */
    boolean answers(Duration within);
  }

  /**
   * @param server see {@link CommandRun#waitFor}
   */
  public GuardedCall(String server, Patience patience, SignOfLife life) {
    this.server = server;
    this.patience = patience;
    this.life = life;
  }

  /**
   * Waits for what {@code work} returns.
   *
   * @throws SilentServerException if the server gives no sign of life within the patience for an
   *     answer, or has not done it within that for a statement
   * @throws InterruptedIOException if this thread is interrupted; the flag stays set
   * @throws Exception what {@code work} throws
   */
  public <T> T ask(Callable<T> work) throws Exception {
    FutureTask<T> task = new FutureTask<>(work);
    Duration half = patience.answer().dividedBy(2);
    long begin = System.nanoTime();
    Thread.ofVirtual().name("asking " + server).start(task);
    try (CommandRun.Wait _ = CommandRun.current().waitFor(server)) {
      while (true) {
        try {
          return task.get(half.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
          if (System.nanoTime() - begin > patience.statement().toNanos()) {
            throw new SilentServerException(
                "%s has not done it within %s (penstock.command.statement.timeout)"
                    .formatted(server, Durations.format(patience.statement())));
          }
          if (!life.answers(half) && !task.isDone()) {
            throw new SilentServerException(
                "%s does not answer within %s (penstock.command.timeout)"
                    .formatted(server, Durations.format(patience.answer())));
          }
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e.getCause() instanceof Exception cause ? cause : e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for " + server);
    } finally {
      var _ = task.cancel(true);
    }
  }
}
