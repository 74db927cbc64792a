package io.penstock.local.demo;

import io.penstock.core.cli.CommandFailure;
import io.penstock.core.cli.Home;
import io.penstock.local.EndWithJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** A {@code ./penstock} command against the demo's stack; its output goes to a log. */
final class PenstockCommand {
  /** The variables that the command gets; others could point it at another system or topic. */
  private static final Set<String> PASSED_ON = Set.of("PENSTOCK_JAVA_OPTS", "PENSTOCK_CACHE_DIR");

  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final int LOG_LINES_SHOWN = 15;

  private final String shown;
  private final Path log;
  private final Process process;

  private PenstockCommand(String shown, Path log, Process process) {
    this.shown = shown;
    this.log = log;
    this.process = process;
  }

  /**
   * Starts it. It does not outlive this JVM.
   *
   * @param connectionFile where it finds the stack
   */
  static PenstockCommand start(Path home, Path connectionFile, Path log, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Home.launcher(home).toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.startsWith("PENSTOCK_") && !PASSED_ON.contains(name));
    builder.environment().put("PENSTOCK_CONFIG_FILE", connectionFile.toString());
    // This command was built already, and the others with it.
    builder.environment().put("PENSTOCK_SKIP_BUILD", "1");
    builder.environment().put("PENSTOCK_HTTP_PORT", "0");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    String shown = "./penstock " + String.join(" ", arguments);
    try {
      Process process = builder.start();
      EndWithJvm.bind(process.toHandle());
      process.getOutputStream().close();
      return new PenstockCommand(shown, log, process);
    } catch (IOException e) {
      throw CommandFailure.failed("\"" + shown + "\" cannot be started: " + e, e);
    }
  }

  /** Waits for its end, and makes sure that it ended well. */
  void awaitDone() throws InterruptedException {
    if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw failed("did not end within " + LIMIT.toSeconds() + " s");
    }
    requireCode();
  }

  /** Waits until its log holds the text. */
  void awaitLogged(String text) throws InterruptedException, IOException {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!Files.readString(log).contains(text)) {
      requireAlive();
      if (System.nanoTime() > deadline) {
        throw failed("did not start within " + LIMIT.toSeconds() + " s");
      }
      Thread.sleep(50);
    }
  }

  /** Fails, with its log's end, if it has ended. */
  void requireAlive() {
    if (!process.isAlive()) {
      throw failed("ended with exit code " + process.exitValue());
    }
  }

  /** SIGTERM; waits, and makes sure that it ended well. */
  void terminate() throws InterruptedException {
    process.destroy();
    awaitDone();
  }

  private void requireCode() {
    if (process.exitValue() != 0) {
      throw failed("failed with exit code " + process.exitValue());
    }
  }

  private CommandFailure failed(String what) {
    String tail;
    try {
      List<String> lines = Files.readAllLines(log);
      tail =
          String.join(
              "\n", lines.subList(Math.max(0, lines.size() - LOG_LINES_SHOWN), lines.size()));
    } catch (IOException e) {
      tail = e.toString();
    }
    return CommandFailure.failed("\"" + shown + "\" " + what + "; its last lines:\n" + tail, null);
  }
}
