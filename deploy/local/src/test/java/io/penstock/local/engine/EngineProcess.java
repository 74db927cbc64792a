package io.penstock.local.engine;

import io.penstock.local.EndWithJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@link EngineMain} as a child process, the way the stack runs it. */
final class EngineProcess implements AutoCloseable {
  private final Process process;
  private final int port;
  private final HttpClient http = HttpClient.newHttpClient();

  private EngineProcess(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  static EngineProcess start(Path data) throws IOException {
    return start(launch(data, 0));
  }

  static EngineProcess start(ProcessBuilder command) throws IOException {
    Process process = command.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    EndWithJvm.bind(process.toHandle());
    var lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String line = lines.readLine();
    if (line == null || !line.startsWith("READY port=")) {
      throw new IOException("the engine said " + line + " instead of READY");
    }
    return new EngineProcess(process, Integer.parseInt(line.substring("READY port=".length())));
  }

  /** The command, with the heap that the stack gives the process. */
  static ProcessBuilder launch(Path data, int port) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                EngineMain.class.getName()));
    command.addAll(
        List.of(
            "--data",
            data.toString(),
            "--port",
            Integer.toString(port),
            "--library",
            EngineLibrary.resolve(System.err::println).toString()));
    return new ProcessBuilder(command);
  }

  int port() {
    return port;
  }

  String url() {
    return "http://127.0.0.1:" + port;
  }

  long pid() {
    return process.pid();
  }

  /** A statement in the body; the answer's text, or an error with the server's text. */
  String query(String sql) throws IOException, InterruptedException {
    HttpResponse<String> response = post("/", BodyPublishers.ofString(sql));
    if (response.statusCode() != 200) {
      throw new IOException(response.body());
    }
    return response.body();
  }

  HttpResponse<String> post(String path, BodyPublisher body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = request(path).POST(body);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), BodyHandlers.ofString());
  }

  HttpResponse<byte[]> get(String path, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = request(path);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), BodyHandlers.ofByteArray());
  }

  /** An engine that does not answer is an error, and not a test without an end. */
  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(url() + path)).timeout(Duration.ofMinutes(2));
  }

  /** As the power cut does it. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** As the stack does it: SIGTERM; the exit code. */
  int terminate() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IllegalStateException("the engine did not stop within a minute");
    }
    return process.exitValue();
  }

  @Override
  public void close() throws InterruptedException {
    terminate();
    http.close();
  }
}
