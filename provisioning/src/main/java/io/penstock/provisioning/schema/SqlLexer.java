package io.penstock.provisioning.schema;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts text into tokens where ClickHouse does (its {@code src/Parsers/Lexer.cpp}): strings and
 * quoted identifiers with backslash escapes and doubled quotes, typographic quotes, {@code x'..'}
 * and {@code b'..'}, the comments {@code --}, {@code //}, {@code # }, {@code #!} and nested {@code
 * /* *}{@code /}, and heredocs. Numbers and operators are not told apart, and ClickHouse's client's
 * {@code \G} is nothing special, since the server does not know it either. Not thread-safe.
 */
final class SqlLexer {
  private static final char LEFT_SINGLE = '\u2018';
  private static final char LEFT_DOUBLE = '\u201C';

  private final String text;
  private int position;

  /** What a token is. */
  enum Kind {
    /** A keyword, an identifier without quotes, or digits. */
    WORD,
    /** An identifier in quotes. */
    IDENTIFIER,
    /** A string or a heredoc. */
    STRING,
    /** One character that is none of the others. */
    SYMBOL,
    /** A comment. */
    COMMENT
  }

  /**
   * A token.
   *
   * @param begin of its first character
   * @param end behind its last character
   */
  record Token(Kind kind, String text, int begin, int end) {
    boolean is(char symbol) {
      return kind == Kind.SYMBOL && text.charAt(0) == symbol;
    }

    boolean is(String keyword) {
      return kind == Kind.WORD && text.equalsIgnoreCase(keyword);
    }
  }

  SqlLexer(String text) {
    this.text = text;
  }

  /**
   * All tokens.
   *
   * @throws IllegalArgumentException see {@link #next}
   */
  static List<Token> tokens(String text) {
    SqlLexer lexer = new SqlLexer(text);
    List<Token> tokens = new ArrayList<>();
    for (Token token = lexer.next(); token != null; token = lexer.next()) {
      tokens.add(token);
    }
    return tokens;
  }

  /**
   * The next token; null at the end.
   *
   * @throws IllegalArgumentException if a string, a comment or a heredoc does not end
   */
  @Nullable Token next() {
    while (position < text.length() && isSpace(text.charAt(position))) {
      position++;
    }
    if (position == text.length()) {
      return null;
    }
    int begin = position;
    Kind kind = skip(text.charAt(position));
    return new Token(kind, text.substring(begin, position), begin, position);
  }

  private Kind skip(char c) {
    if (skipComment()) {
      return Kind.COMMENT;
    }
    switch (c) {
      case '\'' -> {
        skipQuoted(c);
        return Kind.STRING;
      }
      case '"', '`' -> {
        skipQuoted(c);
        return Kind.IDENTIFIER;
      }
      case LEFT_SINGLE, LEFT_DOUBLE -> {
        skipTo((char) (c + 1), position + 1, "quote");
        return c == LEFT_SINGLE ? Kind.STRING : Kind.IDENTIFIER;
      }
      case '$' -> {
        if (skipHeredoc()) {
          return Kind.STRING;
        }
      }
      case 'x', 'X', 'b', 'B' -> {
        if (text.startsWith("'", position + 1)) {
          skipTo('\'', position + 2, "quote");
          return Kind.STRING;
        }
      }
      default -> {}
    }
    position++;
    if (!isWord(c) && !(c == '$' && position < text.length() && isWord(text.charAt(position)))) {
      return Kind.SYMBOL;
    }
    while (position < text.length()
        && (isWord(text.charAt(position)) || text.charAt(position) == '$')) {
      position++; // a $ inside a word begins no heredoc
    }
    return Kind.WORD;
  }

  private boolean skipComment() {
    if (text.startsWith("--", position)
        || text.startsWith("//", position)
        || text.startsWith("#!", position)
        || text.startsWith("# ", position)) {
      int end = text.indexOf('\n', position);
      position = end < 0 ? text.length() : end;
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

  private void skipTo(char last, int from, String what) {
    int end = text.indexOf(last, from);
    if (end < 0) {
      throw unfinished(what, position);
    }
    position = end + 1;
  }

  /**
   * A tag is a word, perhaps empty, between two dollar signs, as ClickHouse 26.7 has it; 24.8 lets
   * anything be one. A tag that does not return is taken for a mistake, where ClickHouse takes it
   * for a name.
   */
  private boolean skipHeredoc() {
    int tagEnd = position + 1;
    while (tagEnd < text.length() && isWord(text.charAt(tagEnd))) {
      tagEnd++;
    }
    if (!text.startsWith("$", tagEnd)) {
      return false;
    }
    String tag = text.substring(position, tagEnd + 1);
    int end = text.indexOf(tag, tagEnd + 1);
    if (end < 0) {
      throw unfinished("heredoc", position);
    }
    position = end + tag.length();
    return true;
  }

  private static boolean isWord(char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u200B' || c == '\uFEFF';
  }

  private IllegalArgumentException unfinished(String what, int begin) {
    long line = text.substring(0, begin).chars().filter(c -> c == '\n').count() + 1;
    return new IllegalArgumentException(
        "the " + what + " that begins in line " + line + " does not end");
  }
}
