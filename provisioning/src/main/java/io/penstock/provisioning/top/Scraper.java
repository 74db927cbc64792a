package io.penstock.provisioning.top;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.penstock.core.client.KeyMask;
import io.penstock.core.config.Durations;
import io.penstock.core.metrics.Metric;
import io.penstock.provisioning.top.Scrape.Address;
import io.penstock.provisioning.top.Scrape.Answer;
import io.penstock.provisioning.top.Scrape.Kind;
import io.penstock.provisioning.top.Scrape.Round;
import io.penstock.provisioning.top.Scrape.Silence;
import io.penstock.provisioning.top.Scrape.State;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.UnresolvedAddressException;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Asks processes for their metrics and their health, all at once. Thread-safe. */
public final class Scraper implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(2);
  private static final Duration ANSWER = Duration.ofSeconds(5);

  /** Fifty times what a router with the most clients by name has. */
  private static final long MOST_BYTES = 64L << 20;

  /** By what a process is known, and what it has from its start on. */
  private static final Map<Kind, Metric> KNOWN_BY =
      Map.of(
          Kind.ROUTER,
          Metric.EVENTS,
          Kind.DLQ,
          Metric.DLQ_REPLAYED,
          Kind.PROVISION,
          Metric.PROVISIONED_CLIENTS);

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT).build();
  private final JsonMapper json = new JsonMapper();

  private record Asked(
      Address address,
      CompletableFuture<HttpResponse<String>> metrics,
      CompletableFuture<HttpResponse<String>> health) {}

  /**
   * Asks all; returns when each has answered, or its time is over.
   *
   * @return in the order of {@code addresses}
   * @throws InterruptedException if this thread is interrupted
   */
  public Round ask(Collection<Address> addresses) throws InterruptedException {
    Instant at = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    long nanos = System.nanoTime();
    List<Asked> asked =
        addresses.stream()
            .map(one -> new Asked(one, get(one, "/metrics"), get(one, "/health/ready")))
            .toList();
    List<Scrape> scrapes = new ArrayList<>();
    for (Asked one : asked) {
      scrapes.add(scrape(one, nanos + ANSWER.toNanos()));
    }
    return new Round(at, nanos, scrapes);
  }

  private CompletableFuture<HttpResponse<String>> get(Address address, String path) {
    return http.sendAsync(
        HttpRequest.newBuilder(address.uri().resolve(path)).build(),
        BodyHandlers.limiting(BodyHandlers.ofString(), MOST_BYTES));
  }

  private Scrape scrape(Asked asked, long deadline) throws InterruptedException {
    Address address = asked.address;
    try {
      HttpResponse<String> metrics = await(asked.metrics, deadline);
      if (metrics.statusCode() != 200) {
        return new Silence(address, "/metrics answers HTTP " + metrics.statusCode());
      }
      Samples samples = Samples.parse(metrics.body());
      for (Map.Entry<Kind, Metric> kind : KNOWN_BY.entrySet()) {
        if (samples.has(kind.getValue())) {
          return answer(address, kind.getKey(), samples, await(asked.health, deadline));
        }
      }
      return new Silence(address, "serves no metrics of Penstock");
    } catch (IOException | ParseException noAnswer) {
      return new Silence(address, String.valueOf(noAnswer.getMessage()));
    }
  }

  private Scrape answer(Address address, Kind kind, Samples samples, HttpResponse<String> health)
      throws IOException {
    JsonNode body = json.readTree(health.body());
    List<String> problems = new ArrayList<>();
    body.path("problems").forEach(problem -> problems.add(KeyMask.mask(problem.asText())));
    State state =
        switch (body.path("status").asText()) {
          case "ok" -> State.OK;
          case "degraded" -> State.DEGRADED;
          case "failing" -> State.FAILING;
          default -> throw new IOException("/health/ready tells no status");
        };
    return new Answer(address, kind, samples, state, problems);
  }

  /**
   * Waits for an answer.
   *
   * @throws IOException with a reason for people
   */
  private static HttpResponse<String> await(
      CompletableFuture<HttpResponse<String>> answer, long deadline)
      throws IOException, InterruptedException {
    try {
      return answer.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      // Closes the connection, too.
      answer.cancel(true);
      throw new IOException("no answer within " + Durations.format(ANSWER), e);
    } catch (ExecutionException e) {
      throw new IOException(reason(e.getCause()), e);
    }
  }

  /** Of a failure of the HTTP client, which often has no message of its own. */
  private static String reason(@Nullable Throwable failure) {
    return switch (failure) {
      case HttpConnectTimeoutException _ -> "no connection within " + Durations.format(CONNECT);
      case ConnectException refused ->
          isUnresolved(refused) ? "there is no such host" : "nobody listens there";
      case null -> "no answer";
      default -> failure.getMessage() == null ? failure.toString() : failure.getMessage();
    };
  }

  private static boolean isUnresolved(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnresolvedAddressException) {
        return true;
      }
    }
    return false;
  }

  /** Ends also what is asked meanwhile. */
  @Override
  public void close() {
    http.shutdownNow();
  }
}
