package io.penstock.provisioning.doctor;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One ClickHouse target as it answered. Databases and tables of the system are left out.
 *
 * @param lackingRights of those that the jobs and the router need; null: this version cannot tell
 * @param accessManagement whether users can be made by SQL; null: this version cannot tell
 * @param mergeTree the server's settings of MergeTree tables, as far as they are judged
 * @param events the tables {@code events_base}
 * @param ledgers databases that have a table of the ledger's name
 * @param damage of clients' tables
 * @param unread system tables that could not be read, with the reason
 */
record ClickHouseFacts(
    String version,
    ClockReading clock,
    @Nullable List<String> lackingRights,
    @Nullable Boolean accessManagement,
    boolean asyncInsert,
    Map<String, Long> mergeTree,
    Set<String> databases,
    int tables,
    List<EventsTable> events,
    List<String> ledgers,
    List<Parts> parts,
    List<Disk> disks,
    List<Detached> detached,
    List<Replica> replicas,
    List<Mutation> mutations,
    Damage damage,
    List<String> unread) {
  private static final Pattern OLD_TTL =
      Pattern.compile(" TTL toDateTime\\(event_time\\) \\+ toIntervalDay\\((\\d{1,9})\\)");
  private static final Pattern SETTING = Pattern.compile("\\b([a-z_]+) = '?(\\d+)'?");

  /**
   * A client's table.
   *
   * @param engineFull as {@code system.tables} has it: its own settings stand at its end
   */
  record EventsTable(String database, String engine, String engineFull) {
    /** The table's own settings that are numbers. */
    Map<String, Long> settings() {
      int settings = engineFull.lastIndexOf(" SETTINGS ");
      Map<String, Long> found = new HashMap<>();
      Matcher matcher = SETTING.matcher(settings < 0 ? "" : engineFull.substring(settings));
      while (matcher.find()) {
        found.put(matcher.group(1), Long.parseLong(matcher.group(2)));
      }
      return found;
    }

    /**
     * The days of a TTL as releases before V003 made it, which wraps in 2106; 0 if the TTL is
     * another.
     */
    long daysOfTtlThatWraps() {
      Matcher ttl = OLD_TTL.matcher(engineFull);
      return ttl.find() ? Long.parseLong(ttl.group(1)) : 0;
    }

    boolean replicated() {
      return engine.startsWith("Replicated") || engine.startsWith("Shared");
    }
  }

  /** Active parts of a table: of its partition with the most, and of all. */
  record Parts(String database, String table, String partition, long most, long all) {}

  /** Bytes. */
  record Disk(String name, long free, long total) {}

  /** Parts that were detached for one reason; an empty reason means that an operator did so. */
  record Detached(String table, String reason, long parts) {}

  /** A replica that takes no inserts, or is behind. */
  record Replica(String table, boolean readOnly, long delaySeconds) {}

  /** Mutations of a table that are not done. */
  record Mutation(String table, long count, long ageSeconds, String failure) {}

  /**
   * Views and columns that clients' databases lack.
   *
   * @param withoutView databases without the view {@code events}
   * @param lackingColumns tables with the columns that they lack of those that routers write
   * @param openViews materialized views, each with the table of its rows that has no deduplication
   *     window of its own
   */
  record Damage(List<String> withoutView, List<String> lackingColumns, List<String> openViews) {
    static final Damage NONE = new Damage(List.of(), List.of(), List.of());
  }

  /** Databases that have a client's table. */
  Set<String> databasesWithEvents() {
    Set<String> names = new TreeSet<>();
    events.forEach(table -> names.add(table.database()));
    return names;
  }
}
