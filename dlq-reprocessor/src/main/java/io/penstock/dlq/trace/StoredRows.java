package io.penstock.dlq.trace;

import static io.penstock.core.clickhouse.ClickHouseClients.literal;
import static io.penstock.core.clickhouse.ClickHouseClients.quoted;
import static io.penstock.core.clickhouse.ClickHouseClients.text;

import com.clickhouse.client.api.Client;
import com.clickhouse.client.api.query.GenericRecord;
import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.clickhouse.ClickHouseFailure;
import io.penstock.core.config.ClickHouseConfig;
import io.penstock.core.event.Origin;
import io.penstock.core.rows.EventRows;
import io.penstock.core.run.CommandRun;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Rows and entries of the ledger on one ClickHouse target. Each question is bounded by the
 * command's patience. Not thread-safe.
 */
final class StoredRows implements AutoCloseable {
  /** So many databases are asked in one question. */
  private static final int CHUNK = 50;

  /** More rows than this are not shown. */
  private static final int MAX_ROWS = 20;

  private final Client client;
  private final String server;
  private final Duration patience;

  /** That a target could not be asked; the message says which, and why. */
  static final class Unasked extends Exception {
    private static final long serialVersionUID = 1L;

    Unasked(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** Asks nothing yet. */
  StoredRows(ClickHouseConfig config) {
    patience = CommandRun.current().patience().answer();
    server = "ClickHouse at " + config.url();
    client = ClickHouseClients.open(ClickHouseClients.connection(config, "trace"), patience, 1);
  }

  private List<GenericRecord> ask(String sql) throws Unasked {
    try (CommandRun.Wait _ = CommandRun.current().waitFor(server)) {
      return client.queryAll(
          sql + " SETTINGS max_execution_time = " + Math.max(1, patience.toSeconds()));
    } catch (RuntimeException e) {
      Throwable cause = e;
      while (cause.getCause() != null
          && (cause instanceof ExecutionException || cause.getClass() == RuntimeException.class)) {
        cause = cause.getCause();
      }
      throw new Unasked(server + ": " + ClickHouseFailure.of(cause).detail(), e);
    }
  }

  /**
   * What is looked for: any of these.
   *
   * @param ids of the event
   * @param places of records that the row may be of
   */
  record Wanted(Collection<UUID> ids, Collection<Origin> places) {
    private String where(boolean hasTopicId) {
      Stream<String> byId =
          ids.isEmpty()
              ? Stream.of()
              : Stream.of(
                  ids.stream()
                      .map(id -> text(id.toString()))
                      .collect(Collectors.joining(", ", "event_id IN (", ")")));
      Stream<String> byPlace =
          places.stream()
              .map(place ->
                  "(source_partition = %d AND source_offset = %d AND source_topic = %s%s)"
                      .formatted(
                          place.partition(),
                          place.offset(),
                          text(place.topic()),
                          hasTopicId && !place.topicId().equals(Uuid.ZERO_UUID)
                              ? " AND source_topic_id IN ('', %s)"
                                  .formatted(text(place.topicId().toString()))
                              : ""));
      return Stream.concat(byId, byPlace).collect(Collectors.joining(" OR "));
    }
  }

  /**
   * Looks into clients' tables; the newest rows come first.
   *
   * @param databases by client
   * @param payload whether rows come with what the event holds
   */
  List<Evidence.Row> find(SequencedMap<String, String> databases, Wanted wanted, boolean payload)
      throws Unasked {
    List<Evidence.Row> found = new ArrayList<>();
    List<Map.Entry<String, String>> all = List.copyOf(databases.entrySet());
    for (int from = 0; from < all.size(); from += CHUNK) {
      var chunk = all.subList(from, Math.min(all.size(), from + CHUNK));
      Map<String, Boolean> tables = tables(chunk);
      String sql =
          chunk.stream()
              .filter(entry -> tables.containsKey(entry.getValue()))
              .map(entry ->
                  select(
                      entry.getKey(),
                      entry.getValue(),
                      Boolean.TRUE.equals(tables.get(entry.getValue())),
                      wanted,
                      payload))
              .collect(Collectors.joining(" UNION ALL "));
      if (!sql.isEmpty()) {
        ask("SELECT * FROM (%s) ORDER BY ingested DESC LIMIT %d".formatted(sql, MAX_ROWS))
            .forEach(row -> found.add(row(row)));
      }
      CommandRun.current().checkpoint();
    }
    return found;
  }

  /** Those of the databases that have a table, and whether it has the topic's id. */
  private Map<String, Boolean> tables(List<Map.Entry<String, String>> chunk) throws Unasked {
    Map<String, Boolean> tables = new HashMap<>();
    String names =
        chunk.stream().map(entry -> literal(entry.getValue())).collect(Collectors.joining(", "));
    ask("SELECT database, toString(countIf(name = 'source_topic_id')) FROM system.columns WHERE table = %s AND database IN (%s) GROUP BY database"
            .formatted(literal(EventRows.TABLE.name()), names))
        .forEach(row -> tables.put(row.getString(1), row.getString(2).equals("1")));
    return tables;
  }

  private static String select(
      String client, String database, boolean hasTopicId, Wanted wanted, boolean payload) {
    return """
    SELECT %s AS client, %s AS db, toString(event_id) AS id, toString(source_topic) AS topic, %s AS topic_id, toString(source_partition) AS partition,
      toString(source_offset) AS offset, toString(toUnixTimestamp64Milli(ingested_at)) AS ingested, toString(toUnixTimestamp64Milli(received_at)) AS received, %s AS payload
    FROM %s.%s WHERE %s\
    """
        .formatted(
            text(client),
            literal(database),
            hasTopicId ? "toString(source_topic_id)" : "''",
            payload
                ? "toJSONString(map('event_name', toString(event_name), 'event_time', toString(event_time), 'user_id', user_id, 'anonymous_id', anonymous_id, 'session_id', session_id, 'event_properties', event_properties, 'extra', extra))"
                : "''",
            quoted(database),
            EventRows.TABLE.name(),
            wanted.where(hasTopicId));
  }

  private static Evidence.Row row(GenericRecord row) {
    String topicId = row.getString("topic_id");
    return new Evidence.Row(
        row.getString("client"),
        row.getString("db"),
        row.getString("id"),
        new Origin(
            topicId.isEmpty() ? Uuid.ZERO_UUID : Uuid.fromString(topicId),
            row.getString("topic"),
            Integer.parseInt(row.getString("partition")),
            Long.parseLong(row.getString("offset"))),
        time(row, "ingested"),
        time(row, "received"),
        row.getString("payload"));
  }

  private static Instant time(GenericRecord row, String column) {
    return Instant.ofEpochMilli(Long.parseLong(row.getString(column)));
  }

  /** The ledger's entry whose block has this place; null if there is none. */
  Evidence.@Nullable Block block(String database, Origin place) throws Unasked {
    List<GenericRecord> found =
        ask(
            """
            SELECT toString(start_offset) AS start, toString(end_offset) AS end, toString(stored) AS stored, toString(dead_letters) AS dead,
              toString(not_delivered) AS missing, toString(lost_expired + lost_with_topic + lost_discarded) AS lost,
              arrayStringConcat(arrayDistinct(rows.client), ',') AS clients, toString(router) AS router,
              toString(toUnixTimestamp64Milli(written_at)) AS written
            FROM %s.ledger FINAL WHERE topic_id = %s AND partition = %d AND start_offset <= %d AND end_offset > %4$d
            ORDER BY ledger.start_offset DESC LIMIT 1\
            """
                .formatted(
                    quoted(database),
                    text(place.topicId().toString()),
                    place.partition(),
                    place.offset()));
    if (found.isEmpty()) {
      return null;
    }
    GenericRecord row = found.getFirst();
    String clients = row.getString("clients");
    return new Evidence.Block(
        number(row, "start"),
        number(row, "end"),
        number(row, "stored"),
        number(row, "dead"),
        number(row, "missing"),
        number(row, "lost"),
        // Those beyond an entry's lines stand there as one without a name.
        clients.isEmpty() ? List.of() : List.of(clients.split(",", -1)),
        row.getString("router"),
        time(row, "written"));
  }

  private static long number(GenericRecord row, String column) {
    return Long.parseLong(row.getString(column));
  }

  @Override
  public void close() {
    client.close();
  }
}
