package io.penstock.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Programs of the machine that tests use and the build does not bring. Where one is missing, its
 * tests are skipped, and say which package has it; with {@code CI=true} in the environment they
 * fail.
 */
public enum Tool {
  PROMTOOL("promtool", "prometheus"),
  PROMETHEUS("prometheus", "prometheus"),
  AMTOOL("amtool", "prometheus-alertmanager"),
  ALERTMANAGER("prometheus-alertmanager", "prometheus-alertmanager");

  private final String program;
  private final String debianPackage;

  Tool(String program, String debianPackage) {
    this.program = program;
    this.debianPackage = debianPackage;
  }

  /** Where it is. */
  public Path require() {
    Optional<Path> found =
        Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
            .map(folder -> Path.of(folder, program))
            .filter(Files::isExecutable)
            .findFirst();
    String missing =
        "%s is not on the PATH; Debian's package %s has it".formatted(program, debianPackage);
    if (Boolean.parseBoolean(System.getenv("CI"))) {
      assertThat(found).as(missing).isPresent();
    }
    assumeThat(found).as(missing).isPresent();
    return found.orElseThrow();
  }

  /** Runs it in a folder and waits for its end; what it printed is {@code out}. */
  public CommandResult run(Path folder, String... arguments) {
    return run(folder, "", arguments);
  }

  /** The same of a program that reads {@code input} before it prints anything. */
  public CommandResult read(String input, String... arguments) {
    return run(Path.of(""), input, arguments);
  }

  private CommandResult run(Path folder, String input, String... arguments) {
    List<String> command = new ArrayList<>(List.of(require().toString()));
    command.addAll(List.of(arguments));
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toAbsolutePath().toFile())
              .redirectErrorStream(true)
              .start();
      try (OutputStream in = process.getOutputStream()) {
        in.write(input.getBytes(StandardCharsets.UTF_8));
      }
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new CommandResult(process.waitFor(), out, "");
    } catch (IOException | InterruptedException failed) {
      throw new AssertionError(failed);
    }
  }
}
