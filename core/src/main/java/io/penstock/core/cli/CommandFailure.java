package io.penstock.core.cli;

import org.jspecify.annotations.Nullable;

/** Ends a command with a message for a person, without a stack trace. */
public final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int exitCode;

  private CommandFailure(String message, int exitCode, @Nullable Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  /** It did not work; ends with {@link ExitCode#FAILED}. */
  public static CommandFailure failed(String message, @Nullable Throwable cause) {
    return new CommandFailure(message, ExitCode.FAILED, cause);
  }

  /** A part of it is done; ends with {@link ExitCode#PARTLY}. The message tells which. */
  public static CommandFailure partly(String message, @Nullable Throwable cause) {
    return new CommandFailure(message, ExitCode.PARTLY, cause);
  }

  /** It was asked for wrongly; ends with {@link ExitCode#USAGE}. */
  public static CommandFailure usage(String message) {
    return new CommandFailure(message, ExitCode.USAGE, null);
  }

  /** See {@link ExitCode}. */
  public int exitCode() {
    return exitCode;
  }
}
