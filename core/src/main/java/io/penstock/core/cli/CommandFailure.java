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

  /** It did not work; ends with {@link ExitCode#FAILED}. */
  public static CommandFailure failed(String message, @Nullable Throwable cause) {
    return of(message, ExitCode.FAILED, cause);
  }

  /** A part of it is done; ends with {@link ExitCode#PARTLY}. The message tells which. */
  public static CommandFailure partly(String message, @Nullable Throwable cause) {
    return of(message, ExitCode.PARTLY, cause);
  }

  /** One or the other. */
  public static CommandFailure ended(boolean partly, String message, @Nullable Throwable cause) {
    return partly ? partly(message, cause) : failed(message, cause);
  }

  /** It was asked for wrongly; ends with {@link ExitCode#USAGE}. */
  public static CommandFailure usage(String message) {
    return of(message, ExitCode.USAGE, null);
  }

  /** The same with what is wrong, one sentence each, where it is more than the message says. */
  public CommandFailure problems(List<String> found) {
    return new CommandFailure(told(), exitCode, getCause(), found, remedy, result);
  }

  /** The same with what to do, a command where there is one. */
  public CommandFailure remedy(String whatToDo) {
    return new CommandFailure(told(), exitCode, getCause(), problems, whatToDo, result);
  }

  /** The same with what there is to tell nevertheless, for {@code --output json}. */
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
