package io.penstock.router;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** A long-running process that serves metrics and health. */
interface Observed {
  HttpClient HTTP = HttpClient.newHttpClient();

  int httpPort();

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
    return metric(get("/metrics").body(), name);
  }

  /** The same of one scrape. */
  static double metric(String scrape, String name) {
    return scrape
        .lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }
}
