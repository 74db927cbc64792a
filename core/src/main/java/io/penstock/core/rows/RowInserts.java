package io.penstock.core.rows;

import com.clickhouse.client.api.Client;
import com.clickhouse.client.api.insert.InsertSettings;
import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.clickhouse.ClickHouseFailure;
import io.penstock.core.clickhouse.FrameOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Inserts encoded rows, also into tables that have not been brought up to date yet: routers of a
 * release may run before {@code ./penstock migrate} has added a table's newest column. Rows for
 * such a table are sent without that column; after a minute the column is tried again. Thread-safe.
 */
public final class RowInserts {
  private static final int NO_SUCH_COLUMN = 16;
  private static final long LOOK_AGAIN_NANOS = Duration.ofMinutes(1).toNanos();

  private final Client client;
  private final LongSupplier nanoTime;

  /** Tables without the column, and when that was found. */
  private final ConcurrentMap<String, Long> old = new ConcurrentHashMap<>();

  /**
   * @param client not closed here
   */
  public RowInserts(Client client, LongSupplier nanoTime) {
    this.client = client;
    this.nanoTime = nanoTime;
  }

  /**
   * Writes encoded rows, each without its last {@code bytesLess} bytes; may be called more than
   * once.
   */
  @FunctionalInterface
  public interface Rows {
    void writeTo(FrameOutputStream out, int bytesLess) throws IOException;
  }

  /**
   * Inserts rows in one request; never throws for what the server or the network does.
   *
   * @param table what the rows are encoded for
   * @param place the table's name in statements, quoted, with its database
   * @return null if they are stored
   */
  public @Nullable ClickHouseFailure insert(
      Table table, String place, Rows rows, InsertSettings settings) {
    List<String> columns = table.columns();
    if (table.newestBytes() == 0 || !lacksNewest(place)) {
      ClickHouseFailure failure =
          ClickHouseClients.insert(client, place, columns, out -> rows.writeTo(out, 0), settings);
      if (table.newestBytes() == 0
          || failure == null
          || failure.code() != NO_SUCH_COLUMN
          || !failure.detail().contains(columns.getLast())) {
        return failure;
      }
      old.put(place, nanoTime.getAsLong());
    }
    return ClickHouseClients.insert(
        client,
        place,
        columns.subList(0, columns.size() - 1),
        out -> rows.writeTo(out, table.newestBytes()),
        settings);
  }

  /** Whether the table was found to lack its newest column. */
  private boolean lacksNewest(String place) {
    Long since = old.get(place);
    return since != null && nanoTime.getAsLong() - since < LOOK_AGAIN_NANOS;
  }
}
