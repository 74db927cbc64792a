package io.penstock.provisioning.account;

import io.penstock.core.clickhouse.ClickHouseClients;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which blocks are meant.
 *
 * @param partition null: all
 * @param since blocks with a record from then on, by the broker's time; null: from the first
 * @param until blocks with a record before then; null: up to the last
 */
public record Span(
    String topic, @Nullable Integer partition, @Nullable Instant since, @Nullable Instant until) {
  /** The same as a condition on the ledger's table. */
  String condition() {
    StringBuilder sql = new StringBuilder("topic = ").append(ClickHouseClients.text(topic));
    if (partition != null) {
      sql.append(" AND partition = ").append(partition.intValue());
    }
    if (since != null) {
      sql.append(" AND coalesce(last_at, written_at) >= ").append(time(since));
    }
    if (until != null) {
      sql.append(" AND coalesce(first_at, written_at) < ").append(time(until));
    }
    return sql.toString();
  }

  /** A time in SQL. */
  static String time(Instant time) {
    return "fromUnixTimestamp64Milli(toInt64(%d), 'UTC')".formatted(time.toEpochMilli());
  }
}
