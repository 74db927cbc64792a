package io.penstock.core.clickhouse;

import com.clickhouse.client.api.Client;
import com.clickhouse.client.api.insert.InsertSettings;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Inserts what {@link RowEncoder} wrote, also into tables that have not been brought up to date
 * yet: routers of this release may run before {@code ./penstock migrate} has added {@code
 * source_topic_id} (V002). Such a table's rows are sent without it; a minute later it is tried
 * again. Thread-safe.
 */
public final class RowInserts {
  private static final int NO_SUCH_COLUMN = 16;
  private static final String NEW_COLUMN = RowEncoder.COLUMNS.getLast();
  private static final List<String> OLD_COLUMNS =
      RowEncoder.COLUMNS.subList(0, RowEncoder.COLUMNS.size() - 1);
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

  /** Writes encoded rows, each without so many bytes at its end; may be asked more than once. */
  @FunctionalInterface
  public interface Rows {
    void writeTo(OutputStream out, int bytesLess) throws IOException;
  }

  /**
   * Inserts rows in one request; never throws for what the server or the network does.
   *
   * @param table quoted, with its database
   * @return null if they are stored
   */
  public @Nullable ClickHouseFailure insert(String table, Rows rows, InsertSettings settings) {
    if (!lacksTopicId(table)) {
      ClickHouseFailure failure =
          ClickHouseClients.insert(
              client, table, RowEncoder.COLUMNS, out -> rows.writeTo(out, 0), settings);
      if (failure == null
          || failure.code() != NO_SUCH_COLUMN
          || !failure.detail().contains(NEW_COLUMN)) {
        return failure;
      }
      old.put(table, nanoTime.getAsLong());
    }
    return ClickHouseClients.insert(
        client, table, OLD_COLUMNS, out -> rows.writeTo(out, RowEncoder.TOPIC_ID_BYTES), settings);
  }

  /** Whether the table was found to be from before V002. */
  private boolean lacksTopicId(String table) {
    Long since = old.get(table);
    return since != null && nanoTime.getAsLong() - since < LOOK_AGAIN_NANOS;
  }
}
