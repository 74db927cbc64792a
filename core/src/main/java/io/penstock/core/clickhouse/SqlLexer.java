package io.penstock.core.clickhouse;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a ClickHouse text into tokens where the server does ({@code src/Parsers/Lexer.cpp}): strings
 * and quoted identifiers with backslash escapes and doubled quotes, typographic quotes, {@code
 * x'..'} and {@code b'..'}, the comments {@code --}, {@code //}, {@code # }, {@code #!} and nested
 * {@code /* *}{@code /}, and heredocs. Numbers and operators are not told apart, and ClickHouse's
 * client's {@code \G} is nothing special, since the server does not know it either. Not
 * thread-safe.
 */
public final class SqlLexer {
  private static final char LEFT_SINGLE = '\u2018';
  private static final char LEFT_DOUBLE = '\u201C';

  private final String text;
  private int position;

  /** What a token is. */
  public enum Kind {
    /** A keyword, an identifier without quotes, or digits. */
    WORD,
    /** An identifier in quotes. */
    IDENTIFIER,
    /** A string or a heredoc. */
    STRING,
    /** One character that is none of the others. */
    SYMBOL,
    /** A comment. */
    COMMENT,
    /** A string, a quoted identifier, a comment or a heredoc that the text does not end. */
    UNFINISHED
  }

  /**
   * A token.
   *
   * @param begin of its first character
   * @param end behind its last character
   */
  public record Token(Kind kind, String text, int begin, int end) {
    public boolean is(char symbol) {
      return kind == Kind.SYMBOL && text.charAt(0) == symbol;
    }

    public boolean is(String keyword) {
      return kind == Kind.WORD && text.equalsIgnoreCase(keyword);
    }
  }

  public SqlLexer(String text) {
    this.text = text;
  }

  /**
   * All tokens.
   *
   * @throws IllegalArgumentException if one is {@link Kind#UNFINISHED}
   */
  public static List<Token> tokens(String text) {
    SqlLexer lexer = new SqlLexer(text);
    List<Token> tokens = new ArrayList<>();
    for (Token token = lexer.next(); token != null; token = lexer.next()) {
      if (token.kind() == Kind.UNFINISHED) {
        throw unfinished(token, text);
      }
      tokens.add(token);
    }
    return tokens;
  }

  /** The next token; null at the end. */
  public @Nullable Token next() {
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
    if (text.startsWith("--", position)
        || text.startsWith("//", position)
        || text.startsWith("#!", position)
        || text.startsWith("# ", position)) {
      int end = text.indexOf('\n', position);
      position = end < 0 ? text.length() : end;
      return Kind.COMMENT;
    }
    if (text.startsWith("/*", position)) {
      return skipComment();
    }
    switch (c) {
      case '\'' -> {
        return skipQuoted(c, Kind.STRING);
      }
      case '"', '`' -> {
        return skipQuoted(c, Kind.IDENTIFIER);
      }
      case LEFT_SINGLE, LEFT_DOUBLE -> {
        String right = String.valueOf((char) (c + 1));
        return skipPast(right, position + 1, c == LEFT_SINGLE ? Kind.STRING : Kind.IDENTIFIER);
      }
      case '$' -> {
        int tagEnd = endOfTag();
        if (tagEnd > 0) {
          return skipPast(text.substring(position, tagEnd), tagEnd, Kind.STRING);
        }
      }
      case 'x', 'X', 'b', 'B' -> {
        if (text.startsWith("'", position + 1)) {
          return skipPast("'", position + 2, Kind.STRING);
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

  private Kind skipComment() {
    int depth = 0;
    do {
      if (position + 1 >= text.length()) {
        return skipRest();
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
    return Kind.COMMENT;
  }

  private Kind skipQuoted(char quote, Kind kind) {
    position++;
    while (position < text.length()) {
      char c = text.charAt(position);
      boolean last = position + 1 == text.length();
      boolean pair = c == '\\' || (c == quote && !last && text.charAt(position + 1) == quote);
      position += pair ? 2 : 1;
      if (c == quote && !pair) {
        return kind;
      }
    }
    return skipRest();
  }

  private Kind skipPast(String last, int from, Kind kind) {
    int end = text.indexOf(last, from);
    if (end < 0) {
      return skipRest();
    }
    position = end + last.length();
    return kind;
  }

  private Kind skipRest() {
    position = text.length();
    return Kind.UNFINISHED;
  }

  /**
   * The end of a heredoc's first tag; -1 where none begins. A tag is a word, perhaps empty, between
   * two dollar signs, as ClickHouse 26.7 has it; 24.8 lets anything be one. A tag that does not
   * return is taken for a mistake, where ClickHouse takes it for a name.
   */
  private int endOfTag() {
    int end = position + 1;
    while (end < text.length() && isWord(text.charAt(end))) {
      end++;
    }
    return text.startsWith("$", end) ? end + 1 : -1;
  }

  private static boolean isWord(char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u200B' || c == '\uFEFF';
  }

  private static IllegalArgumentException unfinished(Token token, String text) {
    String what =
        switch (token.text().charAt(0)) {
          case '/' -> "comment";
          case '$' -> "heredoc";
          default -> "quote";
        };
    long line = text.substring(0, token.begin()).chars().filter(c -> c == '\n').count() + 1;
    return new IllegalArgumentException(
        "the " + what + " that begins in line " + line + " does not end");
  }
}
