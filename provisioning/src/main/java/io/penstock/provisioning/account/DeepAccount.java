package io.penstock.provisioning.account;

import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.client.ClientStatus;
import io.penstock.core.ledger.OffsetDigest;
import io.penstock.core.metadata.ClientRow;
import io.penstock.core.rows.EventRows;
import io.penstock.provisioning.account.Difference.Kind;
import io.penstock.provisioning.account.LedgerTable.Sum;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.target.ClickHouseTargets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Compares what the ledger says with the rows that stand in clients' tables: by sums and digests of
 * whole partitions, which ClickHouse makes; where they differ, by halves, down to a block; and
 * there by offset. Used once; not thread-safe.
 */
public final class DeepAccount implements AutoCloseable {
  /** So many blocks are looked into; there may be more. */
  private static final int MAX_BLOCKS = 200;

  private static final String TABLE = EventRows.TABLE.name();

  private final LedgerTable ledger;
  private final ClickHouseTargets targets;
  private final Records records;
  private final Map<String, Connection> connections = new HashMap<>();
  private final Map<String, ClientTable> tables = new HashMap<>();
  private final List<Difference> differences = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private long compared;
  private int blocks;

  /** A place in Kafka whose record may say why its row is gone. */
  @FunctionalInterface
  public interface Records {
    /** The id of the event at an offset; null: Kafka does not have the record any more. */
    @Nullable UUID eventId(String topicId, int partition, long offset);
  }

  /** A client's rows in one block, against what the ledger says. */
  private record Suspect(ClientRow client, Sum expected, List<Long> found) {}

  /**
   * What was found.
   *
   * @param rows how many rows were compared
   * @param differences those that are not as the ledger says; what was replaced is one, too
   * @param notes what could not be compared, a sentence each
   */
  public record Found(long rows, List<Difference> differences, List<String> notes) {}

  /**
   * @param ledger on a connection that is not closed here
   * @param targets where clients' databases are
   */
  public DeepAccount(LedgerTable ledger, ClickHouseTargets targets, Records records) {
    this.ledger = ledger;
    this.targets = targets;
    this.records = records;
  }

  /**
   * Compares the rows of these clients in these ranges.
   *
   * @param clients all that there are, whatever their status
   * @throws SQLException if the ledger cannot be asked; a client that cannot be is a note
   */
  public Found compare(List<Covered> covered, List<ClientRow> clients) throws SQLException {
    List<Covered> ranges = new ArrayList<>();
    for (Covered one : covered) {
      if (one.readAgain() > 0) {
        notes.add(
            "partition %d: %,d offsets were read again after offsets had been moved; its rows are not compared"
                .formatted(one.partition(), one.readAgain()));
      } else {
        ranges.add(one);
      }
    }
    if (ranges.isEmpty()) {
      return new Found(0, differences, notes);
    }
    Map<String, Map<String, Sum>> expected = expected(ranges);
    Map<String, ClientRow> byId = new HashMap<>();
    clients.forEach(client -> byId.put(client.clientId(), client));
    for (String client : expected.keySet()) {
      if (!byId.containsKey(client)) {
        notes.add(
            client.isEmpty()
                ? "some entries have more clients than they name; these rows are not compared"
                : "client %s is in the ledger and not in PostgreSQL; its rows are not compared"
                    .formatted(client));
      }
    }
    Map<Covered, Set<ClientRow>> differing = new HashMap<>();
    for (ClientRow client : clients) {
      Map<String, Sum> ofLedger = expected.getOrDefault(client.clientId(), Map.of());
      if (client.status() == ClientStatus.DEPROVISIONED
          || client.status() == ClientStatus.PENDING) {
        if (!ofLedger.isEmpty()) {
          notes.add(
              "client %s is %s: its %,d rows went with its database"
                  .formatted(
                      client.clientId(),
                      client.status().text(),
                      ofLedger.values().stream().mapToLong(Sum::rows).sum()));
        }
        continue;
      }
      try {
        compare(client, ranges, ofLedger, differing);
      } catch (SQLException | StepFailed e) {
        notes.add(
            "client %s: its table cannot be asked: %s"
                .formatted(client.clientId(), StepFailed.firstLine(e)));
      }
    }
    for (Map.Entry<Covered, Set<ClientRow>> one : differing.entrySet()) {
      Set<Long> starts = new TreeSet<>();
      for (ClientRow client : one.getValue()) {
        bisect(client, one.getKey(), one.getKey().from(), one.getKey().to(), starts);
      }
      for (long start : starts) {
        look(one.getKey(), start, one.getValue());
      }
    }
    if (blocks >= MAX_BLOCKS) {
      notes.add("only the first %d blocks that differ were looked into".formatted(MAX_BLOCKS));
    }
    return new Found(compared, differences, notes);
  }

