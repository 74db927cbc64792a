package io.penstock.dlq.forecast;

import io.penstock.core.client.ClientMetadata;
import io.penstock.core.metadata.TargetTable;
import io.penstock.core.refusal.Reason;
import io.penstock.core.rows.RowSearch;
import io.penstock.core.rows.RowSearch.Range;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Tries rows on the targets of their clients, and finds out how many rows of a batch are bad. Each
 * bad row takes some inserts to find, so the number of inserts is bounded; beyond the bound, a
 * sample of the batch stands for its other rows. Not thread-safe.
 */
final class Trials implements AutoCloseable {
  static final String STORED = "stored";

  /** Inserts to find the rows at fault within all batches; each takes millis. */
  private static final int SEARCH_OF_ALL = 2_000;

  /** How many rows stand for the rest of a batch, and how many once there were many batches. */
  private static final int SAMPLE = 20;

  private static final int SMALL_SAMPLE = 4;
  private static final int NAMED = 5;

  private final ClientsNow clients;
  private final Map<String, TrialTarget> targets = new HashMap<>();
  private final SortedMap<String, String> problems = new TreeMap<>();
  private final SortedMap<String, List<String>> untried = new TreeMap<>();
  private final SortedMap<String, Refusals> refusals = new TreeMap<>();
  private final SplittableRandom random = new SplittableRandom(1);
  private int searchLeft = SEARCH_OF_ALL;
  private long estimated;

  /** Counts what became of rows. */
  interface Tally {
    /** So many rows have this outcome; the detail is an example's, for a person. */
    void count(String outcome, long rows, String detail);
  }

  private static final class Refusals {
    long tried;
    long refused;
  }

  Trials(ClientsNow clients) {
    this.clients = clients;
  }

  /** Tries all rows of a client. */
  void attempt(ClientMetadata client, TrialRows rows, Tally tally) {
    int count = rows.count();
    TrialTarget target;
    switch (clients.target(client.target())) {
      case TargetTable.Missing missing -> {
        tally.count(Reason.CLIENT_UNAVAILABLE.name(), count, missing.problem());
        return;
      }
      case TargetTable.Unusable(String name, String problem) -> {
        problems.put(
            name, "The ClickHouse target \"%s\" cannot be used here: %s".formatted(name, problem));
        tally.count(waits(name), count, problem);
        return;
      }
      case TargetTable.Usable(String name, var config) ->
          target =
              targets.computeIfAbsent(
                  name, key -> new TrialTarget(key, config, clients.databases()));
    }
    refusals.computeIfAbsent(client.clientId(), _ -> new Refusals()).tried += count;
    search(client, target, rows, tally);
  }

  private void settle(ClientMetadata client, TrialResult result, long rows, Tally tally) {
    if (rows == 0) {
      return;
    }
    switch (result) {
      case TrialResult.Taken() -> tally.count(STORED, rows, place(client));
      case TrialResult.RowsRejected(String detail) -> {
        refusals.computeIfAbsent(client.clientId(), _ -> new Refusals()).refused += rows;
        tally.count(Reason.ROW_REJECTED.name(), rows, detail);
      }
      case TrialResult.Unclear _, TrialResult.ClientTrouble _ ->
          tally.count(Reason.CLIENT_UNAVAILABLE.name(), rows, result.detail());
      case TrialResult.Down(String detail) -> tally.count(waits(client.target()), rows, detail);
      case TrialResult.Untried(String why) -> {
        List<String> names = untried.computeIfAbsent(why, _ -> new ArrayList<>());
        if (!names.contains(client.clientId()) && names.size() <= NAMED) {
          names.add(client.clientId());
        }
        tally.count(STORED, rows, place(client) + "; the row was not tried: " + why);
      }
    }
  }

