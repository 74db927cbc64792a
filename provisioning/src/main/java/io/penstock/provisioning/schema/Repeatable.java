package io.penstock.provisioning.schema;

import io.penstock.core.clickhouse.SqlLexer;
import io.penstock.core.clickhouse.SqlLexer.Kind;
import io.penstock.core.clickhouse.SqlLexer.Token;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Recognises statements that cannot run twice. ClickHouse's DDL knows no transactions: a job that
 * is killed between a statement and the note that it ran will run it again. It sees only what
 * stands in the text; the grammar is that of ClickHouse's documentation of {@code CREATE}, {@code
 * ALTER}, {@code DROP}, {@code RENAME} and {@code EXCHANGE}.
 */
final class Repeatable {
  /**
   * The beginning of a comment by which the author of a statement vouches that it can be repeated.
   */
  static final String VOUCHER = "repeatable:";

  /**
   * How many words may stand before {@code IF}: the longest is {@code CREATE TEMPORARY MATERIALIZED
   * VIEW IF}.
   */
  private static final int HEAD = 5;

  private final List<Token> tokens;

  private Repeatable(List<Token> tokens) {
    this.tokens = tokens;
  }

  /** Why the statement cannot be repeated and what to write instead; null if nothing is seen. */
  static @Nullable String problem(String statement) {
    List<Token> all = SqlLexer.tokens(statement);
    if (all.stream().anyMatch(Repeatable::vouches)) {
      return null;
    }
    return new Repeatable(all.stream().filter(token -> token.kind() != Kind.COMMENT).toList())
        .problem();
  }

  private static boolean vouches(Token token) {
    return token.kind() == Kind.COMMENT
        && token.text().replaceFirst("^(--|//|#!?|/\\*)\\s*", "").startsWith(VOUCHER);
  }

  private @Nullable String problem() {
    return switch (word(0)) {
      case "CREATE" -> create();
      case "ATTACH" -> headHas("IF", "NOT", "EXISTS") ? null : needs("ATTACH", "IF NOT EXISTS");
      case "DROP", "DETACH", "RENAME" ->
          headHas("IF", "EXISTS") ? null : needs(word(0), "IF EXISTS");
      case "UNDROP" -> "UNDROP fails when it is repeated";
      case "EXCHANGE" -> "EXCHANGE undoes itself when it is repeated; use RENAME ... IF EXISTS";
      case "ALTER" -> word(1).equals("TABLE") ? alter() : null;
      case "INSERT" -> insert();
      case "WITH" -> find(0, "INSERT", "INTO") < 0 ? null : insert();
      case "SET", "USE" ->
          word(0)
              + " does not reach the next statement, which is a request of its own; write SETTINGS"
              + " behind that statement, and ${database} before its names";
      default -> null;
    };
  }

  private @Nullable String create() {
    boolean replaces = word(1).equals("OR") && word(2).equals("REPLACE");
    if (!replaces && !headHas("IF", "NOT", "EXISTS")) {
      return needs("CREATE", "IF NOT EXISTS (or OR REPLACE)");
    }
    if (find(0, "POPULATE") >= 0) {
      return "POPULATE stays half done when it is interrupted; create the view first, then INSERT";
    }
    boolean table = word(1).equals("TABLE") || word(2).equals("TABLE");
    return table && !replaces && isFilledBySelect()
        ? "CREATE TABLE ... AS SELECT stays half filled when it is interrupted; write CREATE OR REPLACE TABLE,"
            + " which happens as a whole"
        : null;
  }

  private boolean isFilledBySelect() {
    int depth = 0;
    for (int i = 0; i + 1 < tokens.size(); i++) {
      Token token = tokens.get(i);
      if (token.is('(')) {
        depth++;
      } else if (token.is(')')) {
        depth--;
      } else if (depth == 0 && token.is("AS")) {
        Token next = tokens.get(i + 1);
        if (next.is("SELECT") || next.is("WITH") || next.is('(')) {
          return i == 0 || !tokens.get(i - 1).is("EMPTY");
        }
      }
    }
    return false;
  }

  private @Nullable String insert() {
    return find(0, "INSERT_DEDUPLICATION_TOKEN") >= 0
        ? null
        : "INSERT adds its rows again when it is repeated; give it SETTINGS insert_deduplication_token = '...'"
            + " (the table needs a deduplication window), or select only what is missing";
  }

  private @Nullable String alter() {
    for (int i = 2; i + 1 < tokens.size(); i++) {
      String what = word(i + 1);
      boolean element =
          switch (what) {
            case "COLUMN", "INDEX", "PROJECTION", "CONSTRAINT", "STATISTICS" -> begins(i);
            default -> false;
          };
      if (element && word(i).equals("ADD") && find(i + 2, "IF", "NOT", "EXISTS") != i + 2) {
        return needs("ADD " + what, "IF NOT EXISTS");
      }
      boolean takes = word(i).equals("DROP") || word(i).equals("RENAME");
      if (element && takes && find(i + 2, "IF", "EXISTS") != i + 2) {
        return needs(word(i) + " " + what, "IF EXISTS");
      }
      if (word(i).equals("ATTACH") && what.equals("PARTITION") && find(i, "FROM") > 0) {
        return "ATTACH PARTITION ... FROM adds its rows again when it is repeated; use REPLACE PARTITION ... FROM";
      }
    }
    return null;
  }

  /** Whether a command of an {@code ALTER} can begin here: not inside {@code MODIFY COLUMN add}. */
  private boolean begins(int index) {
    return switch (word(index - 1)) {
      case "MODIFY", "COLUMN", "COMMENT", "." -> false;
      default -> true;
    };
  }

  private static String needs(String command, String words) {
    return command
        + " needs "
        + words
        + ", because a job that is killed behind a statement runs it again";
  }

  private boolean headHas(String... words) {
    int found = find(0, words);
    return found >= 0 && found <= HEAD;
  }

  /**
   * The index of the first of these words where they follow one another, from {@code from} on; -1
   * if they do not.
   */
  private int find(int from, String... words) {
    for (int i = from; i + words.length <= tokens.size(); i++) {
      int matched = 0;
      while (matched < words.length && word(i + matched).equals(words[matched])) {
        matched++;
      }
      if (matched == words.length) {
        return i;
      }
    }
    return -1;
  }

  /** A word in upper case, or a symbol; "" for any other token. */
  private String word(int index) {
    if (index >= tokens.size()) {
      return "";
    }
    Token token = tokens.get(index);
    return switch (token.kind()) {
      case WORD -> token.text().toUpperCase(Locale.ROOT);
      case SYMBOL -> token.text();
      case IDENTIFIER, STRING, COMMENT, UNFINISHED -> "";
    };
  }
}
