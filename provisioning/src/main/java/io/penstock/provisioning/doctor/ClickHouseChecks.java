package io.penstock.provisioning.doctor;

import io.penstock.core.client.Retention;
import io.penstock.provisioning.doctor.ClickHouseFacts.Detached;
import io.penstock.provisioning.doctor.ClickHouseFacts.Disk;
import io.penstock.provisioning.doctor.ClickHouseFacts.EventsTable;
import io.penstock.provisioning.doctor.ClickHouseFacts.Mutation;
import io.penstock.provisioning.doctor.ClickHouseFacts.Parts;
import io.penstock.provisioning.doctor.ClickHouseFacts.Replica;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a ClickHouse target's answers mean. The numbers are those of ClickHouse's documentation and
 * of the first migration's comment.
 */
final class ClickHouseChecks {
  /** The number of databases at which ClickHouse warns, and its cloud refuses. */
  private static final int MAX_DATABASES = 1_000;

  private static final int MAX_TABLES = 5_000;
  private static final int MAX_PARTS = 100_000;

  private static final double NEAR = 0.8;

  /** Three inserts a second within {@code max.poll.interval.ms} and the insert's time-out. */
  private static final long MIN_WINDOW = 1_000;

  private static final Duration MIN_WINDOW_SPAN = Duration.ofMinutes(10);
  private static final Duration LONG_MUTATION = Duration.ofHours(1);
  private static final double LOW_DISK = 0.15;
  private static final double FULL_DISK = 0.05;

  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)\\..*");

  private ClickHouseChecks() {}

  /**
   * Judges a target.
   *
   * @param ledger the database that the ledger's table has to be in; null: it is not kept here
   */
  static List<Finding> judge(ClickHouseFacts facts, @Nullable String ledger) {
    Findings findings = new Findings();
    findings.add(Finding.ok(facts.version()));
    findings.add(
        Finding.ok(
            "%,d databases, %,d tables".formatted(facts.databases().size(), facts.tables())));
    judgeVersion(findings, facts.version());
    judgeRights(findings, facts);
    judgeWindows(findings, facts);
    judgeRetention(findings, facts);
    judgeDamage(findings, facts);
    findings.error(
        ledger != null && !facts.ledgers().contains(ledger),
        "the ledger's table %s.ledger is not there; entries wait in their topic".formatted(ledger),
        "./penstock setup");
    judgeParts(findings, facts);
    judgeNumber(findings, facts.databases().size(), MAX_DATABASES, "databases");
    judgeNumber(findings, facts.tables(), MAX_TABLES, "tables");
    judgeNumber(
        findings, facts.parts().stream().mapToLong(Parts::all).sum(), MAX_PARTS, "active parts");
    facts.disks().forEach(disk -> judgeDisk(findings, disk));
    judgeState(findings, facts);
    facts.clock().judge("ClickHouse").ifPresent(findings::add);
    findings.about(
        Finding.note(
            "this user may not read all that is to be checked",
            "GRANT SELECT ON system.* TO the user"),
        facts.unread());
    return findings.all();
  }

  private static void judgeVersion(Findings findings, String version) {
    Matcher numbers = VERSION.matcher(version);
    if (!numbers.matches()) {
      return;
    }
    int release = Integer.parseInt(numbers.group(1)) * 100 + Integer.parseInt(numbers.group(2));
    findings.error(
        release < 2408,
        "ClickHouse " + version + " is older than 24.8, the oldest that is supported",
        "upgrade ClickHouse");
  }

  private static void judgeRights(Findings findings, ClickHouseFacts facts) {
    List<String> lacking = facts.lackingRights();
    if (lacking == null) {
      findings.add(
          Finding.note("this version does not tell which rights the user has", "SHOW GRANTS"));
    } else if (!lacking.isEmpty()) {
      findings.add(
          Finding.warning(
                  "this user lacks rights on all databases", "GRANT them ON *.*, or ON client_*.*")
              .about(lacking));
    }
    findings.note(
        Boolean.FALSE.equals(facts.accessManagement()),
        "no access management by SQL: clients get no users of their own here",
        "on a server, access_management = 1 for this user");
    findings.note(
        facts.asyncInsert(),
        "async_insert is on by default; Penstock's inserts turn it off",
        "other writers of clients' tables should send async_insert=0 too");
  }

  private static void judgeWindows(Findings findings, ClickHouseFacts facts) {
    String statement =
        "ALTER TABLE ID MODIFY SETTING %s = 10000; ./penstock migrate verify shows what else differs";
    findings.about(
        Finding.error(
            "the deduplication window is off: an insert that is repeated is stored twice",
            statement.formatted("non_replicated_deduplication_window")),
        tables(facts, table -> window(facts, table) == 0));
    findings.about(
        Finding.error(
            "the deduplication window is under %,d inserts: one that is repeated late is stored twice"
                .formatted(MIN_WINDOW),
            statement.formatted("non_replicated_deduplication_window")),
        tables(facts, table -> window(facts, table) > 0 && window(facts, table) < MIN_WINDOW));
    findings.about(
        Finding.error(
            "the deduplication window is under %d minutes".formatted(MIN_WINDOW_SPAN.toMinutes()),
            "ALTER TABLE ID MODIFY SETTING replicated_deduplication_window_seconds = 3600"),
        tables(
            facts,
            table ->
                table.replicated()
                    && setting(
                            facts,
                            table.settings(),
                            "replicated_deduplication_window_seconds",
                            3_600)
                        < MIN_WINDOW_SPAN.toSeconds()));
    findings.about(
        Finding.error(
            "the table's engine is no ReplacingMergeTree: rows of one event do not collapse",
            "./penstock migrate verify"),
        tables(facts, table -> !table.engine().endsWith("ReplacingMergeTree")));
  }

  private static void judgeRetention(Findings findings, ClickHouseFacts facts) {
    String remedy =
        "./penstock migrate; where that has nothing to do, ./penstock clients set CLIENT --retention-days DAYS";
    findings.about(
        Finding.error(
            "the table's TTL wraps in 2106: its events are deleted as soon as they are stored",
            remedy),
        tables(facts, table -> table.daysOfTtlThatWraps() > Retention.MAX_DAYS));
    findings.about(
        Finding.warning(
            "the table's TTL wraps in 2106: an event of a later time is deleted as soon as it is stored",
            remedy),
        tables(
            facts,
            table ->
                table.daysOfTtlThatWraps() > 0
                    && table.daysOfTtlThatWraps() <= Retention.MAX_DAYS));
  }

  private static void judgeDamage(Findings findings, ClickHouseFacts facts) {
    findings.about(
        Finding.error(
            "tables lack columns that routers write; their clients' events become dead letters",
            "./penstock migrate repair, or migrate where a migration is missing"),
        facts.damage().lackingColumns());
    findings.about(
        Finding.error("the view that analysts read is missing", "./penstock migrate repair"),
        facts.damage().withoutView());
    if (setting(facts, Map.of(), "non_replicated_deduplication_window", 0) == 0) {
      findings.about(
          Finding.warning(
              "materialized views keep rows in a table without a deduplication window: an insert that is repeated goes through them twice",
              "ALTER TABLE the table after the colon MODIFY SETTING non_replicated_deduplication_window = 10000"),
          facts.damage().openViews());
    }
  }

  /** The deduplication window of a table: its own, else the server's, else ClickHouse's default. */
  private static long window(ClickHouseFacts facts, EventsTable table) {
    return table.replicated()
        ? setting(facts, table.settings(), "replicated_deduplication_window", 10_000)
        : setting(facts, table.settings(), "non_replicated_deduplication_window", 0);
  }

  private static List<String> tables(ClickHouseFacts facts, Predicate<EventsTable> which) {
    return facts.events().stream()
        .filter(which)
        .map(table -> table.database() + ".events_base")
        .sorted()
        .toList();
  }

  private static void judgeParts(Findings findings, ClickHouseFacts facts) {
    Map<String, EventsTable> events = new HashMap<>();
    facts.events().forEach(table -> events.put(table.database(), table));
    List<String> many = new ArrayList<>();
    List<String> tooMany = new ArrayList<>();
    for (Parts parts : facts.parts()) {
      EventsTable table = events.get(parts.database());
      Map<String, Long> own =
          table != null && parts.table().equals("events_base") ? table.settings() : Map.of();
      long delay = setting(facts, own, "parts_to_delay_insert", 1_000);
      long refuse = setting(facts, own, "parts_to_throw_insert", 3_000);
      long total = setting(facts, own, "max_parts_in_total", 100_000);
      String subject =
          "%s.%s: %,d in partition %s, %,d in all"
              .formatted(
                  parts.database(), parts.table(), parts.most(), parts.partition(), parts.all());
      if (near(parts.most(), refuse) || near(parts.all(), total)) {
        tooMany.add(subject);
      } else if (near(parts.most(), delay)) {
        many.add(subject);
      }
    }
    String remedy =
        "fewer, larger inserts (penstock.router.linger.max); look at merges in system.merges";
    findings.about(
        Finding.error("so many parts that ClickHouse refuses inserts, or soon will", remedy),
        tooMany);
    findings.about(
        Finding.warning("so many parts that ClickHouse slows inserts, or soon will", remedy), many);
  }

  private static void judgeNumber(Findings findings, long number, long limit, String what) {
    findings.warning(
        near(number, limit),
        "%,d %s: ClickHouse advises against more than %,d".formatted(number, what, limit),
        "place further clients on another target: ./penstock targets add");
  }

  private static void judgeDisk(Findings findings, Disk disk) {
    if (disk.total() <= 0) {
      return; // object storage
    }
    double free = (double) disk.free() / disk.total();
    if (free >= LOW_DISK) {
      return;
    }
    String what =
        "the disk %s has %.1f of %.1f GiB left"
            .formatted(disk.name(), gib(disk.free()), gib(disk.total()));
    String remedy =
        "a larger disk, or a shorter retention of clients; while it is full, routers hold what they have, and nothing is lost as long as Kafka keeps it";
    findings.add(free < FULL_DISK ? Finding.error(what, remedy) : Finding.warning(what, remedy));
  }

  private static double gib(long bytes) {
    return bytes / (1024.0 * 1024 * 1024);
  }

  private static void judgeState(Findings findings, ClickHouseFacts facts) {
    findings.about(
        Finding.error(
            "replicas are read-only: they take no inserts",
            "look at ClickHouse Keeper; SYSTEM RESTART REPLICA"),
        facts.replicas().stream().filter(Replica::readOnly).map(Replica::table).toList());
    findings.about(
        Finding.warning(
            "replicas are more than five minutes behind", "look at system.replication_queue"),
        facts.replicas().stream().filter(one -> !one.readOnly()).map(Replica::table).toList());
    findings.about(
        Finding.warning(
            "parts were put aside because something is wrong with them",
            "look at system.detached_parts before anything is dropped"),
        facts.detached().stream()
            .filter(one -> one.reason().contains("broken") || one.reason().contains("unexpected"))
            .map(one -> "%s: %d, %s".formatted(one.table(), one.parts(), one.reason()))
            .toList());
    findings.about(
        Finding.note("detached parts take space", "look at system.detached_parts"),
        facts.detached().stream()
            .filter(one -> !one.reason().contains("broken") && !one.reason().contains("unexpected"))
            .map(ClickHouseChecks::described)
            .toList());
    findings.about(
        Finding.warning("mutations fail", "look at system.mutations; KILL MUTATION ends one"),
        facts.mutations().stream()
            .filter(one -> !one.failure().isEmpty())
            .map(one -> one.table() + ": " + one.failure())
            .toList());
    findings.about(
        Finding.note("mutations have run for more than an hour", "look at system.mutations"),
        facts.mutations().stream()
            .filter(one -> one.failure().isEmpty())
            .filter(one -> one.ageSeconds() > LONG_MUTATION.toSeconds())
            .map(Mutation::table)
            .toList());
  }

  private static String described(Detached one) {
    return "%s: %d%s"
        .formatted(one.table(), one.parts(), one.reason().isEmpty() ? "" : ", " + one.reason());
  }

  private static long setting(
      ClickHouseFacts facts, Map<String, Long> own, String name, long otherwise) {
    @Nullable Long value = own.get(name);
    return value != null ? value : facts.mergeTree().getOrDefault(name, otherwise);
  }

  private static boolean near(long number, long limit) {
    return limit > 0 && number >= limit * NEAR;
  }
}
