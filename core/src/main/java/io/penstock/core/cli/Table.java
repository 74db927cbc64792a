package io.penstock.core.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Rows in aligned columns; a column of numbers is aligned to the right. Not thread-safe. */
public final class Table {
  private final List<String> headers;
  private final List<List<String>> rows = new ArrayList<>();

  /** An empty table. */
  public Table(String... headers) {
    this.headers = List.of(headers);
  }

  /** Adds a row, of as many cells as there are headers. */
  public Table row(Object... cells) {
    if (cells.length != headers.size()) {
      throw new IllegalArgumentException(
          cells.length + " cells for " + headers.size() + " columns");
    }
    List<String> row = new ArrayList<>();
    for (Object cell : cells) {
      row.add(String.valueOf(cell));
    }
    rows.add(row);
    return this;
  }

  /** Writes the headers, a line, and the rows. */
  public void print(PrintWriter out) {
    int[] widths = new int[headers.size()];
    boolean[] numbers = new boolean[headers.size()];
    for (int column = 0; column < widths.length; column++) {
      int index = column;
      widths[column] = headers.get(column).length();
      numbers[column] = !rows.isEmpty() && rows.stream().allMatch(row -> isNumber(row.get(index)));
      for (List<String> row : rows) {
        widths[column] = Math.max(widths[column], row.get(column).length());
      }
    }
    out.println(line(headers, widths, numbers));
    out.println(line(dashes(widths), widths, numbers));
    rows.forEach(row -> out.println(line(row, widths, numbers)));
    out.flush();
  }

  private static List<String> dashes(int[] widths) {
    List<String> dashes = new ArrayList<>();
    for (int width : widths) {
      dashes.add("-".repeat(width));
    }
    return dashes;
  }

  private static boolean isNumber(String cell) {
    return cell.matches("[+-]?[\\d,]+(\\.\\d+)?%?");
  }

  private static String line(List<String> cells, int[] widths, boolean[] numbers) {
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < widths.length; column++) {
      String cell = cells.get(column);
      String padding = " ".repeat(widths[column] - cell.length());
      line.append(column == 0 ? "" : "  ")
          .append(numbers[column] ? padding + cell : cell + padding);
    }
    return line.toString().stripTrailing();
  }
}
