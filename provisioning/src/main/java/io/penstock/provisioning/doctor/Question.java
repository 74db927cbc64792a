package io.penstock.provisioning.doctor;

import io.penstock.provisioning.job.StepFailed;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A part that is being asked, on a thread of its own. When the time is over that thread is
 * interrupted and left: a server that hangs may hold it, and nobody waits for it. Thread-safe.
 */
final class Question<T> {
  private final FutureTask<Answer<T>> task;
  private final long begin = System.nanoTime();
  private final Duration patience;

  private Question(Callable<T> look, Duration patience) {
    this.patience = patience;
    this.task = new FutureTask<>(() -> run(look));
  }

  static <T> Question<T> ask(Callable<T> look, Duration patience) {
    Question<T> question = new Question<>(look, patience);
    Thread.ofVirtual().name("doctor").start(question.task);
    return question;
  }

  private Answer<T> run(Callable<T> look) {
    try {
      T facts = look.call();
      return new Answer.Answered<>(facts, tookMillis());
    } catch (Exception e) {
      return new Answer.Silent<>(describe(e), tookMillis());
    }
  }

  private long tookMillis() {
    return (System.nanoTime() - begin) / 1_000_000;
  }

  /** Waits for it, until the patience since it was asked is over. */
  Answer<T> answer() {
    try {
      return task.get(
          Math.max(0, patience.toNanos() - (System.nanoTime() - begin)), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      task.cancel(true);
      return silentTooLong();
    } catch (CancellationException e) {
      return silentTooLong();
    } catch (ExecutionException e) {
      throw new IllegalStateException("an examination ended unexpectedly", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Answer.Silent<>("interrupted", tookMillis());
    }
  }

  private Answer<T> silentTooLong() {
    return new Answer.Silent<>(
        "does not answer within " + patience.toMillis() / 1000.0 + " s", patience.toMillis());
  }

  /** Servers and drivers name what they were asked for, and never the password. */
  private static String describe(Exception e) {
    Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
    String message = StepFailed.firstLine(cause instanceof Exception it ? it : e);
    Throwable root = cause.getCause();
    String further =
        root == null || root.getMessage() == null ? "" : " (" + root.getMessage() + ")";
    return message.contains(further.strip()) ? message : message + further;
  }
}
