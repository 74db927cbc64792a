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
 * @param joined also each partition's last block before {@code since}, so that what is missing
 *     behind it is seen
 */
public record Span(
    String topic,
    @Nullable Integer partition,
    @Nullable Instant since,
    @Nullable Instant until,
    boolean joined) {
  /** Without a block from before {@code since}. */
  public Span(
      String topic, @Nullable Integer partition, @Nullable Instant since, @Nullable Instant until) {
    this(topic, partition, since, until, false);
  }

  /**
   * The same as a condition on the ledger's table.
   *
   * @param table its name
   */
  String condition(String table) {
    StringBuilder sql = new StringBuilder("topic = ").append(ClickHouseClients.text(topic));
    if (partition != null) {
      sql.append(" AND partition = ").append(partition.intValue());
    }
    if (since != null) {
      String within = "coalesce(last_at, written_at) >= " + time(since);
      sql.append(" AND (").append(within);
      if (joined) {
        sql.append(
            " OR (topic_id, partition, start_offset) IN (SELECT topic_id, partition, max(start_offset) FROM %s WHERE topic = %s AND NOT %s GROUP BY topic_id, partition)"
                .formatted(table, ClickHouseClients.text(topic), within));
      }
      sql.append(')');
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
