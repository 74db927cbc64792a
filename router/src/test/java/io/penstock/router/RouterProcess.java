package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testkit.PenstockProcess;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A router as its own process, which a test can stop, kill and ask. */
final class RouterProcess implements AutoCloseable {
  private static final Pattern PORT = Pattern.compile("httpPort=\"?(\\d+)");
  private static final Pattern NAME = Pattern.compile("Router started name=\"?([\\w-]+)");
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  static final String CLASS_PATH = PenstockProcess.classPath("router");

  private final Process process;
  private final Path log;

  RouterProcess(Map<String, String> properties) {
    this(properties, CLASS_PATH);
  }

  /** A router of other classes than these. */
  RouterProcess(Map<String, String> properties, String classPath) {
    try {
      Path folder = Files.createDirectories(Path.of("target", "routers"));
      log = Files.createTempFile(folder, "router-", ".log");
      ProcessBuilder builder =
          PenstockProcess.of(
              RouterMain.class.getName(), classPath, properties, List.of("-Xmx256m"), List.of());
      process = builder.redirectErrorStream(true).redirectOutput(new File(log.toString())).start();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
  }

  /** Waits until it says that it works. */
  RouterProcess awaitReady() {
    Scenario.await(() -> {
      assertThat(process.isAlive()).as("router lives: %s", log()).isTrue();
      return log().contains("Router started") && get("/health/ready").statusCode() == 200;
    });
    return this;
  }

  /** Its name in the consumer group. */
  String name() {
    Matcher name = NAME.matcher(log());
    assertThat(name.find()).as("a name in %s", log()).isTrue();
    return name.group(1);
  }

  HttpResponse<String> get(String path) {
    Matcher port = PORT.matcher(log());
    assertThat(port.find()).as("a port in %s", log()).isTrue();
    URI uri = URI.create("http://127.0.0.1:" + port.group(1) + path);
    try {
      return HTTP.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException failed) {
      throw new AssertionError(failed);
    }
  }

  /** The sum of a metric over all its labels; 0 if there is none of this name. */
  double metric(String name) {
    return get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /** How often it has been given a partition. */
  long partitionStarts() {
    return log().lines().filter(line -> line.contains("Partition starts")).count();
  }

  String log() {
    try {
      return Files.readString(log);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** SIGTERM; returns the exit code. */
  int stop() {
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

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
