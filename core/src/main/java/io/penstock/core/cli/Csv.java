package io.penstock.core.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads comma-separated values with a header line, as RFC 4180 describes them. */
public final class Csv {
  private final String text;
  private int at;

  private Csv(String text) {
    this.text = text;
  }

  /**
   * Every line below the header, as values by column name in the header's order.
   *
   * @throws IllegalArgumentException if a line has another number of fields than the header, or a
   *     quote is not closed
   */
  public static List<Map<String, String>> read(String text) {
    Csv csv = new Csv(text.startsWith("\ufeff") ? text.substring(1) : text);
    List<String> header = csv.line();
    List<Map<String, String>> rows = new ArrayList<>();
    while (csv.at < csv.text.length()) {
      List<String> fields = csv.line();
      if (fields.equals(List.of("")) && header.size() > 1) {
        continue; // an empty line
      }
      if (fields.size() != header.size()) {
        throw new IllegalArgumentException(
            "Line %d has %d fields, the header %d"
                .formatted(rows.size() + 2, fields.size(), header.size()));
      }
      Map<String, String> row = new LinkedHashMap<>();
      for (int i = 0; i < fields.size(); i++) {
        row.put(header.get(i), fields.get(i));
      }
      rows.add(row);
    }
    return rows;
  }

  private List<String> line() {
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
    }
    return fields;
  }

  private String field() {
    if (at < text.length() && text.charAt(at) == '"') {
      return quoted();
    }
    int start = at;
    while (at < text.length() && ",\r\n".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    return text.substring(start, at);
  }

  private String quoted() {
    StringBuilder value = new StringBuilder();
    int start = ++at;
    while (true) {
      int quote = text.indexOf('"', at);
      if (quote < 0) {
        throw new IllegalArgumentException("The quote at character " + start + " is not closed");
      }
      value.append(text, at, quote);
      at = quote + 1;
      if (at >= text.length() || text.charAt(at) != '"') {
        break;
      }
      value.append('"');
      at++;
    }
    if (at < text.length() && ",\r\n".indexOf(text.charAt(at)) < 0) {
      throw new IllegalArgumentException("Text follows the quote that ends at character " + at);
    }
    return value.toString();
  }
}
