package io.penstock.delivery.insert;

import io.penstock.core.clickhouse.ClickHouseErrors;
import io.penstock.core.clickhouse.ErrorClass;
import io.penstock.core.client.ClientRules;
import io.penstock.delivery.block.TableBlock;
import io.penstock.delivery.insert.InsertOutcome.BadRows;
import io.penstock.delivery.insert.InsertOutcome.ClientTrouble;
import io.penstock.delivery.insert.InsertOutcome.Retryable;
import io.penstock.delivery.insert.InsertOutcome.Written;
import io.penstock.delivery.metrics.DeliveryMetrics;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
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
  private final DeliveryMetrics metrics;

  /** When each target took rows last, whoever's; nanoseconds of the system. */
  private final ConcurrentMap<String, Long> acknowledged = new ConcurrentHashMap<>();

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
      DeliveryMetrics metrics) {
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
    Result result = awaitAll(running);
    if (result instanceof Result.Settled) {
      for (TableBlock block : blocks) {
        outages.taken(block.client().target());
      }
    }
    return result;
  }

  /**
   * Waits for each, whatever became of the others: an insert that is left alone would read memory
   * that is used again.
   */
  private static Result awaitAll(List<Future<Result>> running) {
    Result result = new Result.Settled();
    IllegalStateException failed = null;
    boolean interrupted = false;
    for (Future<Result> future : running) {
      boolean done = false;
      while (!done) {
        try {
          if (future.get() instanceof Result.Waiting waiting) {
            result = waiting;
          }
          done = true;
        } catch (InterruptedException stopping) {
          // The insert ends by its own deadline.
          interrupted = true;
        } catch (ExecutionException bug) {
          done = true;
          if (failed == null) {
            failed = new IllegalStateException(bug.getCause());
          } else {
            failed.addSuppressed(bug.getCause());
          }
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (failed != null) {
      throw failed;
    }
    return result;
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
    String odd = ClientRules.databaseProblem(block.client().database());
    if (odd != null) {
      park(block, from, to, 0, odd);
      return new Result.Settled();
    }
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

  private static String detail(InsertOutcome outcome) {
    return switch (outcome) {
      case Written() -> "";
      case Retryable(int code, String detail) -> detail;
      case ClientTrouble(int code, String detail) -> detail;
      case BadRows bad -> bad.detail();
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
    private final String clientId;
    private final int chunkStart;
    private final int chunkEnd;
    private final long deadline;
    private final int maxRejected;

    /** Whether client or target are in trouble already, and one insert tells whether it is over. */
    private final boolean probing;

    /** What is left, the first rows on top; the halves' tokens follow from their ranges. */
    private final Deque<Range> left = new ArrayDeque<>();

    /** Refused by a code that does not tell whether rows are to blame; in order. */
    private final List<Range> suspects = new ArrayList<>();

    /** Whether a part of the chunk was judged otherwise than the whole: so it is the rows. */
    private boolean rowsDiffer;

    private int splits;
    private int rejected;

    ChunkWriter(InsertTarget target, TableBlock block, int from, int to, long deadline) {
      this.target = target;
      this.block = block;
      this.clientId = block.client().clientId();
      this.chunkStart = from;
      this.chunkEnd = to;
      this.deadline = deadline;
      this.probing = breakers.isOpen(clientId) || outages.isTrying(target.name());
      this.maxRejected =
          (int) Math.max(ALWAYS_REJECTED, (to - from) * (long) limits.rejectedPercent() / 100);
    }

    Result write() throws InterruptedException {
      left.push(new Range(chunkStart, chunkEnd));
      while (!left.isEmpty()) {
        Range range = left.pop();
        Result ended =
            switch (insertPatiently(range)) {
              case Written() -> {
                breakers.close(clientId);
                acknowledged.put(target.name(), System.nanoTime());
                blameSuspects();
                yield null;
              }
              case BadRows bad -> {
                blameSuspects();
                yield refused(range, bad);
              }
              case ClientTrouble(int code, String detail)
                  when ClickHouseErrors.classify(code) == ErrorClass.UNKNOWN ->
                  unclear(range, code, detail);
              case ClientTrouble(int code, String detail) -> parkClient(range, code, detail);
              case Retryable(int code, String detail) -> retryLater(range, code, detail);
            };
        if (ended != null) {
          return ended;
        }
      }
      return new Result.Settled();
    }

    /** Null: the chunk goes on. */
    private @Nullable Result refused(Range range, BadRows bad) {
      if (range.size() > 1 && splits < MAX_SPLITS) {
        splits++;
        halve(range);
        return null;
      }
      if (range.size() == 1 && rejected < maxRejected) {
        rejected++;
        block.reject(range.from, range.to, bad.code(), bad.column(), bad.detail());
        return null;
      }
      // Not single rows but their form is wrong: one cause, and not a million dead letters of
      // rows, nor a million inserts to find them.
      block.parkRejected(chunkStart, bad.code(), bad.detail());
      parkLeft(range, bad.code(), bad.detail());
      return new Result.Settled();
    }

    private void halve(Range range) {
      int middle = (range.from + range.to) >>> 1;
      left.push(new Range(middle, range.to));
      left.push(new Range(range.from, middle));
    }

    /**
     * A code that nobody has classified. The chunk is halved once: if both halves are refused by
     * such a code it is the client's trouble, else that of rows.
     */
    private @Nullable Result unclear(Range range, int code, String detail) {
      if (rowsDiffer) {
        return refused(range, new BadRows(code, ClickHouseErrors.column(detail), detail));
      }
      if (range.size() > 1 && range.size() == chunkEnd - chunkStart) {
        halve(range);
        return null;
      }
      if (left.isEmpty()) {
        return parkClient(range, code, detail);
      }
      suspects.add(range);
      return null;
    }

    private void blameSuspects() {
      rowsDiffer = true;
      suspects.reversed().forEach(left::push);
      suspects.clear();
    }

    private Result retryLater(Range range, int code, String detail) throws InterruptedException {
      if (!target.answers()) {
        outages.open(target.name(), detail);
        return new Result.Waiting();
      }
      ErrorClass errorClass = ClickHouseErrors.classify(code);
      if (errorClass == ErrorClass.SERVER) {
        outages.refuses(target.name(), code, detail);
        return new Result.Waiting();
      }
      if (breakers.isOpen(clientId)) {
        return parkMissing(range, code, detail);
      }
      ClientBreakers.Strikes strikes =
          breakers.strike(clientId, deadline - limits.attemptTime().toNanos());
      boolean othersAreTaken = isAcknowledgedSince(strikes.since());
      if (othersAreTaken
          && (errorClass == ErrorClass.TABLE || strikes.count() >= PATIENT_ATTEMPTS)) {
        // The target takes others' rows, so this is the trouble of this client alone.
        return parkMissing(range, code, detail);
      }
      if (strikes.count() >= PATIENT_ATTEMPTS) {
        outages.refuses(target.name(), code, detail);
      }
      // It was slow, full or gone, and may be back: the commit is held and comes again.
      return new Result.Waiting();
    }

    private boolean isAcknowledgedSince(long since) {
      Long last = acknowledged.get(target.name());
      return last != null && last - since >= 0;
    }

    private Result parkClient(Range range, int code, String detail) {
      breakers.open(clientId, code, detail);
      parkLeft(range, code, detail);
      return new Result.Settled();
    }

    /** An insert whose end nobody knows may have landed; what is stored is no dead letter. */
    private Result parkMissing(Range range, int code, String detail) throws InterruptedException {
      BitSet missing = missing(range);
      if (missing == null) {
        return parkClient(range, code, detail);
      }
      breakers.open(clientId, code, detail);
      for (int row = missing.nextSetBit(0); row >= 0; row = missing.nextSetBit(row + 1)) {
        park(block, row, row + 1, code, detail);
      }
      parkLeft(new Range(range.to, range.to), code, detail);
      return new Result.Settled();
    }

    private void parkLeft(Range range, int code, String detail) {
      park(block, range.from, range.to, code, detail);
      suspects.forEach(one -> park(block, one.from, one.to, code, detail));
      left.forEach(one -> park(block, one.from, one.to, code, detail));
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
            return unlessStored(range, outcome);
          }
          case ClientTrouble trouble -> {
            if (probing || ++troubles >= CLIENT_TROUBLE_ATTEMPTS || expired()) {
              return unlessStored(range, outcome);
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
          .addKeyValue("client", clientId)
          .addKeyValue("partition", block.partition())
          .addKeyValue("rows", missing.cardinality())
          .log("ClickHouse knows an insert but not all of its rows; they are inserted again");
      BitSet again = missing;
      return insert(again.cardinality(), () -> target.insertAnew(block, again));
    }

    /**
     * A materialized view may have refused what the table itself had taken: rows that are stored
     * are not refused (docs/adr/0015).
     */
    private InsertOutcome unlessStored(Range range, InsertOutcome refusal)
        throws InterruptedException {
      if (!inSlot(() -> target.hasViews(block))) {
        return refusal;
      }
      BitSet missing = missing(range);
      if (missing != null && missing.cardinality() == range.size()) {
        return refusal;
      }
      if (missing != null && !missing.isEmpty()) {
        // The table took a part. It gets the rest, whatever the view says of that.
        BitSet rest = missing;
        InsertOutcome _ = insert(rest.cardinality(), () -> target.insertAnew(block, rest));
        missing = missing(range);
      }
      if (missing == null || !missing.isEmpty()) {
        block.tried();
        return missing == null
            ? new Retryable(ClickHouseErrors.NETWORK, "the rows could not be read back")
            : refusal;
      }
      log.atWarn()
          .addKeyValue("client", clientId)
          .addKeyValue("partition", block.partition())
          .addKeyValue("rows", range.size())
          .addKeyValue("detail", detail(refusal))
          .log("A materialized view refuses rows; they are stored, and the view lacks them");
      metrics.viewRefused(range.size());
      return new Written();
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
