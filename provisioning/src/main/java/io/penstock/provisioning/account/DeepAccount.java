package io.penstock.provisioning.account;

import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.clickhouse.ClickHouseErrors;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.metadata.ClientRow;
import io.penstock.provisioning.account.Difference.Kind;
import io.penstock.provisioning.account.LedgerTable.Sum;
import io.penstock.provisioning.job.StepFailed;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Compares what the ledger says with the rows that stand in clients' tables: by sums and digests of
 * whole partitions, which ClickHouse makes; where they differ, by halves, down to a block; and
 * there by offset. What is older than its client's retention is not compared. Used once; not
 * thread-safe.
 */
final class DeepAccount {
  /** So many blocks are looked into; there may be more. */
  private static final int MAX_BLOCKS = 200;

  private final LedgerTable ledger;
  private final ClientTables tables;
  private final BlockLook.Records records;
  private final long nowMillis;
  private final List<Difference> differences = new ArrayList<>();
  private final List<String> explained = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private long compared;
  private long expired;
  private int blocks;

  /**
   * What was found.
   *
   * @param rows how many rows were compared
   * @param expired how many were not, since their clients' retention is over
   * @param differences those that are not as the ledger says; what was replaced is one, too
   * @param explained what is not there and need not be, a sentence each
   * @param notes what could not be compared, a sentence each
   */
  record Found(
      long rows,
      long expired,
      List<Difference> differences,
      List<String> explained,
      List<String> notes) {}

  /**
   * @param ledger on a connection that is not closed here
   * @param tables not closed here
   * @param now by which retentions are over
   */
  DeepAccount(LedgerTable ledger, ClientTables tables, BlockLook.Records records, Instant now) {
    this.ledger = ledger;
    this.tables = tables;
    this.records = records;
    this.nowMillis = now.toEpochMilli();
  }

  /**
   * Compares the rows of these clients in these ranges.
   *
   * @param ranges of which no offset has two entries; several of a partition in their order
   * @param clients all that there are, whatever their status
   * @throws SQLException if the ledger cannot be asked; a client that cannot be is a note
   * @throws StepFailed if a target that has answered cannot be used any more
   */
  Found compare(List<Covered> ranges, List<KnownClient> clients) throws SQLException, StepFailed {
    Map<String, Map<String, Sum>> all = expected(ranges);
    Set<String> strangers = new TreeSet<>(all.keySet());
    clients.forEach(client -> strangers.remove(client.row().clientId()));
    for (String client : strangers) {
      notes.add(
          client.isEmpty()
              ? "some entries have more clients than they name; these rows are not compared"
              : "client %s is in the ledger and not in PostgreSQL; its rows are not compared"
                  .formatted(client));
    }
    Map<List<Covered>, List<ClientRow>> byRanges = new HashMap<>();
    Map<Instant, List<Covered>> kept = new HashMap<>();
    for (KnownClient client : clients) {
      long rows = rows(all.getOrDefault(client.row().clientId(), Map.of()));
      if (hasTable(client, rows)) {
        List<Covered> its = kept.get(client.keptSince());
        if (its == null) {
          its = since(ranges, client.keptSince());
          kept.put(client.keptSince(), its);
        }
        byRanges.computeIfAbsent(its, any -> new ArrayList<>()).add(client.row());
        expired += rows;
      }
    }
    Map<String, Map<ClientRow, List<Covered>>> differing = new HashMap<>();
    for (Map.Entry<List<Covered>, List<ClientRow>> group : byRanges.entrySet()) {
      List<Covered> its = group.getKey();
      Map<String, Map<String, Sum>> expected = its.equals(ranges) ? all : expected(its);
      for (ClientRow client : group.getValue()) {
        Map<String, Sum> ofLedger = expected.getOrDefault(client.clientId(), Map.of());
        expired -= rows(ofLedger);
        try {
          compare(client, its, ofLedger, differing);
        } catch (SQLException | StepFailed e) {
          cannotAsk(client, its, ofLedger, e);
        }
      }
    }
    for (Map<ClientRow, List<Covered>> partition : differing.values()) {
      look(partition);
    }
    if (blocks >= MAX_BLOCKS) {
      notes.add("only the first %d blocks that differ were looked into".formatted(MAX_BLOCKS));
    }
    return new Found(compared, expired, differences, explained, notes);
  }

