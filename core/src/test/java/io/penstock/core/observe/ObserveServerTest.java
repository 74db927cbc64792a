package io.penstock.core.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.penstock.core.config.HttpConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Over a socket of the loopback interface: what is served is what a scraper gets. */
class ObserveServerTest {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final HttpClient http = HttpClient.newHttpClient();
  private volatile Health live = Health.GOOD;
  private volatile Health ready = Health.GOOD;
  private ObserveServer server;

  @BeforeEach
  void start() throws IOException {
    server = serve(0);
  }

  @AfterEach
  void stop() {
    server.close();
    http.close();
    registry.close();
  }

  private ObserveServer serve(int port) throws IOException {
    return new ObserveServer(
        new HttpConfig("127.0.0.1", port, "penstock.router.http.port"),
        registry,
        () -> live,
        () -> ready);
  }

  private HttpResponse<String> get(String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + server.port() + path);
    return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }

  @Test
  void metricsAreServedInPrometheusText() throws Exception {
    registry.counter("penstock.events", "outcome", "stored").increment(3);

    HttpResponse<String> response = get("/metrics");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type"))
        .contains("text/plain; version=0.0.4; charset=utf-8");
    assertThat(response.body())
        .contains("# TYPE penstock_events_total counter")
        .contains("penstock_events_total{outcome=\"stored\"} 3.0");
  }

  @Test
  void healthyIsOk() throws Exception {
    for (String path : new String[] {"/health/live", "/health/ready"}) {
      HttpResponse<String> response = get(path);
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
      assertThat(response.body()).isEqualTo("{\"status\":\"ok\",\"problems\":[],\"details\":[]}\n");
    }
  }

  @Test
  void unreadyIsUnavailableWithItsProblemsAndStillAlive() throws Exception {
    ready =
        Health.of(
            List.of(
                new Problem("clickhouse-target:default", "ClickHouse \"default\" does not answer"),
                new Problem("paused", "paused")));

    HttpResponse<String> response = get("/health/ready");

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.body())
        .matches(
            "\\{\"status\":\"failing\",\"problems\":"
                + "\\[\"ClickHouse \\\\\"default\\\\\" does not answer\",\"paused\"],\"details\":"
                + "\\[\\{\"id\":\"clickhouse-target:default\",\"since\":\"20[-0-9:T]+Z\","
                + "\"problem\":\"ClickHouse \\\\\"default\\\\\" does not answer\"},"
                + "\\{\"id\":\"paused\",\"since\":\"[^\"]+\",\"problem\":\"paused\"}]}\n");
    assertThat(get("/health/live").statusCode()).isEqualTo(200);
  }

  @Test
  void degradedIsReadyAndSaysWhy() throws Exception {
    ready = new Health(true, List.of(new Problem("x", "one of several targets is down")));

    HttpResponse<String> response = get("/health/ready");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body())
        .startsWith("{\"status\":\"degraded\",\"problems\":[\"one of several targets is down\"],");
  }

  @Test
  void noProblemsAreGoodHealth() {
    assertThat(Health.of(List.of())).isEqualTo(Health.GOOD);
    assertThat(Health.of(List.of(new Problem("x", "x"))).ok()).isFalse();
  }

  @Test
  void aProblemKeepsItsTimeAlsoWhereNobodyAsks() throws Exception {
    ready = Health.of(List.of(new Problem("kafka-silent", "for 15 s")));
    String first = get("/health/ready").body().replaceFirst("(?s).*\"since\":\"([^\"]+).*", "$1");
    ready = Health.of(List.of(new Problem("kafka-silent", "for 16 s")));
    assertThat(get("/health/ready").body()).contains(first, "for 16 s");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/", "/health", "/metrics/", "/metricsx", "/health/live/x", "/favicon.ico"})
  void otherPathsAreNotFound(String path) throws Exception {
    assertThat(get(path).statusCode()).isEqualTo(404);
  }

  @Test
  void aPortThatIsTakenIsToldWithTheKeysThatChangeIt() {
    int taken = server.port();

    assertThatThrownBy(() -> serve(taken))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "cannot serve metrics and health on 127.0.0.1:%d".formatted(taken)
                + " (penstock.http.host, penstock.router.http.port): Address already in use");
  }

  @Test
  void aClosedServerAnswersNoMore() throws Exception {
    int port = server.port();
    server.close();

    try (ObserveServer next = serve(port)) {
      assertThat(next.port()).isEqualTo(port);
    }
  }

  @Test
  void theVersionIsThatOfTheBuild() {
    assertThat(Version.CURRENT).matches("\\d+\\.\\d+\\.\\d+.*");
  }
}
