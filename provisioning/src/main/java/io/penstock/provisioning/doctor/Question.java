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
 * A question to one part, on a thread of its own. When its time is over the thread is interrupted
 * and abandoned: a server that hangs may hold it for ever. Thread-safe.
 */
final class Question<T> {
  /** The number of the attempt, which ClickHouse's client adds to messages. */
  private static final String ATTEMPTS = " \\(attempt: [^)]*\\)";

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

  /** Waits for the answer, until the patience since the question began is over. */
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

  /**
   * The message, and the innermost cause's where it tells more. Servers and drivers name what they
   * were asked for, and never the password.
   */
  private static String describe(Exception e) {
    Exception top =
        e instanceof ExecutionException && e.getCause() instanceof Exception cause ? cause : e;
    String message = StepFailed.firstLine(top).replaceAll(ATTEMPTS, "");
    Throwable root = top;
    for (Throwable cause = top.getCause(); cause != null; cause = cause.getCause()) {
      root = cause;
    }
    String further = root.getMessage();
    return further == null || top.getCause() == null || message.contains(further)
        ? message
        : message + " (" + further.lines().findFirst().orElse("") + ")";
  }
}
