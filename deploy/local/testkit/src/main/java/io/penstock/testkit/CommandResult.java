package io.penstock.testkit;

import io.penstock.core.config.ConfigKey;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;

/** How a command ended, and what it printed on standard output and standard error. */
public record CommandResult(int exitCode, String out, String err) {

  /** Runs a command in this JVM, and waits for its end. No secret of a process may be shown. */
  public static CommandResult of(CommandLine line, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        line.setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(arguments);
    CommandResult result = new CommandResult(exitCode, out.toString(), err.toString());
    Secrets.assertNoneOfProcessesIn(result.out + result.err);
    return result;
  }

  /**
   * The environment that configures a command.
   *
   * @param properties by their names; names in upper case are environment variables
   */
  public static Map<String, String> environment(Map<String, String> properties) {
    Map<String, String> environment = new HashMap<>();
    properties.forEach((name, value) -> environment.put(ConfigKey.environmentName(name), value));
    return environment;
  }

  /** This, if it ended so. */
  public CommandResult expect(int code) {
    if (exitCode != code) {
      throw new AssertionError("exit code " + exitCode + ", not " + code + "\n" + out + err);
    }
    return this;
  }

  /** The last line of standard output: with {@code --output json} the answer. */
  public String lastLine() {
    return out.lines().reduce("", (first, second) -> second);
  }

  /** A number of the JSON on standard output, by its name; 0 if there is none. */
  public long number(String name) {
    Matcher found = Pattern.compile("\"" + name + "\":(\\d+)").matcher(out);
    return found.find() ? Long.parseLong(found.group(1)) : 0;
  }
}
