package io.penstock.provisioning.account;

import io.penstock.core.client.Retention;
import io.penstock.core.ledger.OffsetDigest;
import io.penstock.core.metadata.ClientRow;
import io.penstock.provisioning.account.Difference.Kind;
import io.penstock.provisioning.account.LedgerTable.Sum;
import io.penstock.provisioning.job.StepFailed;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Says of the rows of one block which are not as the ledger says, by their offsets as far as that
 * can be told, and why, as far as Kafka still has their records. Used once; not thread-safe.
 */
final class BlockLook {
  /** So many rows of a client are named one by one. */
  private static final int MAX_NAMED = 100;

  /** So many records of a client that are not in its table are remembered. */
  private static final int MAX_CANDIDATES = 10_000;

  private static final long DAY_MILLIS = 86_400_000;

  private static final String UNTOLD =
      "; Kafka does not have the records any more that would tell whether their own time was over";

  private final Covered of;
  private final long start;
  private final long end;
  private final Records records;
  private final long nowMillis;
  private final List<Difference> found = new ArrayList<>();
  private final Map<Long, Suspect> missing = new HashMap<>();
  private final Map<Long, Suspect> surplus = new HashMap<>();
  private boolean hasRecords;

  /** Records in Kafka, which may say why their rows are gone. */
  @FunctionalInterface
  interface Records {
    /**
     * Hands out the events of {@code [from, to)}, as far as records are events.
     *
     * @return false: Kafka does not have all of them any more
     */
    boolean read(String topicId, int partition, long from, long to, Consumer<Sent> reader);
  }

  /**
   * An event as it stands in Kafka.
   *
   * @param client whose it claims to be
   * @param timeMillis its own time
   * @param arrivedMillis when the broker first took it
   * @param recordMillis when the broker took this record
   */
  record Sent(
      long offset,
      String client,
      UUID eventId,
      long timeMillis,
      long arrivedMillis,
      long recordMillis) {
    /** Whether its time is over. */
    boolean isOver(Retention retention, long nowMillis) {
      long from = retention.from() == Retention.From.ARRIVAL ? arrivedMillis : timeMillis;
      return from < nowMillis - retention.days() * DAY_MILLIS;
    }

    /** Whether it was refused for that, if the client had this retention when it came. */
    boolean cameTooLate(Retention retention) {
      return retention.isOver(timeMillis, arrivedMillis, recordMillis);
    }
  }

  /** A client's rows in the block, against what the ledger says. */
  private static final class Suspect {
    final ClientRow client;
    final ClientTable table;
    final Sum expected;
    final Set<Long> offsets = new HashSet<>();

    /** Records of the client that have no row: those that lack one, and those that were refused. */
    final Map<Long, Sent> candidates = new HashMap<>();

    long fewer;
    long rest;

    Suspect(ClientRow client, ClientTable table, Sum expected) {
      this.client = client;
      this.table = table;
      this.expected = expected;
    }
  }

  /**
   * @param start of the block, and {@code end} behind it
   * @param nowMillis by which retentions are over
   */
  BlockLook(Covered of, long start, long end, Records records, long nowMillis) {
    this.of = of;
    this.start = start;
    this.end = end;
    this.records = records;
    this.nowMillis = nowMillis;
  }

  /**
   * Looks at the rows of these clients.
   *
   * @param clients with what the ledger says of each
   */
  List<Difference> look(Map<ClientRow, Sum> clients, ClientTables tables)
      throws SQLException, StepFailed {
    List<Suspect> suspects = new ArrayList<>();
    for (Map.Entry<ClientRow, Sum> one : clients.entrySet()) {
      ClientTable table = tables.of(one.getKey());
      Suspect suspect = new Suspect(one.getKey(), table, one.getValue());
      count(suspect, table.offsets(of.topicId(), of.partition(), start, end));
      if (suspect.fewer != 0 || suspect.rest != 0) {
        suspects.add(suspect);
      }
    }
    readAgain(suspects);
    for (Suspect suspect : suspects) {
      judge(suspect);
    }
    pair();
    return found;
  }

  private void count(Suspect suspect, List<Long> offsets) {
    long digest = 0;
    for (long offset : offsets) {
      if (suspect.offsets.add(offset)) {
        digest += OffsetDigest.mix(offset);
      } else {
        add(suspect, offset, 1, Kind.TWICE, "its row is there twice");
      }
    }
    suspect.fewer = suspect.expected.rows() - suspect.offsets.size();
    suspect.rest = suspect.expected.digest() - digest;
  }

