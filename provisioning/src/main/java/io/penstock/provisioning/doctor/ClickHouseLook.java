package io.penstock.provisioning.doctor;

import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.clickhouse.ClickHouseErrors;
import io.penstock.core.clickhouse.Scratch;
import io.penstock.core.metadata.Sql;
import io.penstock.core.rows.EventRows;
import io.penstock.provisioning.doctor.ClickHouseFacts.Detached;
import io.penstock.provisioning.doctor.ClickHouseFacts.Disk;
import io.penstock.provisioning.doctor.ClickHouseFacts.EventsTable;
import io.penstock.provisioning.doctor.ClickHouseFacts.Mutation;
import io.penstock.provisioning.doctor.ClickHouseFacts.Parts;
import io.penstock.provisioning.doctor.ClickHouseFacts.Replica;
import io.penstock.provisioning.job.StepFailed;
import io.penstock.provisioning.target.ClickHouseServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Asks one ClickHouse target; a dozen queries, whatever the number of clients. */
final class ClickHouseLook {
  private static final String NOT_SYSTEM =
      "database NOT IN ('system', 'information_schema', 'INFORMATION_SCHEMA')";

  /** The router and all jobs together. */
  private static final List<String> RIGHTS =
      List.of(
          "SELECT",
          "INSERT",
          "ALTER",
          "CREATE DATABASE",
          "CREATE TABLE",
          "CREATE VIEW",
          "DROP DATABASE");

  private final ClickHouseServer server;
  private final List<String> unread = new ArrayList<>();

  ClickHouseLook(ClickHouseServer server) {
    this.server = server;
  }

