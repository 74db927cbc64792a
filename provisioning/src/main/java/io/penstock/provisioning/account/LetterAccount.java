package io.penstock.provisioning.account;

import io.penstock.core.deadletter.LetterState;
import io.penstock.core.event.Origin;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Looks for each dead letter that the ledger counts in the dead-letter topic: entry by entry, how
 * many of its records have a letter there, or the tombstone of one. A key's last record names the
 * first and the last of its event's records that failed; how many failed between them, it counts.
 * Takes eight bytes of memory for each of these records. Used once; not thread-safe.
 */
final class LetterAccount {
  private static final List<LetterState.What> CODES =
      List.of(
          LetterState.What.OUTSTANDING,
          LetterState.What.REPLAYED,
          LetterState.What.DISCARDED,
          LetterState.What.UNKNOWN);

  private static final int CODE_BITS = 2;

  /** What the ledger says of dead letters. */
  interface Entries {
    /** Of each partition, by {@link Covered#key}, where entries begin that are not older. */
    Map<String, Long> startsSince(Instant time) throws SQLException;

    /** Hands out the entries of a range that have dead letters, in their order. */
    void letters(Covered range, EntryReader reader) throws SQLException;
  }

  /** Takes entries. */
  @FunctionalInterface
  interface EntryReader {
    void entry(long start, long end, long deadLetters);
  }

  private final Entries ledger;
  private final List<Gap> ranges = new ArrayList<>();
  private long counted;
  private long outstanding;
  private long replayed;
  private long discarded;
  private long forgotten;
  private long missing;

  /** What the topic says of the records of one partition. */
  private static final class Places {
    private final List<Covered> ranges;

    /** From here on the topic remembers letters that were settled. */
    private final long remembered;

    /** An offset, and what has become of its letter in the last bits. */
    private long[] places = new long[64];

    private int count;

    /** Records in what is remembered that failed, and whose places no letter tells. */
    private long between;

    Places(List<Covered> ranges, long remembered) {
      this.ranges = ranges;
      this.remembered = remembered;
    }

    void add(long offset, LetterState.What what) {
      if (ranges.stream().noneMatch(range -> range.has(offset))) {
        return;
      }
      if (count == places.length) {
        places = Arrays.copyOf(places, 2 * count);
      }
      places[count++] = offset << CODE_BITS | CODES.indexOf(what);
    }

    long offset(int at) {
      return places[at] >> CODE_BITS;
    }

    LetterState.What what(int at) {
      return CODES.get((int) places[at] & ((1 << CODE_BITS) - 1));
    }
  }

  LetterAccount(Entries ledger) {
    this.ledger = ledger;
  }

  /**
   * Compares.
   *
   * @param covered of which no offset has two entries; several of a partition in their order
   * @param topic hands out what the last record of each key says
   * @param rememberedSince what was settled since then, the topic still tells
   */
  Letters compare(
      List<Covered> covered, Consumer<Consumer<LetterState>> topic, Instant rememberedSince)
      throws SQLException {
    Map<String, Long> remembered = ledger.startsSince(rememberedSince);
    Map<String, Places> partitions = new HashMap<>();
    covered.stream()
        .collect(Collectors.groupingBy(Covered::key))
        .forEach((key, its) ->
            partitions.put(key, new Places(its, remembered.getOrDefault(key, Long.MAX_VALUE))));
    topic.accept(state -> add(partitions, state));
    for (Places partition : partitions.values()) {
      judge(partition);
    }
    return new Letters(counted, outstanding, replayed, discarded, forgotten, missing, ranges);
  }

  private static void add(Map<String, Places> partitions, LetterState state) {
    Origin record = state.record();
    Origin origin = state.origin();
    Places last = of(partitions, record);
    if (record != null && last != null) {
      last.add(record.offset(), state.what());
    }
    if (origin == null || origin.equals(record)) {
      return;
    }
    Places first = of(partitions, origin);
    if (first != null) {
      first.add(origin.offset(), LetterState.What.REPLAYED);
    }
    if (record != null && last != null && record.offset() >= last.remembered) {
      last.between += Math.max(0, state.failures() - 2);
    }
  }

  private static @Nullable Places of(Map<String, Places> partitions, @Nullable Origin record) {
    return record == null
        ? null
        : partitions.get(Covered.key(record.topicId().toString(), record.partition()));
  }

  /** Goes through the entries of a partition and the places of its letters side by side. */
  private void judge(Places partition) throws SQLException {
    Arrays.sort(partition.places, 0, partition.count);
    List<Gap> lacking = new ArrayList<>();
    long[] lack = new long[1];
    int[] at = new int[1];
    for (Covered range : partition.ranges) {
      ledger.letters(
          range,
          (start, end, deadLetters) -> {
            counted += deadLetters;
            long without = Math.max(0, deadLetters - known(partition, at, start, end));
            if (start < partition.remembered) {
              forgotten += without;
            } else if (without > 0) {
              lack[0] += without;
              add(lacking, lacking(range, start, end, deadLetters, without));
            }
          });
    }
    long between = Math.min(partition.between, lack[0]);
    replayed += between;
    missing += lack[0] - between;
    if (lack[0] > between) {
      lacking.forEach(gap -> add(ranges, gap));
    }
  }

  /** Counts the letters of records in {@code [start, end)} by what has become of them. */
  private long known(Places partition, int[] at, long start, long end) {
    while (at[0] < partition.count && partition.offset(at[0]) < start) {
      at[0]++;
    }
    long known = 0;
    for (; at[0] < partition.count && partition.offset(at[0]) < end; at[0]++) {
      long offset = partition.offset(at[0]);
      if (at[0] > 0 && partition.offset(at[0] - 1) == offset) {
        continue; // Under an older release's key as well.
      }
      known++;
      switch (partition.what(at[0])) {
        case OUTSTANDING -> outstanding++;
        case REPLAYED -> replayed++;
        case DISCARDED -> discarded++;
        case UNKNOWN -> {
          missing++;
          add(
              ranges,
              gap(
                  partition.ranges.getFirst(),
                  offset,
                  offset + 1,
                  "its dead letter was ended by a tombstone that no command of Penstock wrote"));
        }
      }
    }
    return known;
  }

  private static Gap lacking(Covered of, long start, long end, long deadLetters, long without) {
    return gap(
        of,
        start,
        end,
        "of %,d dead letters %,d are not in the dead-letter topic, nor how they were settled"
            .formatted(deadLetters, without));
  }

  private static Gap gap(Covered of, long from, long to, String what) {
    return new Gap(of.topicId(), of.partition(), from, to, what);
  }

  private static void add(List<Gap> gaps, Gap gap) {
    if (gaps.size() < LedgerTable.MAX_GAPS) {
      gaps.add(gap);
    }
  }
}
