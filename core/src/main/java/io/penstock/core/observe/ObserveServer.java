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
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves {@code /metrics} in Prometheus's text format, {@code /health/live} (restart me if this
 * fails) and {@code /health/ready} (send me no work while this fails). Thread-safe.
 */
public final class ObserveServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ObserveServer.class);

  /** How often health is looked at, so that problems have their time also where nobody asks. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Thread watching;

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
    WatchedHealth watchedLive = new WatchedHealth(live, InstantSource.system());
    WatchedHealth watchedReady = new WatchedHealth(ready, InstantSource.system());
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
            case "/health/live" -> answer(exchange, watchedLive.look());
            case "/health/ready" -> answer(exchange, watchedReady.look());
            default -> answer(exchange, 404, "text/plain", "not found\n");
          }
        });
    server.start();
    watching =
        Thread.ofVirtual()
            .name("health-watch")
            .start(() -> watch(List.of(watchedLive, watchedReady)));
  }

  private static void watch(List<WatchedHealth> questions) {
    try {
      while (true) {
        for (WatchedHealth question : questions) {
          try {
            WatchedHealth.Answer _ = question.look();
          } catch (RuntimeException bug) {
            log.atError()
                .setCause(bug)
                .log("The watch over this process's health failed; it goes on");
          }
        }
        Thread.sleep(LOOK);
      }
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
  }

  /** The port that is served. */
  public int port() {
    return server.getAddress().getPort();
  }

  private static void answer(HttpExchange exchange, WatchedHealth.Answer health)
      throws IOException {
    String body = Json.of(health.told()) + "\n";
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
    watching.interrupt();
    server.stop(0);
    threads.close();
  }
}
