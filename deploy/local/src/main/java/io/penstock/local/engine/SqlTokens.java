package io.penstock.local.engine;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Walks over the tokens of a ClickHouse text without understanding it: comments, quoted text and
 * here-documents are skipped as the server's lexer does, so that a keyword found is a keyword.
 *
 * <p>Works on bytes because an INSERT's text may be followed by binary rows.
 */
final class SqlTokens {
  enum Type {
    WORD,
    QUOTED,
    NUMBER,
    SYMBOL,
    END
  }

  private final byte[] text;
  private final int limit;
  private int start;
  private int end;
  private int depth;
  private Type type = Type.END;

  SqlTokens(byte[] text, int from, int limit) {
    this.text = text;
    this.limit = limit;
    end = from;
  }

  /** Moves to the next token; false at the end. */
  boolean next() {
    start = skipBlanks(end);
    if (start >= limit) {
      end = limit;
      type = Type.END;
      return false;
    }
    int c = text[start];
    if (c == '\'' || c == '"' || c == '`') {
      type = Type.QUOTED;
      end = endOfQuoted(start, c);
    } else if (c == '$') {
      type = Type.QUOTED;
      end = endOfHereDocument(start);
    } else if (isWordStart(c)) {
      type = Type.WORD;
      end = start + 1;
      while (end < limit && isWordPart(text[end])) {
        end++;
      }
    } else if (c >= '0' && c <= '9') {
      type = Type.NUMBER;
      end = start + 1;
      while (end < limit && (isWordPart(text[end]) || text[end] == '.')) {
        end++;
      }
    } else {
      type = Type.SYMBOL;
      end = start + 1;
      if (c == '(' || c == '[' || c == '{') {
        depth++;
      } else if (c == ')' || c == ']' || c == '}') {
        depth--;
      }
    }
    return true;
  }

  Type type() {
    return type;
  }

  /** How many brackets are open after this token. */
  int depth() {
    return depth;
  }

  int start() {
    return start;
  }

  int end() {
    return end;
  }

  boolean is(char symbol) {
    return type == Type.SYMBOL && text[start] == symbol;
  }

  boolean isWord(String upperCase) {
    return type == Type.WORD
        && end - start == upperCase.length()
        && word().equalsIgnoreCase(upperCase);
  }

  String word() {
    return new String(text, start, end - start, StandardCharsets.ISO_8859_1);
  }

  String upperCaseWord() {
    return word().toUpperCase(Locale.ROOT);
  }

  private int skipBlanks(int from) {
    int i = from;
    while (i < limit) {
      int c = text[i];
      if (c == ' ' || (c >= '\t' && c <= '\r')) {
        i++;
      } else if (startsWith(i, "--")
          || startsWith(i, "//")
          || startsWith(i, "# ")
          || startsWith(i, "#!")) {
        i = indexOf(i, "\n", 1);
      } else if (startsWith(i, "/*")) {
        i = endOfComment(i);
      } else {
        return i;
      }
    }
    return limit;
  }

  /** Comments may lie in comments. */
  private int endOfComment(int from) {
    int open = 1;
    int i = from + 2;
    while (i < limit && open > 0) {
      if (startsWith(i, "/*")) {
        open++;
        i += 2;
      } else if (startsWith(i, "*/")) {
        open--;
        i += 2;
      } else {
        i++;
      }
    }
    return Math.min(i, limit);
  }

  private int endOfQuoted(int from, int quote) {
    for (int i = from + 1; i < limit; i++) {
      if (text[i] == '\\') {
        i++;
      } else if (text[i] == quote) {
        if (i + 1 < limit && text[i + 1] == quote) {
          i++;
        } else {
          return i + 1;
        }
      }
    }
    return limit;
  }

  private int endOfHereDocument(int from) {
    int i = from + 1;
    while (i < limit && isWordPart(text[i])) {
      i++;
    }
    if (i >= limit || text[i] != '$') {
      return i;
    }
    String tag = new String(text, from, i + 1 - from, StandardCharsets.ISO_8859_1);
    return indexOf(i + 1, tag, tag.length());
  }

  /** The position after the first occurrence, or the limit. */
  private int indexOf(int from, String wanted, int length) {
    for (int i = from; i + length <= limit; i++) {
      if (startsWith(i, wanted)) {
        return i + length;
      }
    }
    return limit;
  }

  private boolean startsWith(int at, String wanted) {
    if (at + wanted.length() > limit) {
      return false;
    }
    for (int i = 0; i < wanted.length(); i++) {
      if (text[at + i] != wanted.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isWordStart(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c < 0;
  }

  private static boolean isWordPart(int c) {
    return isWordStart(c) || (c >= '0' && c <= '9');
  }
}
