package io.penstock.local.command;

import io.penstock.local.LocalStack;
import io.penstock.local.LocalStackException;
import io.penstock.local.PartKind;
import io.penstock.local.PartStatus;
import io.penstock.local.PropertiesFile;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A ClickHouse server that the user names in place of the stack's engine.
 *
 * @param url its HTTP interface
 */
record ExternalClickHouse(String url) {
  private static final String URL = "PENSTOCK_CLICKHOUSE_URL";
  private static final String URL_KEY = "penstock.clickhouse.url";
  private static final Duration LIMIT = Duration.ofSeconds(5);

  /** The server of {@code PENSTOCK_CLICKHOUSE_URL}, if that is set. */
  static Optional<ExternalClickHouse> fromEnvironment() {
    return Optional.ofNullable(System.getenv(URL))
        .filter(url -> !url.isEmpty())
        .map(ExternalClickHouse::new);
  }

  /**
   * The server that the stack uses now: the environment's, else the one that it was started with.
   */
  static Optional<ExternalClickHouse> inUse(LocalStack stack) throws IOException {
    Optional<ExternalClickHouse> named = fromEnvironment();
    if (named.isPresent() || stack.clickHouse().status() != PartStatus.STOPPED) {
      return named;
    }
    var connections = PropertiesFile.read(StackOptions.connectionFile(stack.dir()));
    return Optional.ofNullable(connections.get(URL_KEY)).map(ExternalClickHouse::new);
  }

  /**
   * Makes sure that it is a ClickHouse.
   *
   * @throws LocalStackException if it does not answer a ping as one
   */
  void requireAnswer() {
    String failure = pingFailure();
    if (!failure.isEmpty()) {
      throw new LocalStackException(
          "ClickHouse at " + URL + "=" + url + " does not answer: " + failure);
    }
  }

  StackReport.Row row() {
    String state = pingFailure().isEmpty() ? "external" : "not answering";
    return new StackReport.Row(PartKind.CLICKHOUSE, state, url, 0, 0, "");
  }

  /** Its part of the connection file, with the credentials of the environment. */
  Map<String, String> connectionProperties() {
    var properties = new LinkedHashMap<String, String>();
    properties.put(URL_KEY, url);
    copy(properties, "PENSTOCK_CLICKHOUSE_USER", "penstock.clickhouse.user");
    copy(properties, "PENSTOCK_CLICKHOUSE_PASSWORD", "penstock.clickhouse.password");
    return properties;
  }

  private static void copy(Map<String, String> properties, String variable, String key) {
    String value = System.getenv(variable);
    if (value != null && !value.isEmpty()) {
      properties.put(key, value);
    }
  }

  private String pingFailure() {
    try (HttpClient client = HttpClient.newBuilder().connectTimeout(LIMIT).build()) {
      URI ping = URI.create(url.replaceAll("/+$", "") + "/ping");
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(ping).timeout(LIMIT).build(),
              HttpResponse.BodyHandlers.ofString());
      boolean pong = answer.statusCode() == 200 && answer.body().strip().equals("Ok.");
      return pong ? "" : "/ping was answered with status " + answer.statusCode();
    } catch (IOException | IllegalArgumentException e) {
      return e.toString();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }
}
