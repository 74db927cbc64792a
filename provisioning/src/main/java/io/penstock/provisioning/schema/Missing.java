package io.penstock.provisioning.schema;

import io.penstock.core.clickhouse.ClickHouseClients;
import io.penstock.provisioning.schema.TableSchema.Column;
import io.penstock.provisioning.schema.TableSchema.Difference;
import io.penstock.provisioning.target.ClickHouseServer;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The statements that make what a client's database lacks of the model, which its migrations have
 * made: a database, a table, a view, a column. None of them changes or drops anything.
 */
record Missing(LiveSchema model, String modelName, ClickHouseServer server, String database) {
  private static final Pattern CREATE =
      Pattern.compile(
          "(CREATE (?:TABLE|VIEW|MATERIALIZED VIEW|DICTIONARY)) (\\S+)(.*)", Pattern.DOTALL);

  private static final String COLUMN = "column ";

  String makeDatabase() {
    return ("CREATE DATABASE IF NOT EXISTS "
            + ClickHouseClients.quoted(database)
            + " "
            + server.onCluster())
        .strip();
  }

  /**
   * The statement that makes a table; null if the table comes with another one, or its statement is
   * unknown.
   */
  @Nullable String makeTable(String table) {
    String statement = model.statement(modelName, table);
    Matcher create = CREATE.matcher(statement == null ? "" : statement);
    return create.matches()
        ? filled(create.group(1) + " IF NOT EXISTS " + create.group(2) + onCluster())
            + filled(create.group(3))
        : null;
  }

  /** The statement that adds a column; null if the difference is not a missing column. */
  @Nullable String makeColumn(String table, TableSchema expected, Difference difference) {
    String name =
        difference.what().substring(Math.min(COLUMN.length(), difference.what().length()));
    Column column = expected.columns().get(name);
    if (!difference.what().startsWith(COLUMN)
        || column == null
        || difference.found() != null
        || !expected.select().isEmpty()) {
      return null;
    }
    StringBuilder sql =
        new StringBuilder("ALTER TABLE ")
            .append(ClickHouseClients.quoted(database))
            .append('.')
            .append(ClickHouseClients.escaped(table))
            .append(onCluster())
            .append(" ADD COLUMN IF NOT EXISTS ")
            .append(ClickHouseClients.escaped(name))
            .append(' ')
            .append(column.type());
    if (!column.defaultKind().isEmpty()) {
      sql.append(' ').append(column.defaultKind()).append(' ').append(column.defaultExpression());
    }
    if (!column.comment().isEmpty()) {
      sql.append(" COMMENT ").append(ClickHouseClients.text(column.comment()));
    }
    if (!column.codec().isEmpty()) {
      sql.append(' ').append(column.codec());
    }
    List<String> names = new ArrayList<>(expected.columns().keySet());
    int position = names.indexOf(name);
    sql.append(
        position == 0 ? " FIRST" : " AFTER " + ClickHouseClients.escaped(names.get(position - 1)));
    return filled(sql.toString());
  }

  private String onCluster() {
    return server.onCluster().isEmpty() ? "" : " " + server.onCluster();
  }

  private String filled(String statement) {
    return statement.replace("${database}", ClickHouseClients.quoted(database));
  }
}
