package io.penstock.local;

import io.penstock.local.engine.EngineLibrary;
import io.penstock.local.engine.EngineMain;
import io.penstock.local.engine.EngineStartException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * The ClickHouse engine behind ClickHouse's HTTP interface; the user {@code default}, no password.
 * Its first start on a machine fetches the engine.
 */
public final class ClickHousePart extends Part {
  private static final Duration PROBE_LIMIT = Duration.ofSeconds(5);
  private static final List<String> JVM_OPTIONS = List.of("-Xms64m", "-Xmx512m");

  private final Consumer<String> progress;

  ClickHousePart(PartContext context) {
    super(PartKind.CLICKHOUSE, context);
    progress = context.progress();
  }

  /** Where clients connect. */
  public String clickHouseUrl() {
    return "http://" + address();
  }

  @Override
  public String url() {
    return clickHouseUrl();
  }

  @Override
  void prepare() {
    var _ = library();
  }

  @Override
  List<String> command() {
    List<String> command = java(JVM_OPTIONS, EngineMain.class);
    command.addAll(List.of("--data", dir().resolve("data").toString()));
    command.addAll(List.of("--port", Integer.toString(port())));
    command.addAll(List.of("--library", library().toString()));
    return command;
  }

  @Override
  void probe() throws IOException, InterruptedException {
    HttpRequest ping =
        HttpRequest.newBuilder(URI.create(clickHouseUrl() + "/ping")).timeout(PROBE_LIMIT).build();
    try (HttpClient client = HttpClient.newBuilder().connectTimeout(PROBE_LIMIT).build()) {
      String answer = client.send(ping, HttpResponse.BodyHandlers.ofString()).body();
      if (!answer.strip().equals("Ok.")) {
        throw new IOException("/ping was answered by " + answer.strip());
      }
    }
  }

  private Path library() {
    try {
      return EngineLibrary.resolve(progress);
    } catch (EngineStartException e) {
      throw new LocalStackException(String.valueOf(e.getMessage()), e);
    }
  }
}
