package io.penstock.local.demo;

import io.penstock.core.refusal.Reason;
import io.penstock.local.count.DeadLetterCount;
import io.penstock.local.count.StoredEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Accounts for every event that was sent.
 *
 * @param rows by client, the largest first, and then what names no client of ours
 * @param deadLetters by reason
 * @param expected what the dead letters by reason should be
 */
record Account(List<Row> rows, Map<String, Long> deadLetters, Map<String, Long> expected) {
  /**
   * One client's part.
   *
   * @param stored distinct events in the client's database
   * @param duplicated rows in it that repeat an event
   */
  record Row(String client, long sent, long stored, long deadLetters, long duplicated) {
    /** Events that are neither stored nor a dead letter. */
    long lost() {
      return sent - stored - deadLetters;
    }
  }

  Account {
    rows = List.copyOf(rows);
    deadLetters = new TreeMap<>(deadLetters);
    expected = new TreeMap<>(expected);
  }

  /** Counts in ClickHouse and in the dead-letter topic themselves. */
  static Account settle(
      List<DemoClient> clients, Publisher.Sent sent, StoredEvents stored, DeadLetterCount dead) {
    Map<String, Long> sentElsewhere = new TreeMap<>(sent.byClient());
    Map<String, Long> deadElsewhere = new TreeMap<>(dead.byClient());
    List<Row> rows = new ArrayList<>();
    for (DemoClient client : clients) {
      StoredEvents.Count count = stored.count(client.database());
      rows.add(
          new Row(
              client.id(),
              take(sentElsewhere, client.id()),
              count.events(),
              take(deadElsewhere, client.id()),
              count.duplicates()));
    }
    rows.add(new Row("(no client)", sum(sentElsewhere), 0, sum(deadElsewhere), 0));
    Map<String, Long> expected = new TreeMap<>();
    sent.bad().forEach((Reason reason, Long count) -> expected.put(reason.name(), count));
    return new Account(rows, dead.byReason(), expected);
  }

  private static long take(Map<String, Long> counts, String client) {
    Long count = counts.remove(client);
    return count == null ? 0 : count;
  }

  private static long sum(Map<String, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  /** The sums, with all dead letters that there are. */
  Row all() {
    return new Row(
        "all",
        rows.stream().mapToLong(Row::sent).sum(),
        rows.stream().mapToLong(Row::stored).sum(),
        sum(deadLetters),
        rows.stream().mapToLong(Row::duplicated).sum());
  }

  /** Whether each client's events are all accounted for, once, and each refusal has its reason. */
  boolean addsUp() {
    return rows.stream().allMatch(row -> row.lost() == 0)
        && all().duplicated == 0
        && deadLetters.equals(expected);
  }
}
