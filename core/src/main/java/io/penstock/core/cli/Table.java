package io.penstock.core.cli;

import io.penstock.core.client.KeyMask;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Rows in aligned columns; a column of numbers is aligned to the right. Keys of clients are masked.
 * Not thread-safe.
 */
public final class Table {
  private static final String GAP = "  ";

  /** To which a column of text may be cut. */
  private static final int MIN_WIDTH = 10;

  private final List<String> headers;
  private final Set<String> whole = new HashSet<>();
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
      row.add(KeyMask.mask(String.valueOf(cell)));
    }
    rows.add(row);
    return this;
  }

  /** These columns are never cut: they hold what other commands are given. */
  public Table whole(String... columns) {
    whole.addAll(List.of(columns));
    return this;
  }

  /** Writes the headers, a line, and the rows, as wide as they are. */
  public void print(PrintWriter out) {
    print(out, Integer.MAX_VALUE);
  }

  /**
   * Writes the table within {@code columns} characters a line, as far as the columns that stay
   * whole allow: long cells are cut, then columns left out from the right, and a line says so.
   */
  public void print(PrintWriter out, int columns) {
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
    boolean cut = fit(widths, numbers, columns);
    out.println(line(headers, widths, numbers));
    out.println(line(dashes(widths), widths, numbers));
    rows.forEach(row -> out.println(line(row, widths, numbers)));
    if (cut) {
      out.println(leftOut(widths));
    }
    out.flush();
  }

  /** Makes the widths smaller, 0 for a column that is left out; returns whether it had to. */
  private boolean fit(int[] widths, boolean[] numbers, int columns) {
    boolean cut = false;
    while (total(widths) > columns) {
      int widest = -1;
      for (int column = 0; column < widths.length; column++) {
        if (mayShrink(column, widths, numbers) && (widest < 0 || widths[column] > widths[widest])) {
          widest = column;
        }
      }
      if (widest < 0) {
        widest = lastToLeaveOut(widths);
        if (widest < 0) {
          return cut;
        }
        widths[widest] = 0;
      } else {
        widths[widest]--;
      }
      cut = true;
    }
    return cut;
  }

  private boolean mayShrink(int column, int[] widths, boolean[] numbers) {
    return !numbers[column] && widths[column] > MIN_WIDTH && !whole.contains(headers.get(column));
  }

  private int lastToLeaveOut(int[] widths) {
    int last = widths.length - 1;
    while (last > 0 && (widths[last] == 0 || whole.contains(headers.get(last)))) {
      last--;
    }
    return last > 0 ? last : -1;
  }

  private static long total(int[] widths) {
    long shown = IntStream.of(widths).filter(width -> width > 0).count();
    return IntStream.of(widths).asLongStream().sum() + GAP.length() * (shown - 1);
  }

  private String leftOut(int[] widths) {
    List<String> missing = new ArrayList<>();
    for (int column = 0; column < widths.length; column++) {
      if (widths[column] == 0) {
        missing.add(headers.get(column));
      }
    }
    return "(cut to fit"
        + (missing.isEmpty() ? "" : ", without " + String.join(", ", missing))
        + "; all of it: --wide)";
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
      if (widths[column] == 0) {
        continue;
      }
      String cell = cut(cells.get(column), widths[column]);
      String padding = " ".repeat(widths[column] - cell.length());
      line.append(line.isEmpty() ? "" : GAP)
          .append(numbers[column] ? padding + cell : cell + padding);
    }
    return line.toString().stripTrailing();
  }

  private static String cut(String cell, int width) {
    return cell.length() <= width ? cell : cell.substring(0, width - 2) + "..";
  }
}
