package io.penstock.core.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Ends a command with a message for a person, without a stack trace. Immutable. */
public final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int exitCode;
  private final List<String> problems;
  private final String remedy;
  private final transient @Nullable Record result;

  private CommandFailure(
      String message,
      int exitCode,
      @Nullable Throwable cause,
      List<String> problems,
      String remedy,
      @Nullable Record result) {
    super(message, cause);
    this.exitCode = exitCode;
    this.problems = List.copyOf(problems);
    this.remedy = remedy;
    this.result = result;
  }

  private static CommandFailure of(String message, int exitCode, @Nullable Throwable cause) {
    return new CommandFailure(message, exitCode, cause, List.of(), "", null);
  }

  /** A command that did not work; it ends with {@link ExitCode#FAILED}. */
  public static CommandFailure failed(String message, @Nullable Throwable cause) {
    return of(message, ExitCode.FAILED, cause);
  }

  /**
   * A command that did a part of its work, which the message names; it ends with {@link
   * ExitCode#PARTLY}.
   */
  public static CommandFailure partly(String message, @Nullable Throwable cause) {
    return of(message, ExitCode.PARTLY, cause);
  }

  /** {@link #partly} or {@link #failed}. */
  public static CommandFailure ended(boolean partly, String message, @Nullable Throwable cause) {
    return partly ? partly(message, cause) : failed(message, cause);
  }

  /** A command whose arguments are wrong; it ends with {@link ExitCode#USAGE}. */
  public static CommandFailure usage(String message) {
    return of(message, ExitCode.USAGE, null);
  }

  /**
   * The same failure with a sentence for each thing that is wrong, where that is more than the
   * message says.
   */
  public CommandFailure problems(List<String> found) {
    return new CommandFailure(told(), exitCode, getCause(), found, remedy, result);
  }

  /** The same failure with a remedy: a command where there is one. */
  public CommandFailure remedy(String whatToDo) {
    return new CommandFailure(told(), exitCode, getCause(), problems, whatToDo, result);
  }

  /**
   * The same failure with the fields of the result, as far as there is one, for {@code --output
   * json}.
   */
  public CommandFailure result(Record view) {
    return new CommandFailure(told(), exitCode, getCause(), problems, remedy, view);
  }

  /** The message; never null. */
  String told() {
    return String.valueOf(getMessage());
  }

  /** See {@link ExitCode}. */
  public int exitCode() {
    return exitCode;
  }

  List<String> problems() {
    return problems;
  }

  String remedy() {
    return remedy;
  }

  @Nullable Record result() {
    return result;
  }
}
