package io.penstock.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.Output;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * What commands print, one behind the other, to be compared with a file: for scripts its JSON is a
 * contract, and whoever changes what people see looks at the file's difference. Rewrites the file
 * instead when {@code -Dpenstock.docs.write=true} is given.
 */
public final class Pins {
  private final StringBuilder all = new StringBuilder();

  /** What a command is told to show. */
  public interface Showing<C> {
    /** Shows it. */
    void show(C command);
  }

  /**
   * Notes what is shown to people, then to scripts, by a command that was given these arguments.
   */
  public <C> void pin(String title, Supplier<C> command, Showing<C> showing, String... args) {
    one(title, command.get(), showing, args);
    String[] asScript = Arrays.copyOf(args, args.length + 2);
    asScript[args.length] = "--output";
    asScript[args.length + 1] = "json";
    one(title + " --output json", command.get(), showing, asScript);
  }

  /** The same of what a command shows by nothing but its output. */
  public void pin(String title, Consumer<Output> showing) {
    pin(title, Any::new, any -> showing.accept(any.output));
  }

  /** Has nothing but what all have. */
  @Command
  private static final class Any {
    @Mixin private Output output = new Output();
  }

  /** Runs what ends with an exception, for what is printed before. */
  public static void failing(Runnable work) {
    try {
      work.run();
    } catch (CommandFailure told) {
      // What it tells is FailureReport's.
    }
  }

  private <C> void one(String title, C command, Showing<C> showing, String... args) {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    CommandLine line = new CommandLine(command).setOut(out);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    var _ = line.parseArgs(args);
    showing.show(command);
    out.flush();
    all.append("== ").append(title).append('\n').append(text);
  }

  /** Compares. */
  public void check(Path file) throws IOException {
    if (Boolean.getBoolean("penstock.docs.write")) {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(file, all);
    }
    assertThat(file).hasContent(all.toString());
  }
}
