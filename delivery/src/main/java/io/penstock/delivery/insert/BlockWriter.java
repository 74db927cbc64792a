package io.penstock.delivery.insert;

import io.penstock.delivery.block.Receipt;
import io.penstock.delivery.block.TableReceipt;
import io.penstock.delivery.block.Unstored;
import io.penstock.delivery.block.Unstored.Parked;
import io.penstock.delivery.metrics.DeliveryMetrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The writer of blocks: inserts their tables in parallel, bounded, within a bounded time.
 * Thread-safe: the stream threads share it, and with it the bound on inserts at once.
 */
public final class BlockWriter implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BlockWriter.class);

  private final Routes routes;
  private final Limits limits;
  private final Slots slots;
  private final DeliveryMetrics metrics;
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

  public BlockWriter(Routes routes, Limits limits, DeliveryMetrics metrics) {
    this.routes = routes;
    this.limits = limits;
    this.slots = new Slots(limits.parallelism(), metrics);
    this.metrics = metrics;
  }

  /** Whether rows wait for a target, so that nothing need be tried. */
  public boolean isWaiting() {
    return routes.isWaiting();
  }

  /**
   * Inserts what is not settled yet. Returns when all is, or the attempt's time is over, or a
   * server has to be waited for; the receipts tell. By then no insert is under way any more.
   *
   * @param soFar what earlier attempts came to
   * @return the same blocks, in the same order
   */
  public List<Receipt> write(List<Receipt> soFar) {
    long began = System.nanoTime();
    List<List<Future<TableReceipt>>> running = new ArrayList<>();
    for (Receipt receipt : soFar) {
      List<Future<TableReceipt>> tables = new ArrayList<>();
      for (TableReceipt table : receipt.tables()) {
        tables.add(threads.submit(() -> writeTable(table, began)));
      }
      running.add(tables);
    }
    List<Receipt> receipts = new ArrayList<>();
    for (int i = 0; i < soFar.size(); i++) {
      receipts.add(
          new Receipt(soFar.get(i).block(), running.get(i).stream().map(this::await).toList()));
    }
    if (receipts.stream().allMatch(Receipt::isComplete)) {
      routes.allTaken(
          receipts.stream()
              .flatMap(receipt -> receipt.tables().stream())
              .map(table -> table.block().client().target())
              .collect(Collectors.toSet()));
    }
    return receipts;
  }

  /** Waits whatever happens: an insert that is left alone would read memory that is used again. */
  private TableReceipt await(Future<TableReceipt> table) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return table.get();
        } catch (InterruptedException stopping) {
          interrupted = true; // The insert ends by its own deadline.
        } catch (ExecutionException error) {
          throw new IllegalStateException(error.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private TableReceipt writeTable(TableReceipt before, long began) {
    TableReceipt now = before;
    try {
      while (!now.isComplete()) {
        TableReceipt next = writeChunk(now, began);
        if (next.settled() == now.settled()) {
          return next;
        }
        now = next;
      }
      return now;
    } catch (Throwable bug) {
      if (bug instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      return now.brokenBy(bug);
    }
  }

  /** Returns the receipt with one chunk more, or as it is if rows have to wait. */
  private TableReceipt writeChunk(TableReceipt before, long began) throws InterruptedException {
    int from = before.settled();
    int to = before.block().endOfChunk(from);
    return switch (routes.find(before.block().client())) {
      case Route.Wait() -> before;
      case Route.Park(int code, String detail) -> {
        List<Unstored> parked = new ArrayList<>();
        for (int row = from; row < to; row++) {
          parked.add(new Parked(row, code, detail));
        }
        log.atDebug()
            .addKeyValue("client", before.block().client().clientId())
            .addKeyValue("partition", before.block().source())
            .addKeyValue("rows", to - from)
            .log("rows parked");
        yield before.settled(to, parked);
      }
      case Route.Insert insert ->
          new ChunkWriter(routes, insert, slots, limits, metrics, before, to, began).write();
    };
  }

  @Override
  public void close() {
    threads.close();
  }
}
