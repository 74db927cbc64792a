package io.penstock.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.core.cli.ExitCode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/**
 * A router that a test can ask and stop: a {@link RouterProcess} where it is killed, frozen or
 * starved, and an {@link EmbeddedRouter} otherwise.
 */
interface Router extends AutoCloseable {
  HttpClient HTTP = HttpClient.newHttpClient();

  /** Waits until it says that it works. */
  Router awaitReady();

  int httpPort();

  /** Its name in the consumer group. */
  String name();

  /** What it has logged until now; of an embedded one with what the test's JVM logs beside it. */
  String log();

  /** Ends it in order, as SIGTERM does. One of {@link ExitCode}. */
  int stop();

  @Override
  void close();

  default HttpResponse<String> get(String path) {
    URI uri = URI.create("http://127.0.0.1:" + httpPort() + path);
    try {
      return HTTP.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException failed) {
      throw new AssertionError(failed);
    }
  }

  /** The sum of a metric over all its labels; 0 if there is none of this name. */
  default double metric(String name) {
    return get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /** How often it has been given a partition. */
  default long partitionStarts() {
    return log().lines().filter(line -> line.contains("Partition starts")).count();
  }

  /** Ends it, and everything that it took in is stored. */
  default void stopCleanly() {
    assertThat(stop()).as("%s", log()).isEqualTo(ExitCode.DONE);
  }
}
