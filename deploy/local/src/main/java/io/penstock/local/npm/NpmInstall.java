package io.penstock.local.npm;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Runs {@code npm ci} on a pinned package list that is packed with the program.
 *
 * @param environment npm finds its own settings, caches, proxies and certificates by these
 */
record NpmInstall(
    NpmPackages.Listed listed,
    Map<String, String> environment,
    Consumer<String> progress,
    String otherwise) {
  private static final Duration LONGEST = Duration.ofMinutes(30);
  private static final Duration REPORT_EVERY = Duration.ofSeconds(5);

  void into(Path folder) throws IOException {
    Files.createDirectories(folder);
    for (String name : List.of("package.json", "package-lock.json")) {
      Files.write(folder.resolve(name), listed.resource(name));
    }
    Path log = folder.resolve("npm.log");
    Process npm = start(folder, log);
    try {
      if (!await(npm, folder)) {
        throw failed("npm did not finish within " + LONGEST.toMinutes() + " minutes", log);
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new NpmException("Fetching " + listed.title() + " was interrupted.", stopping);
    } finally {
      npm.descendants().forEach(ProcessHandle::destroyForcibly);
      npm.destroyForcibly();
    }
    if (npm.exitValue() != 0) {
      throw failed("npm failed with exit code " + npm.exitValue(), log);
    }
    Files.delete(log);
  }

  /** Looked up here and not by the JVM, so that the error can say what is missing. */
  private Path npm() {
    String path = environment.getOrDefault("PATH", "");
    for (String folder : path.split(File.pathSeparator, -1)) {
      Path candidate = Path.of(folder, "npm");
      if (!folder.isEmpty() && Files.isExecutable(candidate)) {
        return candidate;
      }
    }
    throw new NpmException(
        "Fetching "
            + listed.title()
            + " needs npm, which is not on the PATH. Install Node.js 20 or newer with npm."
            + otherwise);
  }

  private Process start(Path folder, Path log) throws IOException {
    var builder =
        new ProcessBuilder(npm().toString(), "ci", "--ignore-scripts", "--no-audit", "--no-fund")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    return builder.start();
  }

  private boolean await(Process npm, Path folder) throws InterruptedException, IOException {
    long end = System.nanoTime() + LONGEST.toNanos();
    while (!npm.waitFor(REPORT_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
      if (System.nanoTime() > end) {
        return false;
      }
      progress.accept(
          "Fetching " + listed.title() + ": " + size(folder) / 1_000_000 + " MB so far");
    }
    return true;
  }

  /** Files come and go while npm works; what cannot be read counts nothing. */
  private static long size(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    } catch (UncheckedIOException changing) {
      return 0;
    }
  }

  private NpmException failed(String what, Path log) throws IOException {
    List<String> lines = Files.readAllLines(log);
    String tail = String.join("\n", lines.subList(Math.max(0, lines.size() - 12), lines.size()));
    return new NpmException(
        what
            + " while fetching "
            + listed.title()
            + "; its last lines:\n"
            + tail
            + "\nCheck that npm works here (npm ping), then try again."
            + otherwise);
  }
}
