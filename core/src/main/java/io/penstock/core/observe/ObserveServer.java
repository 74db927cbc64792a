package io.penstock.core.observe;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.penstock.core.cli.Json;
import io.penstock.core.config.HttpConfig;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * Serves {@code /metrics} in Prometheus's text format, {@code /health/live} (restart me if this
 * fails) and {@code /health/ready} (send me no work while this fails). Thread-safe.
 */
public final class ObserveServer implements AutoCloseable {
  private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /**
   * Starts serving.
   *
   * @throws IOException naming the address, if it cannot be bound
   */
  public ObserveServer(
      HttpConfig config,
      PrometheusMeterRegistry registry,
      Supplier<Health> live,
      Supplier<Health> ready)
      throws IOException {
    try {
      server = HttpServer.create(new InetSocketAddress(config.host(), config.port()), 0);
    } catch (IOException refused) {
      throw new IOException(
          "cannot serve metrics and health on %s:%d (penstock.http.host, %s): %s"
              .formatted(config.host(), config.port(), config.portSetting(), refused.getMessage()),
          refused);
    }
    server.setExecutor(threads);
    // One context, because a context of the JDK's server answers for all paths that begin like it.
    server.createContext(
        "/",
        exchange -> {
          switch (exchange.getRequestURI().getPath()) {
            case "/metrics" -> answer(exchange, 200, PROMETHEUS_TEXT, registry.scrape());
            case "/health/live" -> answer(exchange, live.get());
            case "/health/ready" -> answer(exchange, ready.get());
            default -> answer(exchange, 404, "text/plain", "not found\n");
          }
        });
    server.start();
  }

  private record Told(String status, List<String> problems) {}

  /** The port that is served. */
  public int port() {
    return server.getAddress().getPort();
  }

  private static void answer(HttpExchange exchange, Health health) throws IOException {
    String body = Json.of(new Told(health.status(), health.problems())) + "\n";
    answer(exchange, health.ok() ? 200 : 503, "application/json", body);
  }

  private static void answer(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    try (exchange) {
      exchange.getResponseHeaders().set("Content-Type", type);
      exchange.sendResponseHeaders(status, body.length);
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(body);
      }
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }
}