  private static Map<String, List<Covered>> partitions(List<Covered> ranges) {
    return ranges.stream().collect(Collectors.groupingBy(Covered::key));
  }

  /**
   * A client's table is not there, or does not answer. Where none of its rows should be there, none
   * is missing; what is astray there, its owner misses.
   */
  private void cannotAsk(
      ClientRow client, List<Covered> ranges, Map<String, Sum> ofLedger, Exception why) {
    if (rows(ofLedger) == 0) {
      return;
    }
    if (!(why instanceof SQLException sql) || !ClickHouseErrors.isNotThere(sql.getErrorCode())) {
      notes.add(
          "client %s: its table cannot be asked: %s"
              .formatted(client.clientId(), StepFailed.firstLine(why)));
      return;
    }
    for (List<Covered> partition : partitions(ranges).values()) {
      Covered first = partition.getFirst();
      long rows = ofLedger.getOrDefault(first.key(), Sum.NONE).rows();
      if (rows > 0) {
        compared += rows;
        differences.add(
            new Difference(
                client.clientId(),
                first.topicId(),
                first.partition(),
                first.from(),
                partition.getLast().to(),
                null,
                rows,
                Kind.MISSING,
                "%,d rows by the ledger, and the client's table is not there".formatted(rows)));
      }
    }
  }

  private static long rows(Map<String, Sum> sums) {
    return sums.values().stream().mapToLong(Sum::rows).sum();
  }

  /** Whether a client's table should be there; if not, the rows that went with it are told. */
  private boolean hasTable(KnownClient client, long rows) {
    ClientStatus status = client.row().status();
    if (client.dropped() != null) {
      if (rows > 0) {
        explained.add(
            "client %s: %,d rows went with its database, which was dropped (audit log: %s)"
                .formatted(client.row().clientId(), rows, client.dropped()));
      }
      return false;
    }
    if (status == ClientStatus.DEPROVISIONED || status == ClientStatus.PENDING) {
      if (rows > 0) {
        notes.add(
            "client %s is %s, and the audit log does not say where its %,d rows are"
                .formatted(client.row().clientId(), status.text(), rows));
      }
      return false;
    }
    return true;
  }

  /** The ranges without the blocks that begin before a time. */
  private List<Covered> since(List<Covered> ranges, Instant time) throws SQLException {
    Map<String, Long> starts = ledger.startsSince(time);
    return ranges.stream()
        .map(range -> range.part(starts.getOrDefault(range.key(), Long.MAX_VALUE), range.to()))
        .filter(Objects::nonNull)
        .toList();
  }

  /** By client, then by partition: what the ledger says. */
  private Map<String, Map<String, Sum>> expected(List<Covered> ranges) throws SQLException {
    Map<String, Map<String, Sum>> expected = new HashMap<>();
    if (ranges.isEmpty()) {
      return expected;
    }
    List<String> conditions =
        ranges.stream()
            .map(one ->
                "(topic_id = %s AND partition = %d AND start_offset >= %d AND start_offset < %d)"
                    .formatted(
                        ClickHouseClients.text(one.topicId()),
                        one.partition(),
                        one.from(),
                        one.to()))
            .toList();
    var _ =
        ledger.query(
            """
            SELECT topic_id, partition, line.1 AS client, sum(line.3), sumWithOverflow(line.4) FROM
              (SELECT topic_id, partition,
                  arrayJoin(arrayZip(rows.client, rows.table_name, rows.count, rows.digest)) AS line
                FROM %s FINAL WHERE %s)
            WHERE line.2 IN (%s, '')
            GROUP BY topic_id, partition, client\
            """
                .formatted(
                    ledger.name(),
                    String.join(" OR ", conditions),
                    ClickHouseClients.text(ClientTables.NAME)),
            row ->
                expected
                    .computeIfAbsent(row.getString(3), any -> new HashMap<>())
                    .put(
                        Covered.key(row.getString(1), row.getInt(2)),
                        new Sum(row.getLong(4), LedgerTable.unsigned(row, 5))));
    return expected;
  }

