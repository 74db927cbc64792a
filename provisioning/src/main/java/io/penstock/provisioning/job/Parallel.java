package io.penstock.provisioning.job;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/** Works on many clients at once, with a bound. */
public final class Parallel {
  private Parallel() {}

  /**
   * Applies {@code work} to each item on virtual threads, {@code parallelism} at a time, and waits
   * for all.
   *
   * @param work reports failures in its result; an exception is a bug
   * @return the results in the order of the items
   * @throws IllegalStateException if {@code work} threw, or this thread was interrupted
   */
  public static <T, R> List<R> map(Collection<T> items, int parallelism, Function<T, R> work) {
    Semaphore slots = new Semaphore(parallelism);
    List<Future<R>> running = new ArrayList<>(items.size());
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (T item : items) {
        running.add(
            threads.submit(() -> {
              slots.acquire();
              try {
                return work.apply(item);
              } finally {
                slots.release();
              }
            }));
      }
    }
    List<R> results = new ArrayList<>(items.size());
    for (Future<R> task : running) {
      try {
        results.add(task.get());
      } catch (ExecutionException e) {
        throw new IllegalStateException("a job ended unexpectedly", e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while waiting for a job", e);
      }
    }
    return results;
  }
}
