package io.penstock.local;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** What the stack needs to know of the machine it runs on: system, user, folders, programs. */
final class Machine {
  private Machine() {}

  /** "linux" or "darwin", as the binaries' names have it. */
  static String system() {
    String name = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    if (name.startsWith("linux")) {
      return "linux";
    }
    if (name.startsWith("mac")) {
      return "darwin";
    }
    throw new LocalStackException(
        "The local stack runs on Linux and macOS, not on "
            + System.getProperty("os.name")
            + "; deploy/local/docker-compose.yml starts the same parts as containers.");
  }

  static boolean isArm64() {
    String arch = System.getProperty("os.arch");
    if (arch.equals("aarch64") || arch.equals("arm64")) {
      return true;
    }
    if (arch.equals("amd64") || arch.equals("x86_64")) {
      return false;
    }
    throw new LocalStackException(
        "The local stack has binaries for x64 and arm64, not for " + arch + ".");
  }

  /** The start of a command line that runs a main class on this JVM's JDK and class path. */
  static List<String> java(List<String> jvmOptions, String mainClass) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmOptions);
    command.add("-cp");
    // Surefire may hide the class path in a jar's manifest; it leaves the real one in this
    // property.
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(mainClass);
    return command;
  }

  /**
   * A server's command line: {@link #detached}, and what it writes is its owner's alone to read.
   */
  static List<String> server(List<String> command) {
    var result = new ArrayList<String>(List.of("/bin/sh", "-c", "umask 077; exec \"$@\"", "sh"));
    result.addAll(detached(command));
    return result;
  }

  /**
   * What makes a command outlive this JVM's terminal: a session of its own. Both forms replace
   * themselves by the command, so that the process id stays the same.
   */
  static List<String> detached(List<String> command) {
    var result = new ArrayList<String>();
    if (onPath("setsid").isPresent()) {
      result.add("setsid");
    } else {
      onPath("nohup").ifPresent(nohup -> result.add("nohup"));
    }
    result.addAll(command);
    return result;
  }

  static Optional<Path> onPath(String program) {
    for (String dir : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      if (!dir.isEmpty() && Files.isExecutable(Path.of(dir, program))) {
        return Optional.of(Path.of(dir, program));
      }
    }
    return Optional.empty();
  }

  static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  /** Whether the command ends with exit code 0 within ten seconds. Its output is dropped. */
  static boolean succeeds(List<String> command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return false;
      }
      return process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
