package io.penstock.local.engine;

import io.penstock.core.clickhouse.SqlLexer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the HTTP layer must know of a text before the engine parses it: whether rows follow, in
 * which format, and whether the connection's session would be changed by it.
 */
sealed interface Statement {
  /**
   * Rows follow at {@code dataStart}; the first {@code headLength} bytes are the INSERT without its
   * FORMAT clause.
   */
  record InsertRows(int headLength, @Nullable String format, int dataStart, boolean hasSettings)
      implements Statement {}

  /** {@code format} is the FORMAT clause of the text; the text may return many rows. */
  record Select(@Nullable String format, boolean hasTotals) implements Statement {}

  /** SET, USE or a temporary table: the session it ran in must not be used again. */
  record ChangesSession() implements Statement {}

  record Other(@Nullable String format) implements Statement {}

  /** Nothing but blanks and comments. */
  record Empty() implements Statement {}

  /** More than one statement, which the HTTP interface does not take. */
  record Several() implements Statement {}

  /** The text ends before it is clear whether rows follow. */
  record Incomplete() implements Statement {}

  Set<String> INSERT_BODY = Set.of("FORMAT", "VALUES", "SELECT", "WITH", "FROM");

  /**
   * @param length how many bytes of the text are there
   * @param complete whether that is all of it
   */
  static Statement read(byte[] text, int length, boolean complete) {
    var tokens = new Tokens(text, 0, length);
    boolean any = tokens.next();
    if (!complete && (!any || tokens.end() == length)) {
      return new Incomplete();
    }
    if (!any) {
      return new Empty();
    }
    String first = tokens.upperCaseWord();
    if (first.equals("INSERT")) {
      return readInsert(text, length, complete, tokens);
    }
    return complete ? readWhole(first, tokens) : new Incomplete();
  }

  private static Statement readInsert(byte[] text, int length, boolean complete, Tokens tokens) {
    boolean target = false;
    boolean settings = false;
    boolean afterDot = false;
    while (tokens.next()) {
      if (!complete && tokens.end() == length) {
        return new Incomplete();
      }
      if (tokens.isWord() && tokens.depth() == 0 && !afterDot) {
        String word = tokens.upperCaseWord();
        if (!target) {
          target = !Set.of("INTO", "TABLE", "FUNCTION").contains(word);
        } else if (word.equals("FORMAT")) {
          return readFormat(text, length, complete, tokens, settings);
        } else if (word.equals("VALUES")) {
          return new InsertRows(tokens.start(), "Values", tokens.end(), settings);
        } else if (word.equals("SETTINGS")) {
          settings = true;
        } else if (INSERT_BODY.contains(word)) {
          return complete ? readWhole("INSERT", tokens) : new Incomplete();
        }
      } else if (tokens.isQuoted()) {
        target = true;
      } else if (tokens.is('(') && target && startsQuery(text, length, tokens)) {
        return complete ? readWhole("INSERT", tokens) : new Incomplete();
      }
      afterDot = tokens.is('.');
    }
    return complete
        ? new InsertRows(trimmed(text, length), null, length, settings)
        : new Incomplete();
  }

  /** Whether the bracket just opened holds a query and not a list of columns. */
  private static boolean startsQuery(byte[] text, int length, Tokens tokens) {
    var inside = new Tokens(text, tokens.end(), length);
    while (inside.next() && inside.is('(')) {
      // INSERT INTO t ((SELECT 1))
    }
    return inside.isWord("SELECT") || inside.isWord("WITH");
  }

  private static Statement readFormat(
      byte[] text, int length, boolean complete, Tokens tokens, boolean settings) {
    int headLength = tokens.start();
    // The word must be followed by something: else more of its letters, or of the line's end, may
    // be on their way.
    if (!tokens.next() || (!complete && length - tokens.end() < 3)) {
      return complete ? new Other(null) : new Incomplete();
    }
    return new InsertRows(
        headLength, tokens.word(), dataAfterFormat(text, length, tokens.end()), settings);
  }

  /** Blanks and one line end between the format's name and the rows belong to the statement. */
  private static int dataAfterFormat(byte[] text, int length, int from) {
    int i = from;
    while (i < length && (text[i] == ' ' || text[i] == '\t' || text[i] == '\f')) {
      i++;
    }
    if (i < length && text[i] == '\r') {
      i++;
    }
    if (i < length && text[i] == '\n') {
      i++;
    }
    return i;
  }

  private static Statement readWhole(String first, Tokens tokens) {
    String format = null;
    boolean totals = false;
    boolean temporary = false;
    boolean ended = false;
    boolean inserts = first.equals("INSERT");
    boolean formatNext = false;
    while (tokens.next()) {
      if (tokens.is(';')) {
        ended = true;
        continue;
      }
      if (ended) {
        return new Several();
      }
      boolean word = tokens.isWord();
      if (formatNext && word) {
        format = tokens.word();
      }
      formatNext = word && tokens.depth() == 0 && tokens.isWord("FORMAT");
      totals |= word && tokens.isWord("TOTALS");
      temporary |= word && tokens.isWord("TEMPORARY");
      inserts |= word && tokens.depth() == 0 && tokens.isWord("INSERT");
    }
    return switch (first) {
      case "SET", "USE" -> new ChangesSession();
      case "CREATE", "DROP", "ATTACH", "DETACH" ->
          temporary ? new ChangesSession() : new Other(null);
      case "SELECT", "WITH" -> inserts ? new Other(null) : new Select(format, totals);
      case "INSERT" -> new Other(null);
      default -> new Other(format);
    };
  }

  private static int trimmed(byte[] text, int length) {
    int end = length;
    while (end > 0 && (text[end - 1] == ';' || (text[end - 1] >= 0 && text[end - 1] <= ' '))) {
      end--;
    }
    return end;
  }

  /**
   * The tokens of a text that binary rows may follow: each byte is read as one character, so that
   * positions are those of the bytes. Comments are passed over. Not thread-safe.
   */
  final class Tokens {
    private static final SqlLexer.Token NONE = new SqlLexer.Token(SqlLexer.Kind.COMMENT, "", 0, 0);

    private final SqlLexer lexer;
    private final int from;
    private SqlLexer.Token token = NONE;
    private int depth;

    private Tokens(byte[] text, int from, int limit) {
      lexer = new SqlLexer(new String(text, from, limit - from, StandardCharsets.ISO_8859_1));
      this.from = from;
    }

    /** Moves to the next token; false at the end. */
    private boolean next() {
      SqlLexer.Token next = lexer.next();
      while (next != null && next.kind() == SqlLexer.Kind.COMMENT) {
        next = lexer.next();
      }
      token = next == null ? NONE : next;
      if (is('(') || is('[') || is('{')) {
        depth++;
      } else if (is(')') || is(']') || is('}')) {
        depth--;
      }
      return next != null;
    }

    /** How many brackets are open behind this token. */
    private int depth() {
      return depth;
    }

    private int start() {
      return from + token.begin();
    }

    private int end() {
      return from + token.end();
    }

    private boolean is(char symbol) {
      return token.is(symbol);
    }

    private boolean isWord(String keyword) {
      return token.is(keyword);
    }

    private boolean isWord() {
      return token.kind() == SqlLexer.Kind.WORD;
    }

    private boolean isQuoted() {
      return switch (token.kind()) {
        case STRING, IDENTIFIER, UNFINISHED -> true;
        case WORD, SYMBOL, COMMENT -> false;
      };
    }

    private String word() {
      return token.text();
    }

    private String upperCaseWord() {
      return word().toUpperCase(Locale.ROOT);
    }
  }
}
