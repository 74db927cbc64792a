package io.penstock.core.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reads comma-separated values with a header line, as RFC 4180 describes them. */
public final class Csv {
  private final String text;
  private final LineProblems problems;
  private int at;
  private int line = 1;

  private Csv(String text, LineProblems problems) {
    this.text = text;
    this.problems = problems;
  }

  /**
   * Every line below the header, as values by column name in the header's order.
   *
   * @throws IllegalArgumentException if anything is wrong; the message says where
   */
  public static List<Map<String, String>> read(String text) {
    LineProblems problems = new LineProblems();
    List<Map<String, String>> rows = List.copyOf(read(text, problems).values());
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(problems.sentences().getFirst());
    }
    return rows;
  }

  /**
   * The same by the number of the line that each begins in; the header is in line 1.
   *
   * @param problems is told of lines that have another number of fields than the header, or a quote
   *     that is not closed, or text behind one; they are left out
   */
  public static SortedMap<Integer, Map<String, String>> read(String text, LineProblems problems) {
    return new Csv(text.startsWith("\ufeff") ? text.substring(1) : text, problems).rows();
  }

  private SortedMap<Integer, Map<String, String>> rows() {
    SortedMap<Integer, Map<String, String>> rows = new TreeMap<>();
    List<String> header = fields();
    while (at < text.length()) {
      int number = line;
      int told = problems.size();
      List<String> fields = fields();
      if (problems.size() > told || (fields.equals(List.of("")) && header.size() > 1)) {
        continue; // told already, or an empty line
      }
      if (fields.size() != header.size()) {
        problems.add(
            number, "%d fields, the header has %d".formatted(fields.size(), header.size()));
        continue;
      }
      Map<String, String> row = new LinkedHashMap<>();
      for (int i = 0; i < fields.size(); i++) {
        row.put(header.get(i), fields.get(i));
      }
      rows.put(number, row);
    }
    return rows;
  }

  /** One line, and its end. */
  private List<String> fields() {
    List<String> fields = new ArrayList<>();
    fields.add(field());
    while (at < text.length() && text.charAt(at) == ',') {
      at++;
      fields.add(field());
    }
    if (at < text.length() && text.charAt(at) == '\r') {
      at++;
    }
    if (at < text.length() && text.charAt(at) == '\n') {
      at++;
      line++;
    }
    return fields;
  }

  private String field() {
    if (at < text.length() && text.charAt(at) == '"') {
      return quoted();
    }
    int start = at;
    skipToEnd();
    return text.substring(start, at);
  }

  private void skipToEnd() {
    while (at < text.length() && ",\r\n".indexOf(text.charAt(at)) < 0) {
      at++;
    }
  }

  private String quoted() {
    StringBuilder value = new StringBuilder();
    int begin = line;
    at++;
    while (true) {
      int quote = text.indexOf('"', at);
      if (quote < 0) {
        problems.add(begin, "a quote is not closed; what follows is not read");
        at = text.length();
        return "";
      }
      value.append(text, at, quote);
      line += (int) text.substring(at, quote).chars().filter(c -> c == '\n').count();
      at = quote + 1;
      if (at >= text.length() || text.charAt(at) != '"') {
        break;
      }
      value.append('"');
      at++;
    }
    if (at < text.length() && ",\r\n".indexOf(text.charAt(at)) < 0) {
      problems.add(begin, "text follows a closing quote");
      skipToEnd();
    }
    return value.toString();
  }
}
