package io.penstock.delivery;

import io.penstock.core.deadletter.Failure;
import io.penstock.core.intake.IncomingRecord;
import io.penstock.core.refusal.Reason;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * What the ledger is told of a partition's records that are not durable yet: which offsets had a
 * record, which were refused and why, which Kafka had deleted, and in which hours they came. It
 * takes no memory for each record, but for each run of offsets without a gap, each refusal and each
 * change of the hour. Used by one stream thread.
 */
final class Tally {
  private static final long HOUR_MILLIS = Duration.ofHours(1).toMillis();

  /** Runs {@code [from, to)} of offsets whose records are finished: from at 2i, to at 2i + 1. */
  private long[] runs = new long[16];

  private int runEnds;

  private final Deque<Refused> refused = new ArrayDeque<>();
  private final List<Hour> hours = new ArrayList<>();
  private final List<long[]> expired = new ArrayList<>();
  private long firstMillis = -1;
  private long lastMillis = -1;

  /** A record that became a dead letter at once. */
  private record Refused(long offset, String client, Reason reason) {}

  /** From this offset on, records came in the hour that began then. */
  record Hour(long from, long millis) {}

  /**
   * What there is below an offset.
   *
   * @param records that are finished
   * @param refused of these, how many were refused
   * @param expired offsets that Kafka had deleted
   * @param hours in which they came, the first from the range's first offset on
   * @param firstMillis when the first came; -1: there is none
   * @param lastMillis when the last came, or one behind it that is finished, too
   */
  record Counts(
      long records,
      long refused,
      long expired,
      List<Hour> hours,
      long firstMillis,
      long lastMillis) {}

  /** Sees what was refused. */
  @FunctionalInterface
  interface RefusedReader {
    void refused(long offset, String client, Reason reason);
  }

  private static long hourOf(long millis) {
    return Math.floorDiv(millis, HOUR_MILLIS) * HOUR_MILLIS;
  }

  /** A record was refused, or its rows were added; records come in the order of their offsets. */
  void finished(IncomingRecord record) {
    long offset = record.offset();
    if (runEnds > 0 && runs[runEnds - 1] == offset) {
      runs[runEnds - 1] = offset + 1;
    } else {
      if (runEnds == runs.length) {
        runs = Arrays.copyOf(runs, 2 * runEnds);
      }
      runs[runEnds] = offset;
      runs[runEnds + 1] = offset + 1;
      runEnds += 2;
    }
    long millis = record.timestampMillis();
    firstMillis = firstMillis < 0 ? millis : firstMillis;
    lastMillis = millis;
    long hour = hourOf(millis);
    if (hours.isEmpty() || hours.getLast().millis() != hour) {
      hours.add(new Hour(offset, hour));
    }
  }

  /** The record becomes a dead letter; it is finished next. */
  void refused(IncomingRecord record, Failure why) {
    String client = why.client();
    refused.add(
        new Refused(
            record.offset(),
            client == null || why.reason() == Reason.UNKNOWN_CLIENT ? "" : client,
            why.reason()));
  }

  /** Kafka had deleted the records {@code [from, to)} before they were read. */
  void expired(long from, long to) {
    expired.add(new long[] {from, to});
  }

  /** What there is below {@code end}. */
  Counts below(long end) {
    long records = 0;
    for (int i = 0; i < runEnds; i += 2) {
      records += Math.max(0, Math.min(runs[i + 1], end) - runs[i]);
    }
    long gone = 0;
    for (long[] range : expired) {
      gone += Math.max(0, Math.min(range[1], end) - range[0]);
    }
    return new Counts(
        records,
        refused.stream().filter(one -> one.offset < end).count(),
        gone,
        hours.stream().filter(hour -> hour.from < end).toList(),
        records == 0 ? -1 : firstMillis,
        records == 0 ? -1 : lastMillis);
  }

  /** Shows what was refused below {@code end}, in order. */
  void refusedBelow(long end, RefusedReader reader) {
    for (Refused one : refused) {
      if (one.offset >= end) {
        return;
      }
      reader.refused(one.offset, one.client, one.reason);
    }
  }

  /** What lies below {@code end} is durable and written down. */
  void drop(long end) {
    int kept = 0;
    for (int i = 0; i < runEnds; i += 2) {
      if (runs[i + 1] > end) {
        runs[kept] = Math.max(runs[i], end);
        runs[kept + 1] = runs[i + 1];
        kept += 2;
      }
    }
    runEnds = kept;
    refused.removeIf(one -> one.offset < end);
    for (Iterator<long[]> i = expired.iterator(); i.hasNext(); ) {
      long[] range = i.next();
      range[0] = Math.max(range[0], end);
      if (range[0] >= range[1]) {
        i.remove();
      }
    }
    // The hour of the record that comes next, unless it says otherwise, is that of the last one.
    while (hours.size() > 1 && hours.get(1).from <= end) {
      hours.removeFirst();
    }
    if (runEnds == 0) {
      hours.clear();
    }
    firstMillis = runEnds == 0 ? -1 : lastMillis;
  }
}
