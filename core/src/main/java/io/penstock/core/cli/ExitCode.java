package io.penstock.core.cli;

/** What a command's exit code means, for every command. */
public final class ExitCode {
  public static final int DONE = 0;
  public static final int FAILED = 1;

  /** Wrong arguments or configuration: nothing was tried. */
  public static final int USAGE = 2;

  /** Some of several things were done; the output names the others. */
  public static final int PARTLY = 3;

  private ExitCode() {}
}
