package io.penstock.provisioning.schema;

import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.core.metadata.Sql;
import io.penstock.provisioning.schema.TableSchema.Column;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The tables of databases as they are now: three queries for any number of databases. */
final class LiveSchema {
  private static final String INNER = ".inner_id.";

  private final Set<String> databases = new HashSet<>();
  private final Map<String, Map<String, TableSchema>> tables = new HashMap<>();
  private final Map<String, String> statements = new HashMap<>();

  /** A row of {@code system.tables}. */
  private record Row(
      String database,
      String name,
      String uuid,
      String engineFull,
      String createQuery,
      String select,
      String comment) {}

  private LiveSchema() {}

  /**
   * Reads the databases.
   *
   * @param names plain identifiers
   */
  static LiveSchema read(Connection clickHouse, Collection<String> names) throws SQLException {
    LiveSchema schema = new LiveSchema();
    String list = names.stream().map(ClickHouseClients::literal).collect(Collectors.joining(", "));
    try (Statement statement = clickHouse.createStatement()) {
      schema.databases.addAll(
          Sql.query(
              statement,
              "SELECT name FROM system.databases WHERE name IN (" + list + ")",
              row -> row.getString(1)));
      schema.readTables(statement, list);
    }
    return schema;
  }

  private void readTables(Statement statement, String list) throws SQLException {
    Map<String, Map<String, Column>> columns = columns(statement, list);
    List<Row> found =
        Sql.query(
            statement,
            "SELECT database, name, toString(uuid), engine_full, create_table_query, as_select, comment FROM system.tables"
                + " WHERE database IN ("
                + list
                + ")",
            row ->
                new Row(
                    row.getString(1),
                    row.getString(2),
                    row.getString(3),
                    row.getString(4),
                    row.getString(5),
                    row.getString(6),
                    row.getString(7)));
    Map<String, String> names =
        found.stream().collect(Collectors.toMap(Row::uuid, Row::name, (one, other) -> one));
    for (Row row : found) {
      statements.put(row.database + "." + row.name, withoutDatabase(row.createQuery, row.database));
      tables
          .computeIfAbsent(row.database, name -> new TreeMap<>())
          .put(
              withoutUuid(row.name, names),
              table(row, columns.getOrDefault(row.database + "." + row.name, Map.of())));
    }
  }

  /**
   * The name without a UUID: the table that keeps a materialized view's rows is named by the view's
   * UUID.
   */
  private static String withoutUuid(String table, Map<String, String> names) {
    return table.startsWith(INNER)
        ? INNER + names.getOrDefault(table.substring(INNER.length()), table)
        : table;
  }

  private static TableSchema table(Row row, Map<String, Column> columns) {
    return TableSchema.of(
        withoutDatabase(row.engineFull, row.database),
        // An inner table's own name would stand in it.
        row.name.startsWith(INNER) ? "" : withoutDatabase(row.createQuery, row.database),
        withoutDatabase(row.select, row.database),
        row.comment,
        columns);
  }

  /** By database and table, in order of position. */
  private static Map<String, Map<String, Column>> columns(Statement statement, String list)
      throws SQLException {
    Map<String, Map<String, Column>> columns = new HashMap<>();
    var _ =
        Sql.query(
            statement,
            "SELECT database, table, name, type, default_kind, default_expression, compression_codec, comment"
                + " FROM system.columns WHERE database IN ("
                + list
                + ") ORDER BY database, table, position",
            row -> {
              String database = row.getString(1);
              return columns
                  .computeIfAbsent(database + "." + row.getString(2), _ -> new LinkedHashMap<>())
                  .put(
                      row.getString(3),
                      new Column(
                          row.getString(4),
                          row.getString(5),
                          withoutDatabase(row.getString(6), database),
                          row.getString(7),
                          row.getString(8)));
            });
    return columns;
  }

  /** Replaces the database's name, but only where a dot follows: a table may have the same name. */
  static String withoutDatabase(String text, String database) {
    if (!text.contains(database)) {
      return text;
    }
    return Pattern.compile("(?<![A-Za-z0-9_])`?" + Pattern.quote(database) + "`?\\.")
        .matcher(text)
        .replaceAll("\\${database}.");
  }

  boolean hasDatabase(String name) {
    return databases.contains(name);
  }

  /**
   * The statement that makes a table or view, with {@code ${database}} for its database; null for
   * the table that a materialized view makes for itself, and for what is not there.
   */
  @Nullable String statement(String database, String table) {
    return table.startsWith(INNER) ? null : statements.get(database + "." + table);
  }

  /** By name. */
  Map<String, TableSchema> tables(String database) {
    return tables.getOrDefault(database, Map.of());
  }
}
