package io.penstock.core.cli;

/** The terminal that standard output goes to, as the launcher has found it. */
final class Terminal {
  private static final String COLUMNS = "penstock.columns";
  private static final int MIN_COLUMNS = 40;

  private Terminal() {}

  /** Its width; the greatest number where there is none: a pipe, a file. */
  static int columns() {
    Integer columns = Integer.getInteger(COLUMNS);
    return columns == null || columns <= 0 ? Integer.MAX_VALUE : Math.max(MIN_COLUMNS, columns);
  }
}
