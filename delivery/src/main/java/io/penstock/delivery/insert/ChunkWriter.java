package io.penstock.delivery.insert;

import io.penstock.core.clickhouse.ClickHouseErrors;
import io.penstock.core.clickhouse.ErrorClass;
import io.penstock.core.client.ClientMetadata;
import io.penstock.core.rows.InsertOutcome;
import io.penstock.core.rows.InsertOutcome.BadRows;
import io.penstock.core.rows.InsertOutcome.ClientTrouble;
import io.penstock.core.rows.InsertOutcome.Retryable;
import io.penstock.core.rows.InsertOutcome.Written;
import io.penstock.core.rows.RowSearch;
import io.penstock.core.rows.RowSearch.Range;
import io.penstock.delivery.block.TableBlock;
import io.penstock.delivery.block.TableReceipt;
import io.penstock.delivery.block.Unstored;
import io.penstock.delivery.block.Unstored.Parked;
import io.penstock.delivery.block.Unstored.Rejected;
import io.penstock.delivery.metrics.DeliveryMetrics;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One attempt at one chunk of rows: inserts it as it is, or in halves until the bad rows stand
 * alone. Used once, by one thread.
 */
final class ChunkWriter {
  private static final Logger log = LoggerFactory.getLogger(ChunkWriter.class);

  private static final int CLIENT_TROUBLE_ATTEMPTS = 3;
  private static final long FIRST_BACKOFF_MS = 100;
  private static final long MAX_BACKOFF_MS = 2_000;
  private static final long CONFIRM_PAUSE_MS = 500;

  /** So many rows of a chunk may be refused whatever share of it they are. */
  private static final int ALWAYS_REJECTED = 10;

  private final Routes routes;
  private final InsertTarget target;
  private final boolean isTrial;
  private final Slots slots;
  private final DeliveryMetrics metrics;
  private final TableBlock block;
  private final ClientMetadata client;
  private final Range chunk;
  private final long began;
  private final long deadline;
  private final int maxRejected;
  private final RowSearch search;

  private final List<Unstored> unstored = new ArrayList<>();
  private TableReceipt receipt;

  private int rejected;

  /**
   * @param receipt of what comes before the chunk
   * @param to where the chunk ends
   * @param began when the attempt began, of which this is a part; nanoseconds
   */
  ChunkWriter(
      Routes routes,
      Route.Insert route,
      Slots slots,
      BlockWriter.Limits limits,
      DeliveryMetrics metrics,
      TableReceipt receipt,
      int to,
      long began) {
    this.routes = routes;
    this.target = route.target();
    this.isTrial = route.isTrial();
    this.slots = slots;
    this.metrics = metrics;
    this.receipt = receipt;
    this.block = receipt.block();
    this.client = block.client();
    this.chunk = new Range(receipt.settled(), to);
    this.began = began;
    this.deadline = began + limits.attemptTime().toNanos();
    this.maxRejected =
        (int) Math.max(ALWAYS_REJECTED, chunk.size() * (long) limits.rejectedPercent() / 100);
    this.search = new RowSearch(chunk, RowSearch.MAX_SPLITS);
  }

  /** Whether the chunk goes on, and how it ends if not. */
  private enum Step {
    GOES_ON,
    SETTLED,
    WAITS
  }

  /** Returns the receipt with the chunk settled, or with nothing more settled: its rows wait. */
  TableReceipt write() throws InterruptedException {
    for (Range range = search.next(); range != null; range = search.next()) {
      switch (settle(range)) {
        case GOES_ON -> {}
        case SETTLED -> {
          return receipt.settled(chunk.to(), unstored);
        }
        case WAITS -> {
          return receipt;
        }
      }
    }
    return receipt.settled(chunk.to(), unstored);
  }

  private Step settle(Range range) throws InterruptedException {
    return switch (insertPatiently(range)) {
      case Written() -> {
        routes.acknowledged(client, target);
        search.taken();
        yield Step.GOES_ON;
      }
      case BadRows(int code, String column, String detail) ->
          refused(range, search.refused(range), code, column, detail);
      case ClientTrouble(int code, String detail)
          when ClickHouseErrors.classify(code) == ErrorClass.UNKNOWN ->
          refused(range, search.unclear(range), code, ClickHouseErrors.column(detail), detail);
      case ClientTrouble(int code, String detail) -> parkClient(range, code, detail);
      case Retryable(int code, String detail) -> retryLater(range, code, detail);
    };
  }

  private Step refused(Range range, RowSearch.Step found, int code, String column, String detail) {
    switch (found) {
      case GOES_ON -> {
        return Step.GOES_ON;
      }
      case CLIENT -> {
        return parkClient(range, code, detail);
      }
      case BAD_ROW -> {
        if (rejected < maxRejected) {
          rejected++;
          unstored.add(new Rejected(range.from(), code, column, detail));
          return Step.GOES_ON;
        }
      }
      case TOO_MANY -> {}
    }
    // Not single rows but their form is wrong: one cause, and not a million dead letters of
    // rows, nor a million inserts to find them.
    unstored.replaceAll(row -> new Parked(row.row(), code, detail));
    parkLeft(range, code, detail);
    return Step.SETTLED;
  }

