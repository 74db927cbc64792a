package io.penstock.local.command;

import io.penstock.core.cli.Home;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Penstock's other applications, started by the launcher against one local stack. */
final class Applications {
  /** Addresses of other systems, which must not win over the stack's own. */
  private static final List<String> FOREIGN =
      List.of("PENSTOCK_KAFKA_", "PENSTOCK_POSTGRES_", "PENSTOCK_REDIS_");

  private Applications() {}

  /** The root folder: where the launcher says, else the working folder. */
  static Path home() {
    String home = System.getProperty("penstock.home", System.getenv("PENSTOCK_HOME"));
    return Path.of(home == null ? "" : home).toAbsolutePath().normalize();
  }

  /**
   * A process of the command, not started yet; it reads its configuration from the stack's
   * connection file.
   */
  static ProcessBuilder process(Path connectionFile, String... arguments) {
    var command = new ArrayList<>(List.of(Home.launcher(home()).toString()));
    command.addAll(List.of(arguments));
    var process = new ProcessBuilder(command);
    Map<String, String> environment = process.environment();
    environment.keySet().removeIf(name -> FOREIGN.stream().anyMatch(name::startsWith));
    environment.put("PENSTOCK_CONFIG_FILE", connectionFile.toString());
    // This process was built, and the others with it.
    environment.put("PENSTOCK_SKIP_BUILD", "1");
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    return process;
  }
}
