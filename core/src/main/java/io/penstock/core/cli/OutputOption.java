package io.penstock.core.cli;

import io.penstock.core.run.CommandRun;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/** {@code --output}, to be mixed into commands that print a result. */
public final class OutputOption {
  /** Who reads the result. */
  public enum Format {
    /** A person. */
    TEXT,
    /** A script: the last line of standard output is one JSON object. */
    JSON
  }

  @Option(
      names = "--output",
      paramLabel = "text|json",
      defaultValue = "text",
      description = "text for people (default), json for scripts: one object on the last line.")
  private Format format = Format.TEXT;

  @Option(
      names = "--wide",
      description = "Tables as wide as they are; else they are made to fit the terminal.")
  private boolean wide;

  /** Whether a script reads the result. */
  public boolean json() {
    return format == Format.JSON;
  }

  /**
   * Ends a command that can be told to end before it has done all.
   *
   * @param print prints what was done; not where {@code interrupted} tells it to a script
   * @param interrupted how it ends if it was told to, and has not done all
   * @return {@code exitCode}
   */
  public int end(int exitCode, Runnable print, Supplier<CommandFailure> interrupted) {
    boolean cut = exitCode != ExitCode.DONE && CommandRun.current().interrupted();
    if (!cut || !json()) {
      print.run();
    }
    if (cut) {
      throw interrupted.get();
    }
    return exitCode;
  }

  /** How many characters a line of a table may have. */
  public int columns() {
    return wide ? Integer.MAX_VALUE : Terminal.columns();
  }
}
