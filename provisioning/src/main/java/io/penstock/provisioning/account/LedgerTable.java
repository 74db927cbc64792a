package io.penstock.provisioning.account;

import io.penstock.core.clickhouse.ClickHouseClients;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The ledger's table, asked over JDBC; what is added up, ClickHouse adds up. Not thread-safe.
 *
 * @param connection not closed here
 * @param name with its database, quoted
 */
public record LedgerTable(Connection connection, String name) implements LetterAccount.Entries {
  /** So many ranges are told apart; there may be more. */
  public static final int MAX_GAPS = 1_000;

  static LedgerTable of(Connection connection, String database) {
    return new LedgerTable(connection, ClickHouseClients.quoted(database) + ".ledger");
  }

  /** Rows of one partition for one client in one table, as the ledger has them. */
  record Sum(long rows, long digest) {
    static final Sum NONE = new Sum(0, 0);
  }

  @FunctionalInterface
  interface RowReader<R> {
    R read(ResultSet row) throws SQLException;
  }

  <R> List<R> query(String sql, RowReader<R> reader) throws SQLException {
    List<R> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery(sql)) {
      while (answer.next()) {
        rows.add(reader.read(answer));
      }
    }
    return rows;
  }

  /** Each entry with its number in its partition, and how far the entries before it reach. */
  private String chained(Span span) {
    return """
    (
      SELECT *,
        row_number() OVER (PARTITION BY topic_id, partition ORDER BY start_offset) AS number,
        max(end_offset) OVER (PARTITION BY topic_id, partition ORDER BY start_offset
          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
      FROM
      (
        SELECT topic_id, partition, start_offset, end_offset, stored, dead_letters, not_delivered,
          lost_expired, lost_with_topic, lost_discarded
        FROM %s FINAL
        WHERE %s
      )
    )\
    """
        .formatted(name, span.condition(name));
  }

  /** Each partition that has entries. */
  List<Covered> covered(Span span) throws SQLException {
    return query(
        """
        SELECT topic_id, partition, min(start_offset), max(end_offset), sum(stored), sum(dead_letters),
          sum(not_delivered), sum(lost_expired), sum(lost_with_topic), sum(lost_discarded),
          sumIf(start_offset - reached, number > 1 AND start_offset > reached),
          sumIf(least(reached, end_offset) - start_offset, number > 1 AND start_offset < reached),
          count()
        FROM %s
        GROUP BY topic_id, partition
        ORDER BY topic_id, partition
        SETTINGS max_bytes_before_external_sort = 1000000000\
        """
            .formatted(chained(span)),
        row ->
            new Covered(
                row.getString(1),
                row.getInt(2),
                row.getLong(3),
                row.getLong(4),
                row.getLong(5),
                row.getLong(6),
                row.getLong(7),
                row.getLong(8),
                row.getLong(9),
                row.getLong(10),
                row.getLong(11),
                row.getLong(12),
                row.getLong(13)));
  }

  /**
   * Of each partition, by {@link Covered#key}, where the entries begin all of whose records came
   * from then on; without partitions that have none.
   */
  @Override
  public Map<String, Long> startsSince(Instant time) throws SQLException {
    Map<String, Long> starts = new HashMap<>();
    var _ =
        query(
            "SELECT topic_id, partition, min(start_offset) FROM %s WHERE coalesce(first_at, written_at) >= %s GROUP BY topic_id, partition"
                .formatted(name, Span.time(time)),
            row -> starts.put(Covered.key(row.getString(1), row.getInt(2)), row.getLong(3)));
    return starts;
  }

  @Override
  public void letters(Covered range, LetterAccount.EntryReader reader) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet answer =
            statement.executeQuery(
                "SELECT start_offset, end_offset, dead_letters FROM %s FINAL WHERE %s AND dead_letters > 0 ORDER BY start_offset"
                    .formatted(
                        name,
                        inRange(range.topicId(), range.partition(), range.from(), range.to())))) {
      while (answer.next()) {
        reader.entry(answer.getLong(1), answer.getLong(2), answer.getLong(3));
      }
    }
  }

  /** The ranges of a partition that several entries share, since offsets were moved back there. */
  List<Gap> readAgain(Span span, Covered of) throws SQLException {
    return query(
        """
        SELECT min(start_offset) AS first, max(end_offset) FROM
        (
          SELECT start_offset, end_offset, sum(number = 1 OR start_offset >= reached)
            OVER (ORDER BY start_offset ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS island
          FROM %s
          WHERE topic_id = %s AND partition = %d
        )
        GROUP BY island HAVING count() > 1 ORDER BY first\
        """
            .formatted(chained(span), ClickHouseClients.text(of.topicId()), of.partition()),
        row ->
            new Gap(
                of.topicId(),
                of.partition(),
                row.getLong(1),
                row.getLong(2),
                "read again after offsets had been moved: two entries, so they are not compared"));
  }

  /** The ranges that no entry has, and those that are lost; {@link #MAX_GAPS} at most. */
  List<Gap> gaps(Span span) throws SQLException {
    List<Gap> gaps =
        query(
            """
            SELECT topic_id, partition, reached, start_offset FROM %s
            WHERE number > 1 AND start_offset > reached
            ORDER BY topic_id, partition, start_offset
            LIMIT %d
            SETTINGS max_bytes_before_external_sort = 1000000000\
            """
                .formatted(chained(span), MAX_GAPS),
            row ->
                new Gap(
                    row.getString(1),
                    row.getInt(2),
                    row.getLong(3),
                    row.getLong(4),
                    "no entry: nobody can say what became of them"));
    gaps.addAll(
        query(
            """
            SELECT topic_id, partition, start_offset, end_offset, lost_expired, lost_with_topic, lost_discarded
            FROM %s FINAL
            WHERE %s AND lost_expired + lost_with_topic + lost_discarded > 0
            ORDER BY topic_id, partition, start_offset
            LIMIT %d\
            """
                .formatted(name, span.condition(name), MAX_GAPS),
            row ->
                new Gap(
                    row.getString(1),
                    row.getInt(2),
                    row.getLong(3),
                    row.getLong(4),
                    lost(row.getLong(5), row.getLong(6), row.getLong(7)))));
    return gaps;
  }

  private static String lost(long expired, long withTopic, long discarded) {
    List<String> parts = new ArrayList<>();
    if (expired > 0) {
      parts.add("%,d lost: deleted by Kafka before they were read".formatted(expired));
    }
    if (withTopic > 0) {
      parts.add("%,d lost: deleted with their topic before they were stored".formatted(withTopic));
    }
    if (discarded > 0) {
      parts.add("%,d lost: too large for any dead letter, and discarded".formatted(discarded));
    }
    return String.join("; ", parts);
  }

  /** What the ledger says of one client. */
  List<Share> share(Span span, String client) throws SQLException {
    String id = ClickHouseClients.text(client);
    return query(
        """
        SELECT 'stored' AS what, table_name AS detail, sum(count) FROM
          (SELECT line.2 AS table_name, line.3 AS count FROM
            (SELECT arrayJoin(arrayFilter(l -> l.1 = %1$s, arrayZip(rows.client, rows.table_name, rows.count))) AS line
              FROM %2$s FINAL WHERE %3$s))
        GROUP BY detail
        UNION ALL
        SELECT 'dead letter' AS what, reason AS detail, sum(count) FROM
          (SELECT line.2 AS reason, line.3 AS count FROM
            (SELECT arrayJoin(arrayFilter(l -> l.1 = %1$s, arrayZip(letters.client, letters.reason, letters.count))) AS line
              FROM %2$s FINAL WHERE %3$s))
        GROUP BY detail
        ORDER BY what DESC, detail\
        """
            .formatted(id, name, span.condition(name)),
        row -> new Share(row.getString(1), row.getString(2), row.getLong(3)));
  }

  /**
   * How much of something a client has.
   *
   * @param what {@code stored}, in rows, or {@code dead letter}, in records
   * @param detail the table, or the reason
   * @param count of them
   */
  public record Share(String what, String detail, long count) {}

  /** The entries of a partition that begin in {@code [from, to)}: where blocks may be cut apart. */
  List<Long> starts(String topicId, int partition, long from, long to, int limit)
      throws SQLException {
    return query(
        "SELECT start_offset FROM %s FINAL WHERE %s ORDER BY start_offset LIMIT %d"
            .formatted(name, inRange(topicId, partition, from, to), limit),
        row -> row.getLong(1));
  }

  /** Whether the block that begins there was deleted with its topic before it was committed. */
  boolean isLostWithTopic(String topicId, int partition, long start) throws SQLException {
    return !query(
            "SELECT 1 FROM %s FINAL WHERE %s AND lost_with_topic > 0"
                .formatted(name, inRange(topicId, partition, start, start + 1)),
            row -> row.getInt(1))
        .isEmpty();
  }

  /** The start of the entry in the middle of those that begin in {@code (from, to)}; -1: none. */
  long middle(String topicId, int partition, long from, long to) throws SQLException {
    List<Long> middle =
        query(
            "SELECT quantileExactOrNull(0.5)(start_offset) FROM %s FINAL WHERE %s"
                .formatted(name, inRange(topicId, partition, from + 1, to)),
            row -> {
              long start = row.getLong(1);
              return row.wasNull() ? -1 : start;
            });
    return middle.getFirst();
  }

  /** What the entries that begin in {@code [from, to)} say of one client's table. */
  Sum sum(String topicId, int partition, long from, long to, String client, String table)
      throws SQLException {
    return query(
            """
            SELECT sum(line.3), sumWithOverflow(line.4) FROM
              (SELECT arrayJoin(arrayFilter(l -> l.1 = %s AND l.2 = %s,
                  arrayZip(rows.client, rows.table_name, rows.count, rows.digest))) AS line
                FROM %s FINAL WHERE %s)\
            """
                .formatted(
                    ClickHouseClients.text(client),
                    ClickHouseClients.text(table),
                    name,
                    inRange(topicId, partition, from, to)),
            row -> new Sum(row.getLong(1), unsigned(row, 2)))
        .getFirst();
  }

  static long unsigned(ResultSet row, int column) throws SQLException {
    String text = row.getString(column);
    return text == null ? 0 : Long.parseUnsignedLong(text);
  }

  private static String inRange(String topicId, int partition, long from, long to) {
    return "topic_id = %s AND partition = %d AND start_offset >= %d AND start_offset < %d"
        .formatted(ClickHouseClients.text(topicId), partition, from, to);
  }
}