  /** Finds out what becomes of each row of a batch, as a router does. */
  private void search(ClientMetadata client, TrialTarget target, TrialRows rows, Tally tally) {
    RowSearch search =
        new RowSearch(new Range(0, rows.count()), Math.min(RowSearch.MAX_SPLITS, searchLeft / 2));
    String unclear = "";
    for (Range range = search.next(); range != null; range = search.next()) {
      TrialResult result = target.insert(client.database(), rows, range.from(), range.to());
      if (range.size() < rows.count()) {
        searchLeft--;
      }
      RowSearch.Step found = RowSearch.Step.GOES_ON;
      switch (result) {
        case TrialResult.RowsRejected refused -> found = search.refused(range);
        case TrialResult.Unclear(String detail) -> {
          unclear = detail;
          found = search.unclear(range);
        }
        case TrialResult.Taken taken -> {
          search.taken();
          settle(client, result, range.size(), tally);
        }
        case TrialResult.ClientTrouble _, TrialResult.Down _, TrialResult.Untried _ ->
            settle(client, result, range.size(), tally);
      }
      switch (found) {
        case GOES_ON -> {}
        case BAD_ROW -> settle(client, new TrialResult.RowsRejected(result.detail()), 1, tally);
        case CLIENT -> settle(client, new TrialResult.ClientTrouble(unclear), range.size(), tally);
        case TOO_MANY -> {
          List<Range> rest = search.undecided();
          sample(
              client,
              target,
              rows,
              range.from(),
              rest.isEmpty() ? range.to() : rest.getLast().to(),
              tally);
          return;
        }
      }
    }
    for (Range suspect : search.undecided()) {
      settle(client, new TrialResult.ClientTrouble(unclear), suspect.size(), tally);
    }
  }

  /** Lets a few rows stand for the last ones of a batch. */
  private void sample(
      ClientMetadata client, TrialTarget target, TrialRows rows, int from, int to, Tally tally) {
    int size = to - from;
    int tried = Math.min(searchLeft > 0 ? SAMPLE : SMALL_SAMPLE, size);
    searchLeft -= tried;
    int done = 0;
    for (int i = 1; i <= tried; i++) {
      int share = (int) ((long) size * i / tried) - done;
      // Not every so many rows: letters may repeat in the same rhythm.
      int row = from + done + random.nextInt(share);
      settle(client, target.insert(client.database(), rows, row, row + 1), share, tally);
      done += share;
    }
    estimated += size - tried;
  }

  private static String waits(String target) {
    return "waits: ClickHouse target " + target + " does not answer";
  }

  private static String place(ClientMetadata client) {
    return "in %s on the ClickHouse target \"%s\"".formatted(client.database(), client.target());
  }

  /**
   * What a person has to know of the counts.
   *
   * @param rejectMaxPercent the routers' {@code penstock.router.reject.max.percent}
   */
  List<String> notices(int rejectMaxPercent) {
    List<String> notices = new ArrayList<>(problems.values());
    untried.forEach(
        (why, names) -> notices.add("rows were not tried: %s (%s)".formatted(why, some(names))));
    if (estimated > 0) {
      notices.add(
          "Many rows would be refused; %,d of them were not tried one by one but judged by samples, so that the counts of stored and ROW_REJECTED are estimates."
              .formatted(estimated));
    }
    List<String> parked =
        refusals.entrySet().stream()
            .filter(entry -> isMost(entry.getValue(), rejectMaxPercent))
            .map(Map.Entry::getKey)
            .toList();
    if (!parked.isEmpty()) {
      notices.add(
          "More than %d %% of the rows would be refused of %s: what a router inserts together it then parks together (CLIENT_UNAVAILABLE), good rows included, rather than reject its rows one by one."
              .formatted(rejectMaxPercent, some(parked)));
    }
    return notices;
  }

  private static boolean isMost(Refusals refusals, int percent) {
    // A router rejects ten rows of an insert one by one, whatever share of it they are.
    return refusals.refused > 10 && refusals.refused * 100 > refusals.tried * percent;
  }

  /** The first few names. */
  static String some(List<String> names) {
    return names.size() <= NAMED
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, NAMED)) + " and more";
  }

  @Override
  public void close() {
    @Nullable RuntimeException failed = null;
    for (TrialTarget target : targets.values()) {
      try {
        target.close();
      } catch (RuntimeException e) {
        failed = e;
      }
    }
    if (failed != null) {
      throw failed;
    }
  }
}
