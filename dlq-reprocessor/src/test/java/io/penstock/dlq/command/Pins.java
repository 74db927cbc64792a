package io.penstock.dlq.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine;

/**
 * What commands print, one behind the other, to be compared with a file: for scripts its JSON is a
 * contract, and whoever changes what people see looks at the file's difference. Rewrites the file
 * instead when {@code -Dpenstock.docs.write=true} is given.
 */
final class Pins {
  private final StringBuilder all = new StringBuilder();

  /** What prints on a command. */
  interface Printing<C> {
    void print(C command, PrintWriter out);
  }

  /** Notes what is printed by a command that was given these arguments. */
  <C> void pin(String title, C command, Printing<C> printing, String... args) {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    CommandLine line = new CommandLine(command).setOut(out);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    var _ = line.parseArgs(args);
    printing.print(command, out);
    out.flush();
    pin(title, text.toString());
  }

  /** Notes an object. */
  void json(String title, Json.Fields fields) {
    pin(title, Json.object(fields) + "\n");
  }

  /** Notes a text. */
  void pin(String title, String printed) {
    all.append("== ").append(title).append('\n').append(printed);
  }

  /** Compares. */
  void check(Path file) throws IOException {
    if (Boolean.getBoolean("penstock.docs.write")) {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(file, all);
    }
    assertThat(file).hasContent(all.toString());
  }
}