  private static String key(String topicId, int partition) {
    return topicId + " " + partition;
  }

  /** By client, then by partition: what the ledger says. */
  private Map<String, Map<String, Sum>> expected(List<Covered> ranges) throws SQLException {
    Map<String, Map<String, Sum>> expected = new HashMap<>();
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
                    ledger.name(), String.join(" OR ", conditions), ClickHouseClients.text(TABLE)),
            row ->
                expected
                    .computeIfAbsent(row.getString(3), any -> new HashMap<>())
                    .put(
                        key(row.getString(1), row.getInt(2)),
                        new Sum(row.getLong(4), LedgerTable.unsigned(row, 5))));
    return expected;
  }

  private void compare(
      ClientRow client,
      List<Covered> ranges,
      Map<String, Sum> ofLedger,
      Map<Covered, Set<ClientRow>> differing)
      throws SQLException, StepFailed {
    Map<String, Sum> found = new HashMap<>();
    for (ClientTable.PartitionSum sum : table(client).sums(ranges)) {
      found.put(key(sum.topicId(), sum.partition()), sum.sum());
    }
    for (Covered one : ranges) {
      String key = key(one.topicId(), one.partition());
      Sum should = ofLedger.getOrDefault(key, Sum.NONE);
      compared += should.rows();
      if (!should.equals(found.getOrDefault(key, Sum.NONE))) {
        differing.computeIfAbsent(one, any -> new HashSet<>()).add(client);
      }
    }
  }

  private ClientTable table(ClientRow client) throws SQLException, StepFailed {
    ClientTable known = tables.get(client.clientId());
    if (known != null) {
      return known;
    }
    Connection connection = connections.get(client.target());
    if (connection == null) {
      connection = targets.get(client.target()).connect();
      connections.put(client.target(), connection);
    }
    ClientTable table =
        new ClientTable(connection, ClickHouseClients.quoted(client.database()) + "." + TABLE);
    tables.put(client.clientId(), table);
    return table;
  }

  private ClientTable opened(ClientRow client) {
    ClientTable table = tables.get(client.clientId());
    if (table == null) {
      throw new IllegalStateException(client.clientId() + " was not compared");
    }
    return table;
  }

  /** Adds the starts of blocks in {@code [from, to)} in which a client's rows differ. */
  private void bisect(ClientRow client, Covered of, long from, long to, Set<Long> starts)
      throws SQLException {
    if (starts.size() + blocks >= MAX_BLOCKS) {
      return;
    }
    Sum should = ledger.sum(of.topicId(), of.partition(), from, to, client.clientId(), TABLE);
    Sum is = opened(client).sum(of.topicId(), of.partition(), from, to);
    if (should.equals(is)) {
      return;
    }
    long middle = ledger.middle(of.topicId(), of.partition(), from, to);
    if (middle <= from) {
      starts.add(from);
      return;
    }
    bisect(client, of, from, middle, starts);
    bisect(client, of, middle, to, starts);
  }

  /** Looks into one block, for all clients whose rows differ somewhere in the partition. */
  private void look(Covered of, long start, Set<ClientRow> clients) throws SQLException {
    blocks++;
    List<Long> next = ledger.starts(of.topicId(), of.partition(), start + 1, of.to(), 1);
    long end = next.isEmpty() ? of.to() : next.getFirst();
    List<Suspect> suspects = new ArrayList<>();
    for (ClientRow client : clients) {
      Sum should = ledger.sum(of.topicId(), of.partition(), start, end, client.clientId(), TABLE);
      List<Long> found = opened(client).offsets(of.topicId(), of.partition(), start, end);
      suspects.add(new Suspect(client, should, found));
    }
    Map<Long, ClientRow> surplus = new HashMap<>();
    Map<Long, ClientRow> missing = new HashMap<>();
    for (Suspect suspect : suspects) {
      judge(of, start, end, suspect, missing, surplus);
    }
    missing.forEach((offset, client) -> {
      ClientRow holder = surplus.remove(offset);
      add(
          client,
          of,
          start,
          end,
          offset,
          1,
          holder == null ? Kind.MISSING : Kind.ASTRAY,
          holder == null
              ? "the ledger says that it is stored, and it is not there"
              : "its row stands in the table of client " + holder.clientId());
    });
    surplus.forEach((offset, client) ->
        add(
            client,
            of,
            start,
            end,
            offset,
            1,
            Kind.TOO_MANY,
            "it is there, and the ledger does not say so"));
    explain();
  }

  private void judge(
      Covered of,
      long start,
      long end,
      Suspect suspect,
      Map<Long, ClientRow> missing,
      Map<Long, ClientRow> surplus) {
    Set<Long> distinct = new HashSet<>();
    long digest = 0;
    for (long offset : suspect.found) {
      if (distinct.add(offset)) {
        digest += OffsetDigest.mix(offset);
      } else {
        add(suspect.client, of, start, end, offset, 1, Kind.TWICE, "its row is there twice");
      }
    }
    long fewer = suspect.expected.rows() - distinct.size();
    long rest = suspect.expected.digest() - digest;
    if (fewer == 0 && rest == 0) {
      return;
    }
    Swap swap = swap(fewer, rest, start, end, distinct);
    if (swap != null) {
      swap.missing.forEach(offset -> missing.put(offset, suspect.client));
      swap.surplus.forEach(offset -> surplus.put(offset, suspect.client));
      return;
    }
    add(
        suspect.client,
        of,
        start,
        end,
        null,
        Math.max(1, Math.abs(fewer)),
        fewer < 0 ? Kind.TOO_MANY : Kind.MISSING,
        fewer == 0
            ? "as many rows as the ledger says, and others"
            : "%,d rows, and %,d by the ledger"
                .formatted(distinct.size(), suspect.expected.rows()));
  }

  /** Offsets that a block lacks, and offsets that it has too many. */
  record Swap(List<Long> missing, List<Long> surplus) {}

  /**
   * Up to two rows that are missing or too many can be told from the digest alone: what is left of
   * it is what they add.
   *
   * @param fewer how many more rows there should be
   * @param rest what their digest should have besides
   * @return null if there are more, so that nobody can tell
   */
  static @Nullable Swap swap(long fewer, long rest, long start, long end, Set<Long> distinct) {
    if (fewer == 1) {
      long one = OffsetDigest.unmix(rest);
      return isMissing(one, start, end, distinct) ? new Swap(List.of(one), List.of()) : null;
    }
    if (fewer == -1) {
      long one = OffsetDigest.unmix(-rest);
      return distinct.contains(one) ? new Swap(List.of(), List.of(one)) : null;
    }
    if (fewer == 0) {
      for (long extra : distinct) {
        long one = OffsetDigest.unmix(rest + OffsetDigest.mix(extra));
        if (isMissing(one, start, end, distinct)) {
          return new Swap(List.of(one), List.of(extra));
        }
      }
    }
    if (fewer == 2) {
      for (long one = start; one < end; one++) {
        long other = OffsetDigest.unmix(rest - OffsetDigest.mix(one));
        if (!distinct.contains(one) && other > one && isMissing(other, start, end, distinct)) {
          return new Swap(List.of(one, other), List.of());
        }
      }
    }
    if (fewer == -2) {
      for (long one : distinct) {
        long other = OffsetDigest.unmix(-rest - OffsetDigest.mix(one));
        if (other != one && distinct.contains(other)) {
          return new Swap(List.of(), List.of(one, other));
        }
      }
    }
    return null;
  }

  private static boolean isMissing(long offset, long start, long end, Set<Long> distinct) {
    return offset >= start && offset < end && !distinct.contains(offset);
  }

  private void add(
      ClientRow client,
      Covered of,
      long start,
      long end,
      @Nullable Long offset,
      long rows,
      Kind kind,
      String what) {
    differences.add(
        new Difference(
            client.clientId(), of.topicId(), of.partition(), start, end, offset, rows, kind, what));
  }

  /** The table keeps one row of an event that came twice: the other one is not missing. */
  private void explain() throws SQLException {
    for (int i = 0; i < differences.size(); i++) {
      Difference one = differences.get(i);
      Long offset = one.offset();
      if (one.kind() != Kind.MISSING || offset == null) {
        continue;
      }
      UUID event = records.eventId(one.topicId(), one.partition(), offset);
      ClientTable table = tables.get(one.client());
      if (event != null && table != null && table.hasEvent(event)) {
        differences.set(
            i,
            new Difference(
                one.client(),
                one.topicId(),
                one.partition(),
                one.from(),
                one.to(),
                offset,
                1,
                Kind.REPLACED,
                "a later row of the same event, %s, has taken its place".formatted(event)));
      }
    }
  }

  @Override
  public void close() {
    for (Connection connection : connections.values()) {
      try {
        connection.close();
      } catch (SQLException e) {
        notes.add("a connection to ClickHouse was not closed: " + e.getMessage());
      }
    }
  }
}