  /**
   * @throws SQLException if the target does not answer
   */
  ClickHouseFacts look() throws SQLException {
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      String version = Sql.query(statement, "SELECT version()", row -> row.getString(1)).getFirst();
      Instant askedAt = Instant.now();
      long millis =
          Sql.query(statement, "SELECT toUnixTimestamp64Milli(now64(3))", row -> row.getLong(1))
              .getFirst();
      ClockReading clock = new ClockReading(askedAt, Instant.ofEpochMilli(millis), Instant.now());
      Map<String, Long> settings = settings(statement);
      Set<String> databases =
          new TreeSet<>(
              Sql.query(
                  statement,
                  "SELECT name FROM system.databases WHERE "
                      + NOT_SYSTEM.replace("database", "name")
                      + " AND name <> 'default' AND "
                      + Scratch.NOT_SCRATCH,
                  row -> row.getString(1)));
      List<EventsTable> events =
          ask(
              statement,
              "SELECT database, engine, engine_full FROM system.tables WHERE name = 'events_base' AND "
                  + NOT_SYSTEM,
              row -> new EventsTable(row.getString(1), row.getString(2), row.getString(3)));
      List<Long> tables =
          ask(
              statement,
              "SELECT count() FROM system.tables WHERE " + NOT_SYSTEM,
              row -> row.getLong(1));
      return new ClickHouseFacts(
          version,
          clock,
          lackingRights(statement),
          granted(statement, "CREATE USER"),
          settings.getOrDefault("async_insert", 0L) != 0,
          settings,
          databases,
          tables.isEmpty() ? 0 : Math.toIntExact(tables.getFirst()),
          events,
          ask(
              statement,
              "SELECT database FROM system.tables WHERE name = 'ledger' AND " + NOT_SYSTEM,
              row -> row.getString(1)),
          parts(statement),
          disks(statement),
          detached(statement),
          replicas(statement),
          mutations(statement),
          damage(statement, databases),
          List.copyOf(unread));
    }
  }

  private Map<String, Long> settings(Statement statement) throws SQLException {
    Map<String, Long> settings = new HashMap<>();
    var _ =
        ask(
            statement,
            """
            SELECT name, toUInt64OrZero(value) FROM system.merge_tree_settings
            WHERE name IN ('parts_to_delay_insert', 'parts_to_throw_insert', 'max_parts_in_total',
              'non_replicated_deduplication_window', 'replicated_deduplication_window', 'replicated_deduplication_window_seconds')
            UNION ALL SELECT name, toUInt64OrZero(value) FROM system.settings WHERE name = 'async_insert'\
            """,
            row -> settings.put(row.getString(1), row.getLong(2)));
    return settings;
  }

  private List<Parts> parts(Statement statement) throws SQLException {
    return ask(
        statement,
        """
        SELECT database, table, argMax(partition, parts), max(parts), sum(parts) FROM (
          SELECT database, table, partition, count() AS parts FROM system.parts WHERE active AND %s
          GROUP BY database, table, partition)
        GROUP BY database, table\
        """
            .formatted(NOT_SYSTEM),
        row ->
            new Parts(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getLong(4),
                row.getLong(5)));
  }

  private List<Disk> disks(Statement statement) throws SQLException {
    return ask(
        statement,
        "SELECT name, if(free_space > keep_free_space, free_space - keep_free_space, 0), total_space FROM system.disks",
        row -> new Disk(row.getString(1), row.getLong(2), row.getLong(3)));
  }

  /**
   * @param databases those that are judged
   */
  private ClickHouseFacts.Damage damage(Statement statement, Set<String> databases)
      throws SQLException {
    record Found(String database, String subject) {}
    Sql.RowReader<Found> reader = row -> new Found(row.getString(1), row.getString(2));
    List<List<Found>> found = new ArrayList<>();
    found.add(
        ask(
            statement,
            """
            SELECT database, concat(database, '.events') FROM system.tables WHERE name = 'events_base'
              AND database NOT IN (SELECT database FROM system.tables WHERE name = 'events')\
            """,
            reader));
    String columns =
        // Routers do without the topic's id until a migration has added it.
        EventRows.TABLE.columns().stream()
            .filter(name -> !name.equals("source_topic_id"))
            .map(ClickHouseClients::literal)
            .collect(Collectors.joining(", "));
    found.add(
        ask(
            statement,
            """
            SELECT database, concat(database, '.events_base: ', arrayStringConcat(lacking, ', ')) FROM (
              SELECT database, arrayFilter(wanted -> NOT has(groupArray(name), wanted), [%s]) AS lacking
              FROM system.columns WHERE table = 'events_base' GROUP BY database)
            WHERE notEmpty(lacking)\
            """
                .formatted(columns),
            reader));
    found.add(
        ask(
            statement,
            """
            SELECT database, concat(database, '.', name, ': ', target) FROM (
              SELECT database, name, extract(create_table_query, '^CREATE MATERIALIZED VIEW [^ ]+ TO ([^ ]+)') AS named,
                if(named = '', concat(database, '..inner_id.', toString(uuid)), replaceAll(named, '`', '')) AS target
              FROM system.tables WHERE engine = 'MaterializedView' AND position(create_table_query, 'events_base') > 0)
            WHERE target IN (SELECT concat(database, '.', name) FROM system.tables
              WHERE engine LIKE '%MergeTree' AND engine NOT LIKE 'Replicated%' AND engine NOT LIKE 'Shared%'
                AND extract(engine_full, 'non_replicated_deduplication_window = ([0-9]+)') IN ('', '0'))\
            """,
            reader));
    List<List<String>> subjects =
        found.stream()
            .map(list ->
                list.stream()
                    .filter(one -> databases.contains(one.database))
                    .map(Found::subject)
                    .sorted()
                    .toList())
            .toList();
    return new ClickHouseFacts.Damage(subjects.get(0), subjects.get(1), subjects.get(2));
  }

  private List<Detached> detached(Statement statement) throws SQLException {
    return ask(
        statement,
        "SELECT concat(database, '.', table), ifNull(reason, ''), count() FROM system.detached_parts GROUP BY 1, 2",
        row -> new Detached(row.getString(1), row.getString(2), row.getLong(3)));
  }

  private List<Replica> replicas(Statement statement) throws SQLException {
    return ask(
        statement,
        """
        SELECT concat(database, '.', table), is_readonly, absolute_delay FROM system.replicas
        WHERE is_readonly OR absolute_delay > 300\
        """,
        row -> new Replica(row.getString(1), row.getInt(2) != 0, row.getLong(3)));
  }

  private List<Mutation> mutations(Statement statement) throws SQLException {
    return ask(
        statement,
        """
        SELECT concat(database, '.', table), count(), dateDiff('second', min(create_time), now()), any(latest_fail_reason)
        FROM system.mutations WHERE NOT is_done GROUP BY 1\
        """,
        row -> new Mutation(row.getString(1), row.getLong(2), row.getLong(3), row.getString(4)));
  }

  private static @Nullable List<String> lackingRights(Statement statement) throws SQLException {
    Boolean all = granted(statement, String.join(", ", RIGHTS));
    if (all == null || all) {
      return all == null ? null : List.of();
    }
    List<String> lacking = new ArrayList<>();
    for (String right : RIGHTS) {
      if (!Boolean.TRUE.equals(granted(statement, right))) {
        lacking.add(right);
      }
    }
    return lacking;
  }

  /** Null where the server does not know CHECK GRANT. */
  private static @Nullable Boolean granted(Statement statement, String rights) throws SQLException {
    try {
      return Sql.query(statement, "CHECK GRANT " + rights + " ON *.*", row -> row.getInt(1) != 0)
          .getFirst();
    } catch (SQLException e) {
      if (ClickHouseErrors.isUnknownSyntax(e.getErrorCode())
          || ClickHouseErrors.tellsLess(e.getErrorCode())) {
        return null;
      }
      throw e;
    }
  }

  /** Every row; none where this user or version may not read it, which is noted. */
  private <T> List<T> ask(Statement statement, String sql, Sql.RowReader<T> reader)
      throws SQLException {
    try {
      return Sql.query(statement, sql, reader);
    } catch (SQLException e) {
      if (!ClickHouseErrors.tellsLess(e.getErrorCode())) {
        throw e;
      }
      unread.add(StepFailed.firstLine(e));
      return List.of();
    }
  }
}
