package io.penstock.router.sink;

import io.penstock.core.clickhouse.ClickHouseErrors;
import io.penstock.router.metrics.RouterMetrics;
import io.penstock.router.sink.InsertOutcome.BadRows;
import io.penstock.router.sink.InsertOutcome.ClientTrouble;
import io.penstock.router.sink.InsertOutcome.Retryable;
import io.penstock.router.sink.InsertOutcome.Written;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Inserts the tables of a block in parallel, bounded, within a bounded time. Thread-safe: the
 * stream threads share it, and with it the bound on inserts at once.
 */
public final class BlockWriter implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BlockWriter.class);

  private static final int CLIENT_TROUBLE_ATTEMPTS = 3;

  /** How many attempts a client's inserts may fail while the server answers, and look its fault. */
  private static final int PATIENT_ATTEMPTS = 3;

  private static final long FIRST_BACKOFF_MS = 100;
  private static final long MAX_BACKOFF_MS = 2_000;
  private static final long CONFIRM_PAUSE_MS = 500;

  /** How often one chunk is halved in search of its bad rows; each costs two inserts. */
  private static final int MAX_SPLITS = 200;

  /** So many rows of a chunk may be refused whatever share of it they are. */
  private static final int ALWAYS_REJECTED = 10;

  private final Targets targets;
  private final Outages outages;
  private final ClientBreakers breakers;
  private final Limits limits;
  private final Semaphore slots;
  private final RouterMetrics metrics;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /**
   * How far an attempt goes.
   *
   * @param parallelism how many inserts at once, over all stream threads
   * @param attemptTime how long one attempt may last before a target counts as down, or a client as
   *     in trouble; well below {@code max.poll.interval.ms}
   * @param rejectedPercent the share of a chunk's rows that may be dead letters of their own; above
   *     it, the chunk is parked as one cause
   */
  public record Limits(int parallelism, Duration attemptTime, int rejectedPercent) {}

  /**
   * @param targets not closed here
   */
  public BlockWriter(
      Targets targets,
      Outages outages,
      ClientBreakers breakers,
      Limits limits,
      RouterMetrics metrics) {
    this.targets = targets;
    this.outages = outages;
    this.breakers = breakers;
    this.limits = limits;
    this.slots = new Semaphore(limits.parallelism());
    this.metrics = metrics;
  }

  /** What an attempt came to. */
  public sealed interface Result {
    /** Every row is stored, or rejected in its block. */
    record Settled() implements Result {}

    /** A server has to be waited for; the blocks remember what is settled, the rest comes again. */
    record Waiting() implements Result {}
  }

  /**
   * Inserts what is not settled yet.
   *
   * @return when every block is settled, or the attempt's time is over
   */
  public Result write(List<TableBlock> blocks) {
    long deadline = System.nanoTime() + limits.attemptTime().toNanos();
    List<Future<Result>> running = new ArrayList<>(blocks.size());
    for (TableBlock block : blocks) {
      Callable<Result> insert = () -> writeBlock(block, deadline);
      running.add(threads.submit(insert));
    }
    Result result = new Result.Settled();
    for (Future<Result> future : running) {
      Result one = await(future);
      if (one instanceof Result.Waiting) {
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
    block.forgetUnsettledRejections();
    while (block.settled() < block.count()) {
      int from = block.settled();
      int to = block.endOfChunk(from);
      Result result = writeChunk(block, from, to, deadline);
      if (result instanceof Result.Waiting) {
        return result;
      }
      block.settle(to);
    }
    return new Result.Settled();
  }

  private Result writeChunk(TableBlock block, int from, int to, long deadline)
      throws InterruptedException {
    String name = block.client().target();
    switch (outages.state(name)) {
      case UP -> {}
      case WAITS -> {
        return new Result.Waiting();
      }
      case PARKS -> {
        park(block, from, to, ClickHouseErrors.NETWORK, outages.detail(name));
        return new Result.Settled();
      }
    }
    InsertTarget target;
    switch (targets.find(name)) {
      case Targets.Known(InsertTarget known) -> target = known;
      case Targets.Unknown(String problem) -> {
        park(block, from, to, 0, problem);
        return new Result.Settled();
      }
      case Targets.Unavailable(String detail) -> {
        outages.openUnknown(name, detail);
        return new Result.Waiting();
      }
    }
    ClientBreakers.Trouble trouble = breakers.parks(block.client().clientId());
    if (trouble != null) {
      park(block, from, to, trouble.code(), trouble.detail());
      return new Result.Settled();
    }
    return new ChunkWriter(target, block, from, to, deadline).write();
  }

  private InsertOutcome insert(int rows, Supplier<InsertOutcome> insert)
      throws InterruptedException {
    return inSlot(() -> {
      long started = System.nanoTime();
      InsertOutcome outcome = insert.get();
      metrics.inserted(label(outcome), rows, System.nanoTime() - started);
      return outcome;
    });
  }

  /** Whatever is asked of ClickHouse is bounded alike. */
  private <T extends @Nullable Object> T inSlot(Supplier<T> request) throws InterruptedException {
    slots.acquire();
    try {
      return request.get();
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
    log.atDebug()
        .addKeyValue("client", block.client().clientId())
        .addKeyValue("partition", block.partition())
        .addKeyValue("rows", to - from)
        .log("rows parked");
    block.park(from, to, code, detail);
  }

  /** Settles one chunk: as it is, or in halves until the bad rows stand alone. */
  private final class ChunkWriter {
    private final InsertTarget target;
    private final TableBlock block;
    private final int chunkStart;
    private final int chunkEnd;
    private final long deadline;
    private final int maxRejected;

    /** Whether the client is in trouble already, and one insert tells whether it is over. */
    private final boolean probing;

    private int splits;
    private int rejected;

    ChunkWriter(InsertTarget target, TableBlock block, int from, int to, long deadline) {
      this.target = target;
      this.block = block;
      this.chunkStart = from;
      this.chunkEnd = to;
      this.deadline = deadline;
      this.probing = breakers.isOpen(block.client().clientId());
      this.maxRejected =
          (int) Math.max(ALWAYS_REJECTED, (to - from) * (long) limits.rejectedPercent() / 100);
    }

    Result write() throws InterruptedException {
      // What is left, the first rows on top; the halves' tokens follow from their ranges.
      Deque<Range> left = new ArrayDeque<>();
      left.push(new Range(chunkStart, chunkEnd));
      while (!left.isEmpty()) {
        Range range = left.pop();
        switch (insertPatiently(range)) {
          case Written() -> breakers.close(block.client().clientId());
          case BadRows bad when range.size() > 1 && splits < MAX_SPLITS -> {
            splits++;
            int middle = (range.from + range.to) >>> 1;
            left.push(new Range(middle, range.to));
            left.push(new Range(range.from, middle));
          }
          case BadRows bad when range.size() == 1 && rejected < maxRejected -> {
            rejected++;
            block.reject(range.from, range.to, bad.code(), bad.column(), bad.detail());
          }
          case BadRows bad -> {
            // Not single rows but their form is wrong: one cause, and not a million dead letters
            // of rows, nor a million inserts to find them.
            block.parkRejected(chunkStart, bad.code(), bad.detail());
            park(block, range.from, chunkEnd, bad.code(), bad.detail());
            return new Result.Settled();
          }
          case ClientTrouble(int code, String detail) -> {
            return parkClient(range, code, detail);
          }
          case Retryable(int code, String detail) -> {
            if (!target.answers()) {
              outages.open(target.name(), detail);
              return new Result.Waiting();
            }
            if (ClickHouseErrors.concernsServer(code)
                && !probing
                && breakers.strike(block.client().clientId()) < PATIENT_ATTEMPTS) {
              // It was slow, full or gone, and is back: the commit is held and comes again.
              return new Result.Waiting();
            }
            // The target is well, so this is the trouble of this client alone.
            return parkClient(range, code, detail);
          }
        }
      }
      return new Result.Settled();
    }

    private Result parkClient(Range range, int code, String detail) {
      breakers.open(block.client().clientId(), code, detail);
      park(block, range.from, chunkEnd, code, detail);
      return new Result.Settled();
    }

    /** Repeats what may pass, with the same token, until it has or the time is over. */
    private InsertOutcome insertPatiently(Range range) throws InterruptedException {
      int troubles = 0;
      long backoff = FIRST_BACKOFF_MS;
      while (true) {
        InsertOutcome outcome =
            insert(range.size(), () -> target.insert(block, range.from, range.to));
        if (outcome instanceof Written && block.isTried()) {
          outcome = confirm(range);
        }
        switch (outcome) {
          case Written() -> {
            return outcome;
          }
          case BadRows bad -> {
            return outcome;
          }
          case ClientTrouble trouble -> {
            if (probing || ++troubles >= CLIENT_TROUBLE_ATTEMPTS || expired()) {
              return outcome;
            }
          }
          case Retryable retryable -> {
            block.tried();
            if (expired() || (probing && target.answers())) {
              return outcome;
            }
          }
        }
        TimeUnit.MILLISECONDS.sleep(backoff / 2 + ThreadLocalRandom.current().nextLong(backoff));
        backoff = Math.min(MAX_BACKOFF_MS, backoff * 2);
      }
    }

    /**
     * An insert that was tried before is acknowledged, perhaps as a repetition. A server that was
     * killed meanwhile may remember the token and not the rows: tables that are not replicated
     * write the one down before the other is in place. So the rows are read back, and what is
     * missing is inserted under a token of its own (docs/adr/0008).
     */
    private InsertOutcome confirm(Range range) throws InterruptedException {
      BitSet missing = missing(range);
      if (missing != null && !missing.isEmpty()) {
        // An earlier try may be under way in the server still.
        TimeUnit.MILLISECONDS.sleep(CONFIRM_PAUSE_MS);
        missing = missing(range);
      }
      if (missing == null) {
        return new Retryable(ClickHouseErrors.NETWORK, "the rows could not be read back");
      }
      if (missing.isEmpty()) {
        return new Written();
      }
      log.atWarn()
          .addKeyValue("client", block.client().clientId())
          .addKeyValue("partition", block.partition())
          .addKeyValue("rows", missing.cardinality())
          .log("ClickHouse knows an insert but not all of its rows; they are inserted again");
      BitSet again = missing;
      return insert(again.cardinality(), () -> target.insertAnew(block, again));
    }

    private @Nullable BitSet missing(Range range) throws InterruptedException {
      return inSlot(() -> target.missing(block, range.from, range.to));
    }

    private boolean expired() {
      return deadline - System.nanoTime() < 0;
    }
  }

  /** Rows {@code [from, to)} of a block. */
  private record Range(int from, int to) {
    int size() {
      return to - from;
    }
  }

  @Override
  public void close() {
    threads.close();
  }
}
