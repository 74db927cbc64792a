package io.penstock.provisioning.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.client.Retention;
import io.penstock.provisioning.doctor.ClickHouseFacts.Detached;
import io.penstock.provisioning.doctor.ClickHouseFacts.Disk;
import io.penstock.provisioning.doctor.ClickHouseFacts.EventsTable;
import io.penstock.provisioning.doctor.ClickHouseFacts.Mutation;
import io.penstock.provisioning.doctor.ClickHouseFacts.Parts;
import io.penstock.provisioning.doctor.ClickHouseFacts.Replica;
import io.penstock.provisioning.doctor.Finding.Level;
import io.penstock.provisioning.target.ClickHouseServer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ClickHouseChecksTest {
  private String version = "26.7.2.1";
  private @Nullable List<String> lacking = List.of();
  private Set<String> databases = Set.of("client_a");
  private int tables = 2;
  private List<EventsTable> events = List.of(table("client_a", 10_000));
  private List<Parts> parts = List.of();
  private List<Disk> disks = List.of();
  private List<Detached> detached = List.of();
  private List<Replica> replicas = List.of();
  private List<Mutation> mutations = List.of();
  private ClickHouseFacts.Damage damage = ClickHouseFacts.Damage.NONE;
  private List<String> unread = List.of();
  private @Nullable String ledger = "penstock";

  @Test
  void clientsTableAsTheMigrationMakesItIsFine() {
    assertThat(judge()).allSatisfy(one -> assertThat(one.level()).isEqualTo(Level.OK));
  }

  @Test
  void deduplicationWindowThatIsOffOrTooSmallIsAnError() {
    events =
        List.of(
            table("client_off", 0),
            table("client_small", 999),
            table("client_enough", 1_000),
            new EventsTable("client_none", "ReplacingMergeTree", "ReplacingMergeTree ORDER BY x"),
            new EventsTable(
                "client_replicated",
                "ReplicatedReplacingMergeTree",
                "ReplicatedReplacingMergeTree ORDER BY x SETTINGS replicated_deduplication_window_seconds = 60"));

    List<Finding> findings = judge();

    assertThat(only(findings, "window is off").subjects())
        .containsExactly("client_none.events_base", "client_off.events_base");
    Finding small = only(findings, "window is under 1,000 inserts");
    assertThat(small.level()).isEqualTo(Level.ERROR);
    assertThat(small.subjects()).containsExactly("client_small.events_base");
    assertThat(small.remedy()).startsWith("ALTER TABLE client_small.events_base MODIFY SETTING");
    assertThat(only(findings, "window is under 10 minutes").subjects())
        .containsExactly("client_replicated.events_base");
  }

  @Test
  void ttlThatWrapsIsAnErrorWhereItDeletesWhatIsStoredNow() {
    events =
        List.of(
            ttl("client_years", "toDateTime(event_time) + toIntervalDay(365)"),
            ttl("client_century", "toDateTime(event_time) + toIntervalDay(36500)"),
            ttl(
                "client_new",
                ClickHouseServer.expiry(
                    new Retention(Retention.MAX_DAYS, Retention.From.EVENT_TIME))));

    List<Finding> findings = judge();

    Finding now = only(findings, "its events are deleted as soon as they are stored");
    assertThat(now.level()).isEqualTo(Level.ERROR);
    assertThat(now.subjects()).containsExactly("client_century.events_base");
    Finding later = only(findings, "an event of a later time is deleted");
    assertThat(later.level()).isEqualTo(Level.WARNING);
    assertThat(later.subjects()).containsExactly("client_years.events_base");
  }

  private static EventsTable ttl(String database, String ttl) {
    return new EventsTable(
        database,
        "ReplacingMergeTree",
        "ReplacingMergeTree ORDER BY x TTL %s SETTINGS non_replicated_deduplication_window = 10000"
            .formatted(ttl));
  }

  @Test
  void partsAreJudgedByTheLimitsOfTheirTable() {
    events =
        List.of(
            table("client_a", 10_000),
            new EventsTable(
                "client_b",
                "ReplacingMergeTree",
                "ReplacingMergeTree ORDER BY x SETTINGS non_replicated_deduplication_window = 10000, parts_to_delay_insert = 100, parts_to_throw_insert = 200"));
    parts =
        List.of(
            new Parts("client_a", "events_base", "202601", 799, 799),
            new Parts("client_b", "events_base", "202601", 80, 80));
    assertThat(only(judge(), "slows inserts").subjects())
        .containsExactly("client_b.events_base: 80 in partition 202601, 80 in all");

    parts = List.of(new Parts("client_a", "events_base", "202601", 2_400, 2_400));
    assertThat(only(judge(), "refuses inserts").level()).isEqualTo(Level.ERROR);
  }

  @Test
  void numberOfDatabasesTablesAndPartsIsAWarningFromFourFifthsOfTheLimit() {
    databases =
        IntStream.range(0, 800)
            .mapToObj(i -> "client_" + i)
            .collect(Collectors.toCollection(TreeSet::new));
    tables = 4_000;
    parts =
        IntStream.range(0, 100)
            .mapToObj(i -> new Parts("client_" + i, "events_base", "202601", 500, 800))
            .toList();

    List<Finding> findings = judge();

    assertThat(only(findings, "800 databases:").level()).isEqualTo(Level.WARNING);
    assertThat(only(findings, "4,000 tables:").level()).isEqualTo(Level.WARNING);
    assertThat(only(findings, "80,000 active parts:").level()).isEqualTo(Level.WARNING);
  }

  @Test
  void whatClientsTablesLackIsToldWithTheCommandThatMakesIt() {
    damage =
        new ClickHouseFacts.Damage(
            List.of("a.events"), List.of("a.events_base: extra"), List.of("a.daily: a.days"));

    List<Finding> findings = judge();

    assertThat(only(findings, "the view that analysts read").level()).isEqualTo(Level.ERROR);
    assertThat(only(findings, "tables lack columns").subjects())
        .containsExactly("a.events_base: extra");
    assertThat(only(findings, "goes through them twice").subjects())
        .containsExactly("a.daily: a.days");
    damage = ClickHouseFacts.Damage.NONE;
    assertThat(judge()).noneMatch(one -> one.what().contains("lack columns"));
  }

  @Test
  void diskIsAWarningWhenLowAndAnErrorWhenNearlyFull() {
    long gib = 1L << 30;
    disks =
        List.of(
            new Disk("fine", 20 * gib, 100 * gib),
            new Disk("low", 10 * gib, 100 * gib),
            new Disk("full", 4 * gib, 100 * gib),
            new Disk("object", 0, 0));

    List<Finding> findings = judge();

    assertThat(only(findings, "disk low").level()).isEqualTo(Level.WARNING);
    assertThat(only(findings, "disk full has 4.0 of 100.0 GiB left").level())
        .isEqualTo(Level.ERROR);
    assertThat(findings).noneMatch(one -> one.what().contains("disk fine"));
    assertThat(findings).noneMatch(one -> one.what().contains("disk object"));
  }

  @Test
  void replicasDetachedPartsAndMutationsAreJudged() {
    replicas = List.of(new Replica("a.b", true, 0), new Replica("a.c", false, 400));
    detached = List.of(new Detached("a.d", "broken-on-start", 2), new Detached("a.e", "", 1));
    mutations =
        List.of(
            new Mutation("a.f", 1, 5, "Code: 6"),
            new Mutation("a.g", 1, 4_000, ""),
            new Mutation("a.h", 1, 10, ""));

    List<Finding> findings = judge();

    assertThat(only(findings, "read-only").subjects()).containsExactly("a.b");
    assertThat(only(findings, "behind").subjects()).containsExactly("a.c");
    assertThat(only(findings, "something is wrong").subjects())
        .containsExactly("a.d: 2, broken-on-start");
    assertThat(only(findings, "detached parts take space").subjects()).containsExactly("a.e: 1");
    assertThat(only(findings, "mutations fail").subjects()).containsExactly("a.f: Code: 6");
    assertThat(only(findings, "for more than an hour").subjects()).containsExactly("a.g");
  }

  @Test
  void oldVersionLackingRightsAndUnreadTablesAreTold() {
    version = "24.7.1.1";
    lacking = List.of("CREATE DATABASE");
    unread = List.of("Code: 497");

    List<Finding> findings = judge();

    assertThat(only(findings, "older than 24.8").level()).isEqualTo(Level.ERROR);
    assertThat(only(findings, "lacks rights").subjects()).containsExactly("CREATE DATABASE");
    assertThat(only(findings, "may not read all").level()).isEqualTo(Level.NOTE);
    lacking = null;
    assertThat(only(judge(), "does not tell which rights").level()).isEqualTo(Level.NOTE);
  }

  @Test
  void ledgerWithoutItsTableIsAnError() {
    ledger = "other";
    Finding missing = only(judge(), "the ledger's table other.ledger is not there");
    assertThat(missing.level()).isEqualTo(Level.ERROR);
    assertThat(missing.remedy()).isEqualTo("./penstock setup");
    ledger = null;
    assertThat(judge()).noneMatch(one -> one.what().contains("ledger"));
  }

  private List<Finding> judge() {
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    return ClickHouseChecks.judge(
        new ClickHouseFacts(
            version,
            new ClockReading(now, now, now),
            lacking,
            true,
            false,
            Map.of("non_replicated_deduplication_window", 0L),
            databases,
            tables,
            events,
            List.of("penstock"),
            parts,
            disks,
            detached,
            replicas,
            mutations,
            damage,
            unread),
        ledger);
  }

  private static Finding only(List<Finding> findings, String text) {
    List<Finding> found = new ArrayList<>(findings);
    found.removeIf(one -> !one.what().contains(text));
    assertThat(found).as(text).hasSize(1);
    return found.getFirst();
  }

  private static EventsTable table(String database, int window) {
    return new EventsTable(
        database,
        "ReplacingMergeTree",
        "ReplacingMergeTree ORDER BY x TTL t + toIntervalDay(365) SETTINGS non_replicated_deduplication_window = %d, index_granularity = 8192"
            .formatted(window));
  }
}
