package io.penstock.provisioning.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Text with ClickHouse statements, read by the rules of ClickHouse's lexer as far as they decide
 * where a statement ends: strings and quoted identifiers with backslash escapes and doubled quotes,
 * {@code --}, {@code #!} and {@code # } comments, nested {@code /* *}{@code /} comments, and {@code
 * $tag$} heredocs. The HTTP interface takes one statement at a time.
 */
final class SqlScript {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^}]*)}");
  private static final Pattern HEREDOC = Pattern.compile("\\$\\w*\\$");

  private final String text;
  private int position;

  private SqlScript(String text) {
    this.text = text;
  }

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
                + new java.util.TreeSet<>(values.keySet()));
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
    return new SqlScript(text).split();
  }

  private List<String> split() {
    List<String> statements = new ArrayList<>();
    int start = -1; // where the statement begins; -1 before its first token
    while (position < text.length()) {
      int tokenStart = position;
      if (Character.isWhitespace(text.charAt(position))) {
        position++;
      } else if (text.charAt(position) == ';') {
        if (start >= 0) {
          statements.add(text.substring(start, position).strip());
        }
        start = -1;
        position++;
      } else if (!skipComment()) {
        skipToken();
        start = start < 0 ? tokenStart : start;
      }
    }
    if (start >= 0) {
      statements.add(text.substring(start).strip());
    }
    return statements;
  }

  private boolean skipComment() {
    if (text.startsWith("--", position)
        || text.startsWith("#!", position)
        || text.startsWith("# ", position)) {
      int end = text.indexOf('\n', position);
      position = end < 0 ? text.length() : end + 1;
      return true;
    }
    if (!text.startsWith("/*", position)) {
      return false;
    }
    int begin = position;
    int depth = 0;
    do {
      if (position + 1 >= text.length()) {
        throw unfinished("comment", begin);
      }
      if (text.startsWith("/*", position)) {
        depth++;
        position += 2;
      } else if (text.startsWith("*/", position)) {
        depth--;
        position += 2;
      } else {
        position++;
      }
    } while (depth > 0);
    return true;
  }

  private void skipToken() {
    char c = text.charAt(position);
    if (c == '\'' || c == '"' || c == '`') {
      skipQuoted(c);
    } else if (c == '$') {
      skipHeredoc();
    } else if (Character.isLetterOrDigit(c) || c == '_') {
      while (position < text.length() && isWord(text.charAt(position))) {
        position++; // a $ inside a word begins no heredoc
      }
    } else {
      position++;
    }
  }

  private static boolean isWord(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || c == '$';
  }

  private void skipQuoted(char quote) {
    int begin = position++;
    while (position < text.length()) {
      char c = text.charAt(position);
      if (c == '\\') {
        position += 2;
      } else if (c != quote) {
        position++;
      } else if (position + 1 < text.length() && text.charAt(position + 1) == quote) {
        position += 2;
      } else {
        position++;
        return;
      }
    }
    throw unfinished("quote", begin);
  }

  private void skipHeredoc() {
    Matcher opening = HEREDOC.matcher(text).region(position, text.length());
    if (!opening.lookingAt()) {
      position++;
      return;
    }
    int end = text.indexOf(opening.group(), opening.end());
    if (end < 0) {
      throw unfinished("heredoc", position);
    }
    position = end + opening.group().length();
  }

  private IllegalArgumentException unfinished(String what, int begin) {
    long line = text.substring(0, begin).lines().count();
    return new IllegalArgumentException(
        "the " + what + " that begins in line " + Math.max(1, line) + " does not end");
  }
}
