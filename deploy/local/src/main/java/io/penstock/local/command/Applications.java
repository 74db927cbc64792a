package io.penstock.local.command;

import io.penstock.local.LocalStackException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Starts Penstock's other applications from their modules' build, as the launcher does, against one
 * local stack.
 */
final class Applications {
  /** Addresses of other systems, which must not win over the stack's own. */
  private static final List<String> FOREIGN =
      List.of("PENSTOCK_KAFKA_", "PENSTOCK_POSTGRES_", "PENSTOCK_REDIS_");

  private Applications() {}

  /** The repository's root folder: where the launcher says, else the working folder. */
  static Path home() {
    String home = System.getProperty("penstock.home", System.getenv("PENSTOCK_HOME"));
    return Path.of(home == null ? "" : home).toAbsolutePath().normalize();
  }

  /**
   * A process of the application, not started yet; it reads its configuration from the stack's
   * connection file. Empty where the module is not built.
   */
  static Optional<ProcessBuilder> process(
      String module, String mainClass, Path connectionFile, List<String> arguments) {
    Path target = home().resolve(module).resolve("target");
    Path classPath = target.resolve("classpath");
    if (!Files.exists(classPath)) {
      return Optional.empty();
    }
    try {
      var command = new ArrayList<String>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m"));
      command.addAll(
          List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
      command.add("-Dpenstock.home=" + home());
      command.add("-cp");
      command.add(
          target.resolve("classes") + File.pathSeparator + Files.readString(classPath).strip());
      command.add(mainClass);
      command.addAll(arguments);
      var process = new ProcessBuilder(command);
      process.environment().keySet().removeIf(name -> FOREIGN.stream().anyMatch(name::startsWith));
      process.environment().put("PENSTOCK_CONFIG_FILE", connectionFile.toString());
      return Optional.of(process);
    } catch (IOException e) {
      throw new LocalStackException("Cannot read " + classPath + ": " + e, e);
    }
  }
}