  private void readAgain(List<Suspect> suspects) {
    Map<String, Suspect> byClient = new HashMap<>();
    for (Suspect suspect : suspects) {
      byClient.put(suspect.client.clientId(), suspect);
    }
    hasRecords =
        !suspects.isEmpty()
            && records.read(
                of.topicId(),
                of.partition(),
                start,
                end,
                sent -> {
                  Suspect suspect = byClient.get(sent.client);
                  if (suspect != null
                      && !suspect.offsets.contains(sent.offset)
                      && suspect.candidates.size() < MAX_CANDIDATES) {
                    suspect.candidates.put(sent.offset, sent);
                  }
                });
  }

  /**
   * Explains what is missing by retention, by events that came again, or not at all. Records that
   * were refused may seem to be of either kind; then their digest does not fit.
   */
  private void judge(Suspect suspect) throws SQLException {
    Retention retention = suspect.client.retention();
    Collection<Sent> all = suspect.candidates.values();
    List<Sent> over = all.stream().filter(sent -> sent.isOver(retention, nowMillis)).toList();
    List<Sent> accepted = over.stream().filter(sent -> !sent.cameTooLate(retention)).toList();
    Set<UUID> present =
        suspect.table.having(all.stream().map(Sent::eventId).collect(Collectors.toSet()));
    for (List<Sent> gone : List.of(over, accepted, List.<Sent>of())) {
      Set<Sent> explained = Set.copyOf(gone);
      List<Sent> replaced =
          all.stream()
              .filter(sent -> present.contains(sent.eventId) && !explained.contains(sent))
              .toList();
      if (explain(suspect, gone, replaced) || explain(suspect, gone, List.of())) {
        return;
      }
    }
    if (isAll(suspect, suspect.candidates.values()) && suspect.fewer <= MAX_NAMED) {
      suspect.candidates.keySet().forEach(offset -> missing.put(offset, suspect));
      return;
    }
    boolean isUntold =
        suspect.fewer > 0
            && !hasRecords
            && suspect.client.retention().from() == Retention.From.EVENT_TIME;
    add(
        suspect,
        null,
        Math.max(1, Math.abs(suspect.fewer)),
        suspect.fewer < 0 ? Kind.TOO_MANY : isUntold ? Kind.UNTOLD : Kind.MISSING,
        (suspect.fewer == 0
                ? "as many rows as the ledger says, and others"
                : "%,d rows, and %,d by the ledger"
                    .formatted(suspect.offsets.size(), suspect.expected.rows()))
            + (isUntold ? UNTOLD : ""));
  }

  /**
   * Whether all that differs is told by these, and by two rows besides whose offsets the digest
   * tells.
   */
  private boolean explain(Suspect suspect, List<Sent> over, List<Sent> replaced) {
    long rest = suspect.rest - digest(over) - digest(replaced);
    long fewer = suspect.fewer - over.size() - replaced.size();
    Swap swap = Swap.of(fewer, rest, start, end, suspect.offsets);
    if (swap == null) {
      return false;
    }
    addAll(suspect, over, Kind.EXPIRED, "its client's retention was over");
    addAll(suspect, replaced, Kind.REPLACED, "another row of the same event has taken its place");
    swap.missing().forEach(offset -> missing.put(offset, suspect));
    swap.surplus().forEach(offset -> surplus.put(offset, suspect));
    return true;
  }

  private static long digest(Collection<Sent> rows) {
    return rows.stream().mapToLong(sent -> OffsetDigest.mix(sent.offset)).sum();
  }

  private static boolean isAll(Suspect suspect, Collection<Sent> rows) {
    return rows.size() == suspect.fewer && digest(rows) == suspect.rest;
  }

  private void addAll(Suspect suspect, List<Sent> rows, Kind kind, String what) {
    if (rows.size() > MAX_NAMED) {
      add(suspect, null, rows.size(), kind, "%,d rows: %s".formatted(rows.size(), what));
      return;
    }
    rows.forEach(sent -> add(suspect, sent.offset, 1, kind, what));
  }

  /** What one client lacks and another has too many stands in the wrong table. */
  private void pair() {
    missing.forEach((offset, suspect) -> {
      Suspect holder = surplus.remove(offset);
      if (holder != null) {
        add(
            suspect,
            offset,
            1,
            Kind.ASTRAY,
            "its row stands in the table of client " + holder.client.clientId());
      } else if (!hasRecords && suspect.client.retention().from() == Retention.From.EVENT_TIME) {
        add(suspect, offset, 1, Kind.UNTOLD, "its row is not there" + UNTOLD);
      } else {
        add(
            suspect,
            offset,
            1,
            Kind.MISSING,
            "the ledger says that it is stored, and it is not there");
      }
    });
    surplus.forEach((offset, suspect) ->
        add(suspect, offset, 1, Kind.TOO_MANY, "it is there, and the ledger does not say so"));
  }

  private void add(Suspect suspect, @Nullable Long offset, long rows, Kind kind, String what) {
    found.add(
        new Difference(
            suspect.client.clientId(),
            of.topicId(),
            of.partition(),
            start,
            end,
            offset,
            rows,
            kind,
            what));
  }
}
