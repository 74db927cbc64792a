package io.penstock.core.client;

import io.penstock.core.config.Secret;
import java.util.function.UnaryOperator;

/**
 * Finds the words of a text that are written with escapes: letters, digits and {@code _}, some of
 * them as {@code \}{@code u0070}, {@code \x70} or {@code %70}, behind any number of backslashes, or
 * escaped several times; a zero between them, as UTF-16 has it, counts for nothing.
 */
final class EscapedWords {
  /** Longer ones are no words, and are masked as a whole. */
  private static final int MAX_LENGTH = 16_384;

  private static final int MAX_LEVELS = 4;

  private final String text;

  /** What the escape that {@link #unit} has just found stands for; -1: nothing. */
  private int meaning;

  private EscapedWords(String text) {
    this.text = text;
  }

  /**
   * The text with each word that has escapes replaced by what {@code change} makes of its plain
   * form; where that changes nothing, the word stays as it is written.
   */
  static String replace(String text, UnaryOperator<String> change) {
    if (text.indexOf('\\') < 0 && text.indexOf('%') < 0 && text.indexOf('\0') < 0) {
      return text;
    }
    return new EscapedWords(text).replaced(change);
  }

  private String replaced(UnaryOperator<String> change) {
    StringBuilder shown = new StringBuilder(text.length());
    int at = 0;
    while (at < text.length()) {
      int end = at;
      boolean escapes = false;
      for (int next = unit(end); next > end; next = unit(end)) {
        escapes |= next > end + 1 || text.charAt(end) == 0;
        end = next;
      }
      if (end == at) {
        shown.append(text.charAt(at++));
        continue;
      }
      String word = text.substring(at, end);
      shown.append(escapes ? changed(word, change) : word);
      at = end;
    }
    return shown.toString();
  }

  private static String changed(String word, UnaryOperator<String> change) {
    if (word.length() > MAX_LENGTH) {
      return Secret.MASK;
    }
    String plain = word;
    for (int level = 0; level < MAX_LEVELS; level++) {
      plain = new EscapedWords(plain).plain();
    }
    String changed = change.apply(plain);
    return changed.equals(plain) ? word : changed;
  }

  /** One level of escapes resolved. */
  private String plain() {
    StringBuilder plain = new StringBuilder(text.length());
    int at = 0;
    while (at < text.length()) {
      int end = unit(at);
      if (end == at) {
        plain.append(text.charAt(at++));
        continue;
      }
      if (meaning >= 0) {
        plain.append((char) meaning);
      }
      at = end;
    }
    return plain.toString();
  }

  /** The index behind the letter or escape at {@code at}; {@code at} if there is none. */
  private int unit(int at) {
    if (at >= text.length()) {
      return at;
    }
    char first = text.charAt(at);
    if (first == 0) {
      meaning = -1;
      return at + 1;
    }
    if (first == '%') {
      return escape(at, at + 1, 2);
    }
    if (first == '\\') {
      int letter = at;
      while (letter < text.length() && text.charAt(letter) == '\\') {
        letter++;
      }
      char kind = letter < text.length() ? text.charAt(letter) : ' ';
      return kind == 'u' || kind == 'x' ? escape(at, letter + 1, kind == 'u' ? 4 : 2) : at;
    }
    meaning = first;
    return isWord(first) ? at + 1 : at;
  }

  private int escape(int at, int digits, int count) {
    int code = 0;
    for (int i = digits; i < digits + count; i++) {
      int digit = i < text.length() ? Character.digit(text.charAt(i), 16) : -1;
      if (digit < 0) {
        return at;
      }
      code = code << 4 | digit;
    }
    meaning = code == 0 ? -1 : code;
    boolean escapes = code == '%' || code == '\\';
    return code == 0 || escapes || isWord((char) code) ? digits + count : at;
  }

  private static boolean isWord(char c) {
    return c < 128 && (Character.isLetterOrDigit(c) || c == '_');
  }
}
