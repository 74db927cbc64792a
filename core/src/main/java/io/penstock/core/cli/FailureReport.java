package io.penstock.core.cli;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.penstock.core.client.KeyMask;
import io.penstock.core.config.ConfigException;
import io.penstock.core.config.NearMatch;
import io.penstock.core.run.CommandRun;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Why a command did not do all of its work, as text on standard error and, for {@code --output
 * json}, as an object on standard output: the fields of the result, if there is one, and {@code
 * error}.
 *
 * @param kind for scripts: a contract
 * @param message a sentence
 * @param problems what is wrong, where it is more than one thing
 * @param remedy what to do; "": nothing is known, or the message says it
 * @param result what there is to tell nevertheless; null: nothing
 * @param bug to be shown with its trace; null: it is none
 */
record FailureReport(
    Kind kind,
    int exitCode,
    String message,
    List<String> problems,
    String remedy,
    @Nullable Record result,
    @Nullable Throwable bug) {
  /** What a script may want to tell apart. */
  enum Kind {
    USAGE,
    CONFIGURATION,
    FAILED,
    PARTLY,
    INTERRUPTED,
    UNEXPECTED
  }

  static FailureReport of(Exception thrown) {
    return switch (thrown) {
      case CommandFailure failure ->
          new FailureReport(
              switch (failure.exitCode()) {
                case ExitCode.USAGE -> Kind.USAGE;
                case ExitCode.PARTLY -> Kind.PARTLY;
                default -> Kind.FAILED;
              },
              failure.exitCode(),
              failure.told(),
              failure.problems(),
              failure.remedy(),
              failure.result(),
              null);
      case ConfigException wrong ->
          of(Kind.CONFIGURATION, ExitCode.USAGE, wrong.summary(), wrong.problems(), "", null);
      case ParameterException wrong ->
          of(
              Kind.USAGE,
              ExitCode.USAGE,
              String.valueOf(wrong.getMessage()),
              List.of(),
              help(wrong.getCommandLine()),
              null);
      default ->
          of(Kind.UNEXPECTED, ExitCode.FAILED, "Unexpected: " + thrown, List.of(), "", thrown);
    };
  }

  /** Of what was typed in the place of a command below a group; null: something else is wrong. */
  static @Nullable FailureReport ofNoCommand(ParameterException wrong) {
    CommandLine group = wrong.getCommandLine();
    if (!(wrong instanceof UnmatchedArgumentException unmatched)
        || unmatched.isUnknownOption()
        || group.getSubcommands().isEmpty()) {
      return null;
    }
    String typed = unmatched.getUnmatched().getFirst();
    return of(
        Kind.USAGE,
        ExitCode.USAGE,
        "There is no command \"%s\"%s"
            .formatted(
                path(group) + typed, NearMatch.question(typed, group.getSubcommands().keySet())),
        List.of(),
        help(group),
        null);
  }

  private static FailureReport of(
      Kind kind,
      int exitCode,
      String message,
      List<String> problems,
      String remedy,
      @Nullable Throwable bug) {
    return new FailureReport(kind, exitCode, message, problems, remedy, null, bug);
  }

  /** The report of a command that was told to end and has not said what it did. */
  static FailureReport interrupted(CommandRun run) {
    String silent = run.silentServer();
    String progress = run.progress();
    return of(
        Kind.INTERRUPTED,
        run.hasChanged() ? ExitCode.PARTLY : ExitCode.FAILED,
        "Interrupted"
            + (silent.isEmpty() ? "" : " while waiting for " + silent)
            + (progress.isEmpty() ? "" : ", at " + progress)
            + (run.hasChanged()
                ? "; a part is done, and stays"
                : "; nothing was changed, as far as is known"),
        List.of(),
        "run it again: what is done already is left alone",
        null);
  }

  /** This report, with the interruption as the reason why the work is not done. */
  FailureReport ofInterrupted() {
    return kind == Kind.FAILED || kind == Kind.PARTLY
        ? new FailureReport(Kind.INTERRUPTED, exitCode, message, problems, remedy, result, bug)
        : this;
  }

  private static String help(CommandLine command) {
    return "./penstock " + path(command) + "--help";
  }

  /** The command as it is typed behind the launcher, with a space at its end; "": the launcher. */
  private static String path(CommandLine command) {
    return (command.getCommandSpec().qualifiedName() + " ").replaceFirst("^penstock ", "");
  }

  /**
   * Prints the report for the person, or logs it if the run is a service's, and prints it for the
   * script; returns the exit code.
   */
  int tell(CommandRun run, CommandLine failed, List<String> args) {
    var service = run.stays();
    if (service != null) {
      service.accept(text(), bug);
    } else {
      PrintWriter err = failed.getErr();
      err.println(text());
      if (bug != null) {
        bug.printStackTrace(err);
      }
      err.flush();
    }
    write(failed, args);
    return exitCode;
  }

  private String text() {
    StringBuilder text = new StringBuilder(message).append(problems.isEmpty() ? "" : ":");
    problems.forEach(problem -> text.append("\n  - ").append(problem));
    if (!remedy.isEmpty()) {
      text.append("\n  -> ").append(remedy);
    }
    return KeyMask.mask(text.toString());
  }

  /** Prints the report for the script alone, if one has asked. */
  void write(CommandLine failed, List<String> args) {
    if (wantsJson(args)) {
      failed.getOut().println(Json.of(forScripts()));
      failed.getOut().flush();
    }
  }

  /** Whether the arguments ask for JSON, also where they are too wrong to be parsed. */
  private static boolean wantsJson(List<String> args) {
    String all = "\0" + String.join("\0", args).toLowerCase(Locale.ROOT) + "\0";
    return all.contains("\0--output\0json\0") || all.contains("\0--output=json\0");
  }

  private Told forScripts() {
    return new Told(result, new Told.Problem(kind, exitCode, message, problems, remedy));
  }

  /**
   * What a script gets.
   *
   * @param result what there is to tell nevertheless, field by field; null: nothing
   * @param error why not all is done
   */
  record Told(@JsonUnwrapped @Nullable Record result, Problem error) {
    /**
     * Why a command did not do all.
     *
     * @param code what a script may want to tell apart
     * @param exitCode with which the process ends
     * @param message a sentence
     * @param problems what is wrong, where it is more than one thing
     * @param remedy what to do; "": nothing is known, or the message says it
     */
    record Problem(Kind code, int exitCode, String message, List<String> problems, String remedy) {}
  }
}