  private void compare(
      ClientRow client,
      List<Covered> ranges,
      Map<String, Sum> ofLedger,
      Map<String, Map<ClientRow, List<Covered>>> differing)
      throws SQLException, StepFailed {
    if (ranges.isEmpty()) {
      return;
    }
    Map<String, Sum> found = new HashMap<>();
    for (ClientTable.PartitionSum sum : tables.of(client).sums(ranges)) {
      found.put(Covered.key(sum.topicId(), sum.partition()), sum.sum());
    }
    for (Map.Entry<String, List<Covered>> one : partitions(ranges).entrySet()) {
      Sum should = ofLedger.getOrDefault(one.getKey(), Sum.NONE);
      compared += should.rows();
      if (!should.equals(found.getOrDefault(one.getKey(), Sum.NONE))) {
        differing.computeIfAbsent(one.getKey(), any -> new HashMap<>()).put(client, one.getValue());
      }
    }
  }

  /** Adds the starts of blocks in {@code [from, to)} in which a client's rows differ. */
  private void bisect(ClientRow client, Covered of, long from, long to, Map<Long, Covered> starts)
      throws SQLException, StepFailed {
    if (starts.size() + blocks >= MAX_BLOCKS) {
      return;
    }
    Sum should =
        ledger.sum(of.topicId(), of.partition(), from, to, client.clientId(), ClientTables.NAME);
    Sum is = tables.of(client).sum(of.topicId(), of.partition(), from, to);
    if (should.equals(is)) {
      return;
    }
    long middle = ledger.middle(of.topicId(), of.partition(), from, to);
    if (middle <= from) {
      starts.put(from, of);
      return;
    }
    bisect(client, of, from, middle, starts);
    bisect(client, of, middle, to, starts);
  }

  /** Looks into the blocks of a partition in which rows of these clients differ. */
  private void look(Map<ClientRow, List<Covered>> clients) throws SQLException, StepFailed {
    Map<Long, Covered> starts = new TreeMap<>();
    for (Map.Entry<ClientRow, List<Covered>> client : clients.entrySet()) {
      for (Covered of : client.getValue()) {
        bisect(client.getKey(), of, of.from(), of.to(), starts);
      }
    }
    for (Map.Entry<Long, Covered> one : starts.entrySet()) {
      blocks++;
      long start = one.getKey();
      Covered of = one.getValue();
      List<Long> next = ledger.starts(of.topicId(), of.partition(), start + 1, of.to(), 1);
      long end = next.isEmpty() ? of.to() : next.getFirst();
      Map<ClientRow, Sum> expected = new HashMap<>();
      for (Map.Entry<ClientRow, List<Covered>> client : clients.entrySet()) {
        if (client.getValue().stream().anyMatch(range -> range.has(start))) {
          String id = client.getKey().clientId();
          expected.put(
              client.getKey(),
              ledger.sum(of.topicId(), of.partition(), start, end, id, ClientTables.NAME));
        }
      }
      List<Difference> found =
          new BlockLook(of, start, end, records, nowMillis).look(expected, tables);
      boolean isSurplus = found.stream().anyMatch(row -> row.kind() == Kind.TOO_MANY);
      boolean isSaved = isSurplus && ledger.isLostWithTopic(of.topicId(), of.partition(), start);
      for (Difference row : found) {
        differences.add(
            isSaved && row.kind() == Kind.TOO_MANY
                ? row.as(Kind.SAVED, "the ledger counts it as lost with its topic, and it is there")
                : row);
      }
    }
  }
}
