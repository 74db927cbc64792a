package io.penstock.provisioning.account;

import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.ledger.OffsetDigest;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * A client's table, as what stands in it tells. Not thread-safe.
 *
 * @param connection to the client's target; not closed here
 * @param name with its database, quoted
 */
record ClientTable(Connection connection, String name) {
  /** So many rows of one block are looked at. */
  private static final int MAX_OFFSETS = 1_000_000;

  /** Rows of a partition, those that are there twice counted twice. */
  record PartitionSum(String topicId, int partition, LedgerTable.Sum sum) {}

  private static String range(String topicId, int partition, long from, long to) {
    return "(source_topic_id = %s AND source_partition = %d AND source_offset >= %d AND source_offset < %d)"
        .formatted(ClickHouseClients.text(topicId), partition, from, to);
  }

  private <R> List<R> query(String sql, LedgerTable.RowReader<R> reader) throws SQLException {
    List<R> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery(sql)) {
      while (answer.next()) {
        rows.add(reader.read(answer));
      }
    }
    return rows;
  }

  /** What there is in each of these ranges. */
  List<PartitionSum> sums(List<Covered> ranges) throws SQLException {
    List<String> conditions =
        ranges.stream()
            .map(one -> range(one.topicId(), one.partition(), one.from(), one.to()))
            .toList();
    return query(
        "SELECT source_topic_id, source_partition, count(), %s FROM %s WHERE %s GROUP BY source_topic_id, source_partition"
            .formatted(OffsetDigest.sql("source_offset"), name, String.join(" OR ", conditions)),
        row ->
            new PartitionSum(
                row.getString(1),
                row.getInt(2),
                new LedgerTable.Sum(row.getLong(3), LedgerTable.unsigned(row, 4))));
  }

  LedgerTable.Sum sum(String topicId, int partition, long from, long to) throws SQLException {
    return query(
            "SELECT count(), %s FROM %s WHERE %s"
                .formatted(
                    OffsetDigest.sql("source_offset"), name, range(topicId, partition, from, to)),
            row -> new LedgerTable.Sum(row.getLong(1), LedgerTable.unsigned(row, 2)))
        .getFirst();
  }

  /** The offsets of the rows in a range, in order, as often as they are there. */
  List<Long> offsets(String topicId, int partition, long from, long to) throws SQLException {
    return query(
        "SELECT source_offset FROM %s WHERE %s ORDER BY source_offset LIMIT %d"
            .formatted(name, range(topicId, partition, from, to), MAX_OFFSETS),
        row -> row.getLong(1));
  }

  /** Which of these events have a row, wherever its record stood. */
  Set<UUID> having(Collection<UUID> eventIds) throws SQLException {
    if (eventIds.isEmpty()) {
      return Set.of();
    }
    String ids =
        eventIds.stream()
            .map(id -> ClickHouseClients.text(id.toString()))
            .collect(Collectors.joining(", "));
    return Set.copyOf(
        query(
            "SELECT DISTINCT toString(event_id) FROM %s WHERE event_id IN (%s)"
                .formatted(name, ids),
            row -> UUID.fromString(row.getString(1))));
  }
}
