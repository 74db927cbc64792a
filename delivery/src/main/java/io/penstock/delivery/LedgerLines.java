package io.penstock.delivery;

import io.penstock.core.ledger.LedgerEntry;
import io.penstock.core.ledger.LedgerEntry.Letters;
import io.penstock.core.ledger.LedgerEntry.Rows;
import io.penstock.core.ledger.OffsetDigest;
import io.penstock.core.refusal.Reason;
import io.penstock.delivery.block.TableReceipt;
import io.penstock.delivery.block.TableRows;
import io.penstock.delivery.block.Unstored;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Adds up an entry's lines: rows by client, table and hour, letters by client, reason and hour.
 * What is beyond {@link LedgerEntry#MAX_LINES} loses its client and table. Not thread-safe.
 */
final class LedgerLines {
  private final List<Tally.Hour> hours;
  private final Map<RowKey, RowSum> rows = new LinkedHashMap<>();
  private final Map<LetterKey, Long> letters = new LinkedHashMap<>();

  private record RowKey(String client, String table, long hourMillis) {}

  private record LetterKey(String client, String reason, long hourMillis) {}

  private static final class RowSum {
    long count;
    long digest;
  }

  /**
   * @param hours in which the block's records came, in the order of their offsets
   */
  LedgerLines(List<Tally.Hour> hours) {
    this.hours = hours;
  }

  /** A record became a dead letter. */
  void letter(long offset, String client, Reason reason) {
    LetterKey key = new LetterKey(client, reason.name(), hours.get(hour(offset, 0)).millis());
    if (letters.size() >= LedgerEntry.MAX_LINES && !letters.containsKey(key)) {
      key = new LetterKey("", reason.name(), key.hourMillis);
    }
    letters.merge(key, 1L, Long::sum);
  }

  /** The stored rows of one client's table. */
  void rows(TableReceipt table) {
    TableRows all = table.block().rows();
    Iterator<Unstored> unstored = table.unstored().iterator();
    int skipped = unstored.hasNext() ? unstored.next().row() : -1;
    int hour = -1;
    long hourEnds = Long.MIN_VALUE;
    RowSum sum = new RowSum();
    for (int row = 0; row < table.block().count(); row++) {
      if (row == skipped) {
        skipped = unstored.hasNext() ? unstored.next().row() : -1;
        continue;
      }
      long offset = all.offset(row);
      if (offset >= hourEnds) {
        hour = hour(offset, Math.max(hour, 0));
        hourEnds = hour + 1 < hours.size() ? hours.get(hour + 1).from() : Long.MAX_VALUE;
        sum = sum(table.block().client().clientId(), all.table().name(), hours.get(hour).millis());
      }
      sum.count++;
      sum.digest += OffsetDigest.mix(offset);
    }
  }

  private RowSum sum(String client, String table, long hourMillis) {
    RowKey key = new RowKey(client, table, hourMillis);
    if (rows.size() >= LedgerEntry.MAX_LINES && !rows.containsKey(key)) {
      key = new RowKey("", "", hourMillis);
    }
    return rows.computeIfAbsent(key, any -> new RowSum());
  }

  /** Which of the hours an offset's record came in, at or behind this one. */
  private int hour(long offset, int from) {
    int hour = from;
    while (hour + 1 < hours.size() && hours.get(hour + 1).from() <= offset) {
      hour++;
    }
    return hour;
  }

  /** The lines of rows. */
  List<Rows> rows() {
    List<Rows> lines = new ArrayList<>(rows.size());
    rows.forEach((key, sum) ->
        lines.add(
            new Rows(
                key.client,
                key.table,
                Instant.ofEpochMilli(key.hourMillis),
                sum.count,
                sum.digest)));
    return lines;
  }

  /** The lines of letters. */
  List<Letters> letters() {
    List<Letters> lines = new ArrayList<>(letters.size());
    letters.forEach((key, records) ->
        lines.add(
            new Letters(key.client, key.reason, Instant.ofEpochMilli(key.hourMillis), records)));
    return lines;
  }
}
