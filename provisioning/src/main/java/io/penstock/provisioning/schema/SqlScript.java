package io.penstock.provisioning.schema;

import io.penstock.core.clickhouse.SqlLexer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Text with ClickHouse statements. The HTTP interface takes one at a time, so they are cut apart
 * here, by {@link SqlLexer}.
 */
final class SqlScript {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^}]*)}");

  private SqlScript() {}

  /**
   * Replaces each {@code ${name}}.
   *
   * @throws IllegalArgumentException naming a placeholder that has no value
   */
  static String fill(String text, Map<String, String> values) {
    Matcher matcher = PLACEHOLDER.matcher(text);
    StringBuilder filled = new StringBuilder();
    while (matcher.find()) {
      String value = values.get(matcher.group(1));
      if (value == null) {
        throw new IllegalArgumentException(
            "unknown placeholder ${"
                + matcher.group(1)
                + "}; there are "
                + new TreeSet<>(values.keySet()));
      }
      matcher.appendReplacement(filled, Matcher.quoteReplacement(value));
    }
    return matcher.appendTail(filled).toString();
  }

  /**
   * The statements without their semicolons and without comments between them; comments inside
   * stay.
   *
   * @throws IllegalArgumentException if a string, a comment or a heredoc does not end
   */
  static List<String> statements(String text) {
    List<String> statements = new ArrayList<>();
    SqlLexer.@Nullable Token first = null;
    for (SqlLexer.Token token : SqlLexer.tokens(text)) {
      if (token.is(';')) {
        if (first != null) {
          statements.add(text.substring(first.begin(), token.begin()).strip());
        }
        first = null;
      } else if (first == null && token.kind() != SqlLexer.Kind.COMMENT) {
        first = token;
      }
    }
    if (first != null) {
      statements.add(text.substring(first.begin()).strip());
    }
    return statements;
  }
}
