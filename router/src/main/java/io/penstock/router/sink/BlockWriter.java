package io.penstock.router.sink;

import io.penstock.router.metrics.RouterMetrics;
import io.penstock.router.sink.InsertOutcome.BadRows;
import io.penstock.router.sink.InsertOutcome.ClientTrouble;
import io.penstock.router.sink.InsertOutcome.Retryable;
import io.penstock.router.sink.InsertOutcome.Written;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Inserts the tables of a block in parallel, bounded, within a bounded time. Thread-safe: the
 * stream threads share it, and with it the bound on inserts at once.
 */
public final class BlockWriter implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BlockWriter.class);

  /** No insert comes near the 1,048,545 rows up to which ClickHouse makes one block of them. */
  private static final int MAX_ROWS = 500_000;

  /** Nor near the 256 MiB of {@code min_insert_block_size_bytes}. */
  private static final int MAX_BYTES = 64 << 20;

  private static final int CLIENT_TROUBLE_ATTEMPTS = 3;
  private static final long FIRST_BACKOFF_MS = 100;
  private static final long MAX_BACKOFF_MS = 2_000;

  /** How often one chunk is halved in search of its bad rows; each costs two inserts. */
  private static final int MAX_SPLITS = 100;

  private final Map<String, InsertTarget> targets;
  private final Duration attemptTime;
  private final Semaphore slots;
  private final RouterMetrics metrics;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /**
   * @param targets by name
   * @param parallelism how many inserts at once, over all stream threads
   * @param attemptTime how long one attempt may last before it counts as an outage; well below
   *     {@code max.poll.interval.ms}
   */
  public BlockWriter(
      Map<String, InsertTarget> targets,
      int parallelism,
      Duration attemptTime,
      RouterMetrics metrics) {
    this.targets = Map.copyOf(targets);
    this.slots = new Semaphore(parallelism);
    this.attemptTime = attemptTime;
    this.metrics = metrics;
  }

  /** Whether the target of this name answers now. */
  public boolean answers(String target) {
    InsertTarget known = targets.get(target);
    return known != null && known.answers();
  }

  /** What an attempt came to. */
  public sealed interface Result {
    /** Every row is stored, or rejected in its block. */
    record Settled() implements Result {}

    /** A target does not answer; the blocks remember what is settled, the rest must be repeated. */
    record Outage(String target, String detail) implements Result {}
  }

  /**
   * Inserts what is not settled yet.
   *
   * @return when every block is settled, or a target has not answered for the attempt's time
   */
  public Result write(List<TableBlock> blocks) {
    long deadline = System.nanoTime() + attemptTime.toNanos();
    List<Future<Result>> running = new ArrayList<>(blocks.size());
    for (TableBlock block : blocks) {
      Callable<Result> insert = () -> writeBlock(block, deadline);
      running.add(threads.submit(insert));
    }
    Result result = new Result.Settled();
    for (Future<Result> future : running) {
      Result one = await(future);
      if (one instanceof Result.Outage) {
        result = one;
      }
    }
    return result;
  }

  private static Result await(Future<Result> future) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get();
        } catch (InterruptedException stopping) {
          // The insert ends by its own deadline; leaving it alone would let it read reused memory.
          interrupted = true;
        } catch (ExecutionException bug) {
          throw new IllegalStateException(bug.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Result writeBlock(TableBlock block, long deadline) throws InterruptedException {
    InsertTarget target = targets.get(block.client().target());
    block.forgetUnsettledRejections();
    while (block.settled() < block.count()) {
      int from = block.settled();
      int to = endOfChunk(block, from);
      if (target == null) {
        String detail = "the router knows no ClickHouse target " + block.client().target();
        park(block, from, to, 0, detail);
      } else {
        Result result = new Attempt(target, block, deadline).write(from, to);
        if (result instanceof Result.Outage) {
          return result;
        }
      }
      block.settle(to);
    }
    return new Result.Settled();
  }

  /** Deterministic: a replay of the block must cut it alike. */
  private static int endOfChunk(TableBlock block, int from) {
    int to = from;
    while (to < block.count()
        && to - from < MAX_ROWS
        && (to == from || block.rows().size(from, to + 1) <= MAX_BYTES)) {
      to++;
    }
    return to;
  }

  private InsertOutcome insert(InsertTarget target, TableBlock block, int from, int to)
      throws InterruptedException {
    slots.acquire();
    long started = System.nanoTime();
    try {
      InsertOutcome outcome = target.insert(block, from, to);
      metrics.inserted(label(outcome), to - from, System.nanoTime() - started);
      return outcome;
    } finally {
      slots.release();
    }
  }

  private static String label(InsertOutcome outcome) {
    return switch (outcome) {
      case Written() -> "written";
      case Retryable retryable -> "retryable";
      case ClientTrouble trouble -> "client_trouble";
      case BadRows bad -> "bad_rows";
    };
  }

  private static void park(TableBlock block, int from, int to, int code, String detail) {
    log.atWarn()
        .addKeyValue("client", block.client().clientId())
        .addKeyValue("partition", block.partition())
        .addKeyValue("rows", to - from)
        .addKeyValue("errorCode", code)
        .log("Rows parked: the client's database does not take them");
    block.reject(from, to, true, code, "", detail);
  }

  /** One attempt to settle one chunk. */
  private final class Attempt {
    private final InsertTarget target;
    private final TableBlock block;
    private final long deadline;
    private int splits;

    Attempt(InsertTarget target, TableBlock block, long deadline) {
      this.target = target;
      this.block = block;
      this.deadline = deadline;
    }

    /** Settles the rows {@code [from, to)}, halving them where some are bad. */
    Result write(int from, int to) throws InterruptedException {
      int troubles = 0;
      long backoff = FIRST_BACKOFF_MS;
      while (true) {
        switch (insert(target, block, from, to)) {
          case Written() -> {
            return new Result.Settled();
          }
          case BadRows bad -> {
            return halve(from, to, bad);
          }
          case ClientTrouble trouble -> {
            if (++troubles >= CLIENT_TROUBLE_ATTEMPTS || expired()) {
              return parked(from, to, trouble.code(), trouble.detail());
            }
          }
          case Retryable retryable -> {
            if (expired() && !target.answers()) {
              return new Result.Outage(target.name(), retryable.detail());
            }
            if (expired()) {
              // The target is well, so this is the trouble of this client alone.
              return parked(from, to, retryable.code(), retryable.detail());
            }
          }
        }
        TimeUnit.MILLISECONDS.sleep(backoff / 2 + ThreadLocalRandom.current().nextLong(backoff));
        backoff = Math.min(MAX_BACKOFF_MS, backoff * 2);
      }
    }

    /** The bad rows end up alone; the halves' tokens follow from their ranges. */
    private Result halve(int from, int to, BadRows bad) throws InterruptedException {
      if (to - from == 1 || splits >= MAX_SPLITS) {
        block.reject(from, to, false, bad.code(), bad.column(), bad.detail());
        return new Result.Settled();
      }
      splits++;
      int middle = (from + to) >>> 1;
      Result left = write(from, middle);
      return left instanceof Result.Outage ? left : write(middle, to);
    }

    private Result parked(int from, int to, int code, String detail) {
      park(block, from, to, code, detail);
      return new Result.Settled();
    }

    private boolean expired() {
      return deadline - System.nanoTime() < 0;
    }
  }

  @Override
  public void close() {
    threads.close();
  }
}
