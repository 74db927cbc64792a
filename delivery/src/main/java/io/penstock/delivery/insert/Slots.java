package io.penstock.delivery.insert;

import io.penstock.core.rows.InsertOutcome;
import io.penstock.core.rows.InsertOutcome.BadRows;
import io.penstock.core.rows.InsertOutcome.ClientTrouble;
import io.penstock.core.rows.InsertOutcome.Retryable;
import io.penstock.core.rows.InsertOutcome.Written;
import io.penstock.delivery.metrics.DeliveryMetrics;
import io.penstock.delivery.metrics.DeliveryMetrics.Inserted;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The bound on how much is asked of ClickHouse at once, over all stream threads. Thread-safe. */
final class Slots {
  private final Semaphore free;
  private final DeliveryMetrics metrics;

  Slots(int parallelism, DeliveryMetrics metrics) {
    this.free = new Semaphore(parallelism);
    this.metrics = metrics;
  }

  /**
   * Makes an insert, timed and counted.
   *
   * @param bytes the rows' encoded size
   */
  InsertOutcome insert(int rows, long bytes, Supplier<InsertOutcome> insert)
      throws InterruptedException {
    return ask(() -> {
      long started = System.nanoTime();
      InsertOutcome outcome = insert.get();
      metrics.inserted(ended(outcome), rows, bytes, System.nanoTime() - started);
      return outcome;
    });
  }

  /** Makes any other request. */
  <T extends @Nullable Object> T ask(Supplier<T> request) throws InterruptedException {
    free.acquire();
    try {
      return request.get();
    } finally {
      free.release();
    }
  }

  private static Inserted ended(InsertOutcome outcome) {
    return switch (outcome) {
      case Written() -> Inserted.WRITTEN;
      case Retryable retryable -> Inserted.RETRYABLE;
      case ClientTrouble trouble -> Inserted.CLIENT_TROUBLE;
      case BadRows bad -> Inserted.BAD_ROWS;
    };
  }
}
