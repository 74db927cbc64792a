package io.penstock.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.local.EndWithJvm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server of the machine's, Prometheus or Alertmanager, that a test runs on a free port. */
public final class ToolServer implements AutoCloseable {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final Pattern LISTENS =
      Pattern.compile("\"Listening on\" address=(127\\.0\\.0\\.1:\\d+)");
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final Process process;
  private final Path log;
  private final String address;

  private ToolServer(Process process, Path log) {
    this.process = process;
    this.log = log;
    this.address = awaitAddress();
    await(this::isReady);
  }

  /**
   * Starts it and waits until it serves.
   *
   * @param folder where it runs, and has its log
   */
  public static ToolServer start(Tool tool, Path folder, String... arguments) {
    List<String> command = new ArrayList<>(List.of(tool.require().toString()));
    command.addAll(List.of(arguments));
    command.add("--web.listen-address=127.0.0.1:0");
    Path log = folder.resolve("server.log");
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      EndWithJvm.bind(process.toHandle());
      return new ToolServer(process, log);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private String awaitAddress() {
    await(() -> LISTENS.matcher(said()).find());
    Matcher told = LISTENS.matcher(said());
    if (!told.find()) {
      throw new AssertionError(said());
    }
    return told.group(1);
  }

  private boolean isReady() {
    try {
      HttpRequest asked = HttpRequest.newBuilder(uri("/-/ready")).build();
      return HTTP.send(asked, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException | InterruptedException failed) {
      throw new AssertionError(failed);
    }
  }

  private void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!condition.getAsBoolean()) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        process.destroyForcibly();
        throw new AssertionError("it does not serve:\n" + said());
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  private String said() {
    try {
      return Files.readString(log);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Where it serves, as host and port. */
  public String address() {
    return address;
  }

  /** What it answers on a path, parsed. */
  public JsonNode get(String path) {
    return answer(HttpRequest.newBuilder(uri(path)));
  }

  /** Sends it JSON. */
  public JsonNode post(String path, String json) {
    return answer(
        HttpRequest.newBuilder(uri(path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json)));
  }

  private URI uri(String path) {
    return URI.create("http://" + address + path);
  }

  private static JsonNode answer(HttpRequest.Builder request) {
    try {
      HttpResponse<String> answer =
          HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
      return new ObjectMapper().readTree(answer.body());
    } catch (IOException | InterruptedException failed) {
      throw new AssertionError(failed);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
