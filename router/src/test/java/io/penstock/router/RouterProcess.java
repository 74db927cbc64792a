package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testkit.PenstockProcess;
import io.penstock.testkit.Secrets;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A router as its own process, which a test can kill and freeze. */
final class RouterProcess implements Router {
  private static final Pattern PORT = Pattern.compile("httpPort\"?[=:]\"?(\\d+)");

  /** An earlier release says "name". */
  private static final Pattern NAME =
      Pattern.compile("Router started\\W+(?:router|name)\"?[=:]\"?([\\w-]+)");

  private final Process process;
  private final Path log;

  RouterProcess(Map<String, String> properties) {
    this(
        PenstockProcess.of("router", RouterMain.class, properties, List.of("-Xmx256m"), List.of()));
  }

  /** A router of other classes than these. */
  RouterProcess(Map<String, String> properties, String classPath) {
    this(
        PenstockProcess.of(
            RouterMain.class.getName(), classPath, properties, List.of("-Xmx256m"), List.of()));
  }

  private RouterProcess(ProcessBuilder builder) {
    try {
      Path folder = Files.createDirectories(Path.of("target", "routers"));
      log = Files.createTempFile(folder, "router-", ".log");
      process = builder.redirectErrorStream(true).redirectOutput(new File(log.toString())).start();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
  }

  @Override
  public RouterProcess awaitReady() {
    Scenario.await(() -> {
      assertThat(process.isAlive()).as("router lives: %s", log()).isTrue();
      return log().contains("Router started") && get("/health/ready").statusCode() == 200;
    });
    return this;
  }

  @Override
  public String name() {
    Matcher name = NAME.matcher(log());
    assertThat(name.find()).as("a name in %s", log()).isTrue();
    return name.group(1);
  }

  @Override
  public int httpPort() {
    Matcher port = PORT.matcher(log());
    assertThat(port.find()).as("a port in %s", log()).isTrue();
    return Integer.parseInt(port.group(1));
  }

  @Override
  public String log() {
    try {
      return Files.readString(log);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  @Override
  public int stop() {
    process.destroy();
    return awaitExit();
  }

  /** Waits for it to end by itself. */
  int awaitExit() {
    try {
      assertThat(process.waitFor(90, TimeUnit.SECONDS)).as("ended: %s", log()).isTrue();
      return process.exitValue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** SIGKILL. */
  void kill() {
    process.destroyForcibly();
    int _ = awaitExit();
  }

  /** SIGSTOP: it is as if time stood still for it. */
  void freeze() {
    signal("-STOP");
  }

  /** SIGCONT. */
  void thaw() {
    signal("-CONT");
  }

  private void signal(String signal) {
    try {
      Process kill = new ProcessBuilder("kill", signal, Long.toString(process.pid())).start();
      assertThat(kill.waitFor()).as("kill " + signal).isZero();
    } catch (IOException | InterruptedException failed) {
      throw new AssertionError(failed);
    }
  }

  /** Kills it; its log must have no secret. */
  @Override
  public void close() {
    process.destroyForcibly();
    Secrets.assertNoneIn(log());
  }
}
