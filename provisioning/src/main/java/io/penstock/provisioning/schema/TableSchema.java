package io.penstock.provisioning.schema;

import io.penstock.core.clickhouse.SqlLexer;
import io.penstock.core.clickhouse.SqlLexer.Token;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A table or view as ClickHouse's {@code system.tables} and {@code system.columns} tell it, with
 * {@code ${database}} for its database, so that two databases can be compared.
 *
 * @param engine with its arguments
 * @param clauses of the engine, by keyword: {@code ORDER BY}, {@code TTL}, ...
 * @param settings of the engine, by name
 * @param select of a view; empty for a table
 * @param definition the statement that would create it, without its engine: what the other parts
 *     leave out (indices, projections, constraints)
 * @param columns in order, by name
 */
record TableSchema(
    String engine,
    Map<String, String> clauses,
    Map<String, String> settings,
    String select,
    String comment,
    String definition,
    Map<String, Column> columns) {
  private static final String SETTINGS = "SETTINGS";

  /** A column. */
  record Column(
      String type, String defaultKind, String defaultExpression, String codec, String comment) {}

  /**
   * Where two tables differ.
   *
   * @param expected null: nothing is expected
   * @param found null: there is nothing
   */
  record Difference(String what, @Nullable String expected, @Nullable String found) {}

  /**
   * Takes an engine apart.
   *
   * @param engineFull {@code system.tables.engine_full}
   * @param createQuery {@code system.tables.create_table_query}
   */
  static TableSchema of(
      String engineFull,
      String createQuery,
      String select,
      String comment,
      Map<String, Column> columns) {
    Map<String, String> clauses = clauses(engineFull);
    String engine = Objects.requireNonNullElse(clauses.remove(""), "");
    String settings = clauses.remove(SETTINGS);
    return new TableSchema(
        engine,
        clauses,
        settings == null ? Map.of() : settings(settings),
        select,
        comment,
        withoutEngine(createQuery),
        columns);
  }

  /** The clauses by keyword; the text before the first keyword has the empty one. */
  private static Map<String, String> clauses(String engineFull) {
    Map<String, String> clauses = new LinkedHashMap<>();
    List<Token> tokens = SqlLexer.tokens(engineFull);
    String keyword = "";
    int from = 0;
    int depth = 0;
    for (int i = 0; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      depth += token.is('(') ? 1 : token.is(')') ? -1 : 0;
      String next = depth == 0 ? keyword(tokens, i) : "";
      if (!next.isEmpty()) {
        clauses.put(keyword, engineFull.substring(from, token.begin()).strip());
        keyword = next;
        from = next.contains(" ") ? tokens.get(i + 1).end() : token.end();
      }
    }
    clauses.put(keyword, engineFull.substring(from).strip());
    return clauses;
  }

  private static String keyword(List<Token> tokens, int index) {
    Token token = tokens.get(index);
    if (token.is("TTL")) {
      return "TTL";
    }
    if (token.is(SETTINGS)) {
      return SETTINGS;
    }
    for (String clause : List.of("PARTITION BY", "PRIMARY KEY", "ORDER BY", "SAMPLE BY")) {
      int space = clause.indexOf(' ');
      if (token.is(clause.substring(0, space))
          && index + 1 < tokens.size()
          && tokens.get(index + 1).is(clause.substring(space + 1))) {
        return clause;
      }
    }
    return "";
  }

  private static Map<String, String> settings(String text) {
    Map<String, String> settings = new TreeMap<>();
    int from = 0;
    int depth = 0;
    List<String> parts = new ArrayList<>();
    for (Token token : SqlLexer.tokens(text)) {
      depth += token.is('(') ? 1 : token.is(')') ? -1 : 0;
      if (depth == 0 && token.is(',')) {
        parts.add(text.substring(from, token.begin()));
        from = token.end();
      }
    }
    parts.add(text.substring(from));
    for (String part : parts) {
      int equals = part.indexOf('=');
      if (equals > 0) {
        settings.put(part.substring(0, equals).strip(), part.substring(equals + 1).strip());
      }
    }
    return settings;
  }

  /**
   * The statement up to the engine, which is compared by its parts, since the order of settings
   * means nothing.
   */
  private static String withoutEngine(String createQuery) {
    int depth = 0;
    for (Token token : SqlLexer.tokens(createQuery)) {
      depth += token.is('(') ? 1 : token.is(')') ? -1 : 0;
      if (depth == 0 && token.is("ENGINE")) {
        return createQuery.substring(0, token.begin()).strip();
      }
    }
    return createQuery;
  }

  /** How the table that was found differs from this one. */
  List<Difference> differences(TableSchema found) {
    List<Difference> differences = new ArrayList<>();
    compare("engine", engine, found.engine, differences);
    compareAll("", clauses, found.clauses, differences);
    compareAll("setting ", settings, found.settings, differences);
    compare("definition", select, found.select, differences);
    compare("comment", comment, found.comment, differences);
    columns(found, differences);
    if (differences.isEmpty() && !definition.equals(found.definition)) {
      int common = 0;
      while (common < Math.min(definition.length(), found.definition.length())
          && definition.charAt(common) == found.definition.charAt(common)) {
        common++;
      }
      int from = Math.max(0, common - 20);
      differences.add(
          new Difference("definition", part(definition, from), part(found.definition, from)));
    }
    return differences;
  }

  private static String part(String text, int from) {
    int end = Math.min(text.length(), from + 100);
    return "..." + text.substring(Math.min(from, end), end) + (end < text.length() ? "..." : "");
  }

  private void columns(TableSchema found, List<Difference> differences) {
    for (Map.Entry<String, Column> entry : columns.entrySet()) {
      String name = "column " + entry.getKey();
      Column column = entry.getValue();
      Column other = found.columns.get(entry.getKey());
      if (other == null) {
        differences.add(new Difference(name, column.type, null));
        continue;
      }
      compare(name + ", type", column.type, other.type, differences);
      compare(
          name + ", default",
          (column.defaultKind + " " + column.defaultExpression).strip(),
          (other.defaultKind + " " + other.defaultExpression).strip(),
          differences);
      compare(name + ", codec", column.codec, other.codec, differences);
      compare(name + ", comment", column.comment, other.comment, differences);
    }
    found.columns.forEach((name, column) -> {
      if (!columns.containsKey(name)) {
        differences.add(new Difference("column " + name, null, column.type));
      }
    });
    compare(
        "order of columns",
        String.join(", ", common(columns, found.columns)),
        String.join(", ", common(found.columns, columns)),
        differences);
  }

  private static List<String> common(Map<String, Column> of, Map<String, Column> with) {
    return of.keySet().stream().filter(with::containsKey).toList();
  }

  private static void compareAll(
      String prefix,
      Map<String, String> expected,
      Map<String, String> found,
      List<Difference> differences) {
    var names = new TreeSet<>(expected.keySet());
    names.addAll(found.keySet());
    for (String name : names) {
      String one = expected.get(name);
      String other = found.get(name);
      if (!Objects.equals(one, other)) {
        differences.add(new Difference(prefix + name, one, other));
      }
    }
  }

  private static void compare(
      String what, String expected, String found, List<Difference> differences) {
    if (!expected.equals(found)) {
      differences.add(new Difference(what, expected, found));
    }
  }

  /** Copies what it is given, in order. */
  TableSchema {
    clauses = Collections.unmodifiableMap(new LinkedHashMap<>(clauses));
    settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    columns = Collections.unmodifiableMap(new LinkedHashMap<>(columns));
  }
}
