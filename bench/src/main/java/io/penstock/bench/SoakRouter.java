package io.penstock.bench;

import io.penstock.core.cli.ExitCode;
import io.penstock.router.RouterMain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One router as a process of its own, which can be killed, frozen and restarted. */
final class SoakRouter implements AutoCloseable {
  private static final long STOP_SECONDS = 90;

  /** 128 and SIGTERM: the JVM was still starting, and nothing was to be stored. */
  private static final int BEFORE_IT_RAN = 143;

  private final Path log;
  private final Map<String, String> properties;
  private Process process;

  /**
   * @param properties how it reaches the stack
   * @param log where its output goes, over all of its lives
   */
  SoakRouter(Map<String, String> properties, Path log) throws IOException {
    this.log = log;
    this.properties = new HashMap<>(properties);
    this.properties.put("penstock.http.port", "0");
    Files.createDirectories(log.toAbsolutePath().getParent());
    process = launch();
  }

  private Process launch() throws IOException {
    return BenchStack.java(
            properties, RouterMain.class, List.of("-Xmx384m", "-XX:+UseSerialGC"), List.of())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
        .start();
  }

  /** {@code kill -9}. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /**
   * SIGTERM; the router must store what it holds and end with 0. One that has ended by itself, as
   * it does when its topic is gone, was not stopped.
   */
  void stop() throws InterruptedException {
    if (!process.isAlive()) {
      return;
    }
    process.destroy();
    if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("a router did not stop; see " + log);
    }
    int exit = process.exitValue();
    if (exit != ExitCode.DONE && exit != BEFORE_IT_RAN) {
      throw new IllegalStateException("a router ended with %d; see %s".formatted(exit, log));
    }
  }

  /** SIGSTOP: from outside it looks dead, and does not know it. */
  void freeze() throws IOException, InterruptedException {
    signal("-STOP");
  }

  /** SIGCONT. */
  void thaw() throws IOException, InterruptedException {
    signal("-CONT");
  }

  private void signal(String signal) throws IOException, InterruptedException {
    new ProcessBuilder("kill", signal, Long.toString(process.pid())).start().waitFor();
  }

  /** Starts it again if it does not run; returns whether it had to. */
  boolean ensureRunning() throws IOException {
    if (process.isAlive()) {
      return false;
    }
    process = launch();
    return true;
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
