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
 * Makes a call that may rightly take long, such as a statement that changes a large table, and
 * notices soon if the server hangs: during the call the server is asked for signs of life. The call
 * runs on a thread of its own, which is interrupted and abandoned when the call is given up.
 * Thread-safe.
 */
public final class GuardedCall {
  private static final Duration LOOK = Duration.ofMillis(100);
  private static final Duration TOLD_TO_END = Duration.ofSeconds(2);

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

  /** The pause between signs of life; short once the command was told to end. */
  private static Duration shorter(Duration half) {
    return half.compareTo(TOLD_TO_END) < 0 ? half : TOLD_TO_END;
  }

  /**
   * Waits for what {@code work} returns.
   *
   * @throws SilentServerException if the server gives no sign of life within the patience for an
   *     answer
   * @throws SlowStatementException if it answers, but has not done it within that for a statement
   * @throws InterruptedIOException if this thread is interrupted; the flag stays set
   * @throws Exception what {@code work} throws
   */
  public <T> T ask(Callable<T> work) throws Exception {
    FutureTask<T> task = new FutureTask<>(work);
    CommandRun run = CommandRun.current();
    Duration half = patience.answer().dividedBy(2);
    long begin = System.nanoTime();
    long heardAt = begin;
    boolean told = false;
    Thread.ofVirtual().name("asking " + server).start(task);
    try (CommandRun.Wait wait = run.waitFor(server)) {
      wait.guarded(true);
      while (true) {
        try {
          return task.get(LOOK.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
          long now = System.nanoTime();
          if (now - begin > patience.statement().toNanos()) {
            throw new SlowStatementException(
                "%s has not done it within %s (penstock.command.statement.timeout), though it answers; it may go on with it"
                    .formatted(server, Durations.format(patience.statement())));
          }
          boolean toldNow = run.interrupted() && !told;
          if (now - heardAt >= half.toNanos() || toldNow) {
            told |= toldNow;
            boolean lives = life.answers(toldNow ? shorter(half) : half) || task.isDone();
            wait.guarded(lives);
            if (lives) {
              heardAt = System.nanoTime();
            } else if (!toldNow) {
              throw new SilentServerException(
                  "%s does not answer within %s (penstock.command.timeout)"
                      .formatted(server, Durations.format(patience.answer())));
            }
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
