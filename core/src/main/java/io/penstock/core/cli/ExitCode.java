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

  /** The exit code of a job on {@code total} things of which {@code failed} did not work. */
  public static int of(long failed, long total) {
    if (failed == 0) {
      return DONE;
    }
    return failed == total ? FAILED : PARTLY;
  }
}
