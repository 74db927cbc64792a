package io.penstock.local.count;

import com.clickhouse.client.api.Client;
import com.clickhouse.client.api.query.GenericRecord;
import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.config.ClickHouseConfig;
import java.util.List;

/** Reads clients' databases. Thread-safe. */
public final class StoredEvents implements AutoCloseable {
  private final Client client;

  /** Connects to the target named {@code default}. */
  public StoredEvents(ClickHouseConfig config) {
    client = ClickHouseClients.connection(config, "count").build();
  }

  /**
   * What a client's table holds.
   *
   * @param rows all of them, before duplicates collapse
   * @param events distinct event ids
   */
  public record Count(long rows, long events) {
    /** Rows that were stored more than once. */
    public long duplicates() {
      return rows - events;
    }

    /** The sum. */
    public Count plus(Count other) {
      return new Count(rows + other.rows, events + other.events);
    }
  }

  /** Counts one client's table. */
  public Count count(String database) {
    GenericRecord row =
        query(
                "SELECT count() AS n, uniqExact(event_id) AS ids FROM "
                    + ClickHouseClients.quoted(database)
                    + ".events_base")
            .getFirst();
    return new Count(row.getLong("n"), row.getLong("ids"));
  }

  /** Counts the tables of several clients. */
  public Count count(List<String> databases) {
    Count sum = new Count(0, 0);
    for (String database : databases) {
      sum = sum.plus(count(database));
    }
    return sum;
  }

  /** All rows of any query; identifiers in it must be of the caller's own making. */
  public List<GenericRecord> query(String sql) {
    return client.queryAll(sql);
  }

  @Override
  public void close() {
    client.close();
  }
}