  private Step retryLater(Range range, int code, String detail) throws InterruptedException {
    return switch (routes.failed(client, target, code, detail, began)) {
      case Route.Park park -> {
        parkMissing(range, code, detail);
        yield Step.SETTLED;
      }
      case Route.Wait wait -> Step.WAITS;
      case Route.Insert insert -> Step.WAITS;
    };
  }

  private Step parkClient(Range range, int code, String detail) {
    routes.clientTrouble(client, code, detail);
    parkLeft(range, code, detail);
    return Step.SETTLED;
  }

  /** An insert whose end nobody knows may have landed; what is stored is no dead letter. */
  private void parkMissing(Range range, int code, String detail) throws InterruptedException {
    BitSet missing = missing(range);
    if (missing == null) {
      parkLeft(range, code, detail);
      return;
    }
    missing.stream().forEach(row -> unstored.add(new Parked(row, code, detail)));
    parkLeft(new Range(range.to(), range.to()), code, detail);
  }

  private void parkLeft(Range range, int code, String detail) {
    park(range, code, detail);
    search.undecided().forEach(one -> park(one, code, detail));
  }

  private void park(Range range, int code, String detail) {
    for (int row = range.from(); row < range.to(); row++) {
      unstored.add(new Parked(row, code, detail));
    }
  }

  /** Repeats what may pass, with the same token, until it has or the time is over. */
  private InsertOutcome insertPatiently(Range range) throws InterruptedException {
    int troubles = 0;
    long backoff = FIRST_BACKOFF_MS;
    while (true) {
      InsertOutcome outcome =
          slots.insert(
              range.size(),
              block.rows().bytes(range.from(), range.to()),
              () -> target.insert(block, range.from(), range.to()));
      if (outcome instanceof Written && receipt.tried()) {
        outcome = confirm(range);
      }
      switch (outcome) {
        case Written() -> {
          return outcome;
        }
        case BadRows bad -> {
          return unlessStored(range, outcome, bad.detail());
        }
        case ClientTrouble trouble -> {
          if (isTrial || ++troubles >= CLIENT_TROUBLE_ATTEMPTS || isOver()) {
            return unlessStored(range, outcome, trouble.detail());
          }
          metrics.retried(ClickHouseErrors.classify(trouble.code()));
        }
        case Retryable retryable -> {
          receipt = receipt.afterTry();
          if (isOver() || (isTrial && target.answers())) {
            return outcome;
          }
          metrics.retried(ClickHouseErrors.classify(retryable.code()));
        }
      }
      TimeUnit.MILLISECONDS.sleep(backoff / 2 + ThreadLocalRandom.current().nextLong(backoff));
      backoff = Math.min(MAX_BACKOFF_MS, backoff * 2);
    }
  }

  /**
   * An insert that was tried before is acknowledged, perhaps as a repetition. A server that was
   * killed meanwhile may remember the token and not the rows: tables that are not replicated write
   * the one down before the other is in place. So the rows are read back, and what is missing is
   * inserted under a token of its own (docs/adr/0008).
   */
  private InsertOutcome confirm(Range range) throws InterruptedException {
    BitSet missing = missing(range);
    if (missing != null && !missing.isEmpty()) {
      // An earlier try may be under way in the server still.
      TimeUnit.MILLISECONDS.sleep(CONFIRM_PAUSE_MS);
      missing = missing(range);
    }
    if (missing == null) {
      return notReadBack();
    }
    if (missing.isEmpty()) {
      return new Written();
    }
    log.atWarn()
        .addKeyValue("client", client.clientId())
        .addKeyValue("partition", block.source())
        .addKeyValue("rows", missing.cardinality())
        .log("ClickHouse knows an insert but not all of its rows; they are inserted again");
    return insertAnew(missing);
  }

  /**
   * A materialized view may have refused what the table itself had taken: rows that are stored are
   * not refused (docs/adr/0015).
   */
  private InsertOutcome unlessStored(Range range, InsertOutcome refusal, String detail)
      throws InterruptedException {
    if (!slots.ask(() -> target.hasViews(block))) {
      return refusal;
    }
    BitSet missing = missing(range);
    if (missing != null && missing.cardinality() == range.size()) {
      return refusal;
    }
    if (missing != null && !missing.isEmpty()) {
      // The table took a part. It gets the rest, whatever the view says of that.
      InsertOutcome _ = insertAnew(missing);
      missing = missing(range);
    }
    if (missing == null || !missing.isEmpty()) {
      receipt = receipt.afterTry();
      return missing == null ? notReadBack() : refusal;
    }
    log.atWarn()
        .addKeyValue("client", client.clientId())
        .addKeyValue("partition", block.source())
        .addKeyValue("rows", range.size())
        .addKeyValue("cause", detail)
        .log("A materialized view refuses rows; they are stored, and the view lacks them");
    metrics.viewRefused(range.size());
    return new Written();
  }

  private static InsertOutcome notReadBack() {
    return new Retryable(ClickHouseErrors.NETWORK, "the rows could not be read back");
  }

  private InsertOutcome insertAnew(BitSet rows) throws InterruptedException {
    return slots.insert(
        rows.cardinality(),
        rows.stream().mapToLong(row -> block.rows().bytes(row, row + 1)).sum(),
        () -> target.insertAnew(block, rows));
  }

  private @Nullable BitSet missing(Range range) throws InterruptedException {
    return slots.ask(() -> target.missing(block, range.from(), range.to()));
  }

  private boolean isOver() {
    return deadline - System.nanoTime() < 0;
  }
}
