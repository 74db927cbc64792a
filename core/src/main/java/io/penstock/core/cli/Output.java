package io.penstock.core.cli;

import io.penstock.core.run.CommandRun;
import java.io.PrintWriter;
import java.util.function.Consumer;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The one way out of a command, mixed in as {@code --output} and {@code --wide}: its result is a
 * record, which scripts get as JSON and people as text.
 */
public final class Output {
  /** Who reads the result. */
  private enum Format {
    /** A person. */
    TEXT,
    /** A script: the last line of standard output is one JSON object. */
    JSON
  }

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

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

  /** How many characters a line of a table may have. */
  public int columns() {
    return wide ? Integer.MAX_VALUE : Terminal.columns();
  }

  /** Where results go. */
  public PrintWriter out() {
    return command.commandLine().getOut();
  }

  /** Where everything else goes. */
  public PrintWriter err() {
    return command.commandLine().getErr();
  }

  /**
   * Writes a result.
   *
   * @param view its components, in their order, are the JSON object's fields, see {@link Json}
   * @param text writes the same for a person
   * @return {@link ExitCode#DONE}
   */
  public int show(Record view, Consumer<PrintWriter> text) {
    return write(() -> Json.of(view), text);
  }

  /** The same with keys and hashes as they are, for their owner. */
  public int showSecret(Record view, Consumer<PrintWriter> text) {
    return write(() -> Json.withSecrets(view), text);
  }

  private int write(Supplier<String> object, Consumer<PrintWriter> text) {
    if (json()) {
      out().println(object.get());
    } else {
      text.accept(out());
    }
    out().flush();
    return ExitCode.DONE;
  }

  /** Fits a table into the terminal. */
  public void print(Table table) {
    table.print(out(), columns());
  }

  /**
   * Ends a command that can be told to end before it has done all.
   *
   * @param view as for {@link #show}
   * @param interrupted how it ends if it was told to, and has not done all; scripts get the result
   *     with it
   * @return {@code exitCode}
   */
  public int end(
      int exitCode, Record view, Consumer<PrintWriter> text, Supplier<CommandFailure> interrupted) {
    boolean cut = exitCode != ExitCode.DONE && CommandRun.current().interrupted();
    if (!cut || !json()) {
      var _ = show(view, text);
    }
    if (cut) {
      throw interrupted.get().result(view);
    }
    return exitCode;
  }
}
